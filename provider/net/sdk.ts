// Gives the SDKs of vendors our way out, so that the same proxy, limits and refusals hold for them: as fetch, or as Smithy's handler.
import type { HttpClient } from "../core/http";
import { NoAnswer } from "../core/http";

/** What bounds each request that an SDK sends. */
export interface SdkLimits {
  /** How long to wait for the head of an answer, and then for all of the rest. */
  timeoutSeconds: number;
  /** The operation's deadline. */
  signal: AbortSignal;
}

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** As much of fetch as SDKs need: text and bytes go out, whole answers come back, and a redirect is an answer. */
export function fetchThrough(http: HttpClient, { timeoutSeconds, signal }: SdkLimits): Fetch {
  return async (input, { method = "GET", headers, body, signal: own } = {}) => {
    if (typeof input !== "string" && !(input instanceof URL)) throw new TypeError("a URL is carried, a Request is not");
    const answer = await http({
      method,
      url: String(input),
      headers: Object.fromEntries(new Headers(headers)),
      signals: own ? [signal, own] : [signal],
      timeoutSeconds,
      ...carried(body),
    });
    if (answer.status < 200 || answer.status > 599) throw new NoAnswer(`answered with status ${answer.status}`);
    const content = [204, 205, 304].includes(answer.status) ? null : answer.body;
    return new Response(content, { status: answer.status, headers: answer.headers });
  };
}

/** As much of Smithy's HttpRequest as is read. */
interface SmithyRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

interface SmithyResponse {
  response: { statusCode: number; headers: Record<string, string>; body: Uint8Array };
}

/** What a client of AWS's SDK takes as its `requestHandler`. It has nothing to close: the connections are the process's. */
export function requestHandlerThrough(http: HttpClient, { timeoutSeconds, signal }: SdkLimits) {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(request: SmithyRequest, { abortSignal: own }: { abortSignal?: AbortSignal } = {}) {
      const { status, headers, body } = await http({
        method: request.method,
        url: urlOf(request),
        headers: request.headers,
        signals: own ? [signal, own] : [signal],
        timeoutSeconds,
        ...carried(request.body),
      });
      return { response: { statusCode: status, headers, body } } satisfies SmithyResponse;
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: SmithyRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === null ? [escaped(name)] : [value].flat().map((one) => `${escaped(name)}=${escaped(one)}`),
  );
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  return `${protocol}//${host}${path}${pairs.length > 0 ? `?${pairs.join("&")}` : ""}`;
}

/** As the request was signed: by RFC 3986, which escapes these five characters too. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Text and bytes: the SDKs that we use stream nothing. */
function carried(body: unknown): { body?: string | Uint8Array } {
  if (body === undefined || body === null) return {};
  if (typeof body === "string" || body instanceof Uint8Array) return { body };
  throw new TypeError("only text and bytes are carried in a request");
}
