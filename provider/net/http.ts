// The one way out over HTTP: the environment's proxy, limits of time and size, no redirects. Only probe/ dials by itself.
import { File } from "node:buffer";
import { hostname as readOwnName } from "node:os";
import type { Dispatcher } from "undici";
import { isTimeout, wordsOf } from "../core/failure";
import type { FormPart, HttpAnswer, HttpClient, HttpRequest } from "../core/http";
import { NoAnswer } from "../core/http";
import { proxyOfRequest } from "./proxies";
import type { EnvironmentProxy } from "./proxies";

/** How many requests to one server are under way at the same time, over the whole process. */
const concurrency = 8;
const connectSeconds = 20;
const defaultMaxBytes = 2 ** 20;
const tooSlow = "it took too long";

export interface HttpClientOptions {
  /** What carries the requests. Default: connections of its own, through the proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  dispatcher?: Dispatcher;
}

/** A client with connections of its own: one for each process. undici is loaded with the first request. */
export function httpClient({ dispatcher }: HttpClientOptions = {}): HttpClient {
  let wayTo: ((url: URL) => Way) | undefined = dispatcher && (() => ({ dispatcher }));
  return async (request) => {
    wayTo ??= ownWays();
    const { dispatcher: taken, proxy } = wayTo(new URL(request.url));
    if (proxy?.problem !== undefined) throw new NoAnswer(proxy.problem);
    return send(request, taken, proxy && ` (through the proxy of ${proxy.variable})`);
  };
}

interface Way {
  dispatcher: Dispatcher;
  proxy?: EnvironmentProxy | undefined;
}

function ownWays(): (url: URL) => Way {
  const { Agent, ProxyAgent } = undici();
  const options = { connections: concurrency, connect: { timeout: connectSeconds * 1000 } };
  const direct = new Agent(options);
  const sender = { variables: { ...process.env }, ownName: readOwnName() };
  const agents = new Map<string, Dispatcher>();
  return (url) => {
    const proxy = proxyOfRequest(url, sender);
    if (proxy?.url === undefined) return { dispatcher: direct, proxy };
    const agent = agents.get(proxy.url) ?? new ProxyAgent({ ...options, uri: proxy.url });
    agents.set(proxy.url, agent);
    return { dispatcher: agent, proxy };
  };
}

async function send(request: HttpRequest, dispatcher: Dispatcher, through = ""): Promise<HttpAnswer> {
  const { method, url, headers, body, timeoutSeconds, maxBytes = defaultMaxBytes } = request;
  const { signal, leave } = joined(request.signals);
  try {
    const response = await undici().request(url, {
      method,
      dispatcher,
      signal,
      headersTimeout: timeoutSeconds * 1000,
      bodyTimeout: 0, // it would begin anew with each part
      ...(headers && { headers }),
      ...(body !== undefined && { body: typeof body === "string" || !isForm(body) ? body : formOf(body) }),
    });
    const answer = { status: response.statusCode, headers: plainHeaders(response.headers) };
    const timer = setTimeout(() => response.body.destroy(new NoAnswer(tooSlow)), timeoutSeconds * 1000);
    try {
      return { ...answer, body: await readAtMost(maxBytes, response.body) };
    } finally {
      clearTimeout(timer);
    }
  } catch (error) {
    throw error instanceof NoAnswer ? error : new NoAnswer(reasonOf(error) + (isTimeout(error) ? "" : through));
  } finally {
    leave();
  }
}

/** Of a larger one nothing more is read; the connection is closed. */
async function readAtMost(maxBytes: number, body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new NoAnswer(`the answer is larger than ${maxBytes} bytes`, true);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Several signals as one. Not `AbortSignal.any`: on Node 20 what it makes can be collected before it fires. */
function joined(signals: readonly AbortSignal[]): { signal: AbortSignal; leave: () => void } {
  const [only, another] = signals;
  if (only && !another) return { signal: only, leave: () => undefined };
  const controller = new AbortController();
  const listeners = signals.map((signal) => {
    const abort = () => controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    return () => signal.removeEventListener("abort", abort);
  });
  return { signal: controller.signal, leave: () => listeners.forEach((remove) => remove()) };
}

function isForm(body: Uint8Array | readonly FormPart[]): body is readonly FormPart[] {
  return Array.isArray(body);
}

/** undici sends the FormData of its own only. */
function formOf(parts: readonly FormPart[]) {
  const form = new (undici().FormData)();
  for (const { name, value, fileName, type = "" } of parts) {
    form.set(name, fileName === undefined ? value : new File([value], fileName, { type }));
  }
  return form;
}

function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]));
}

function reasonOf(error: unknown): string {
  if (isTimeout(error)) return "the operation's deadline has passed (customTimeouts sets it)";
  const { code } = error as { code?: string };
  return code === "UND_ERR_HEADERS_TIMEOUT" ? tooSlow : wordsOf(error);
}

function undici(): typeof import("undici") {
  return require("undici") as typeof import("undici");
}
