// What AWS does in front of a function, as far as an endpoint relies on it: an HTTP API (API Gateway v2) and a function URL. From
// AWS's documentation, read November 2026: docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html,
// …/http-api-develop-integrations-lambda.html, …/http-api-parameter-mapping.html and docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html.
import { randomUUID } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type { Invoke, Json } from "./lambda";

/** Header names as AWS writes them (lower case) to their values, as the arguments of the resources have them. */
type Mapping = Record<string, string>;

export interface HttpApi {
  domainName: string;
  /** As a Route has it: "POST /tg/123456". The stage is $default. */
  routeKey: string;
  /** With `authorizerPayloadFormatVersion` 2.0, `enableSimpleResponses` and no cache. */
  authorizer?: { identitySources: string[]; invoke: Invoke };
  integration: {
    /** As an Integration has them: "overwrite:header.<name>", or what a service's action takes. */
    requestParameters?: Mapping;
    /** The function, or the action of a service with the parameters that it is given. */
    serves: { function: Invoke } | { action: (parameters: Mapping) => Promise<Answer> };
  };
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

interface Request {
  method: string;
  path: string;
  query: string;
  headers: Mapping;
  body: Buffer;
}

/** For `http.createServer` and `https.createServer`. */
export const httpApi = (api: HttpApi) => listener((request) => throughApi(api, request));

/** `authorizationType: "NONE"`, with both permissions. A handler that fails is a 502 here, a 500 behind an HTTP API. */
export const functionUrl = (domainName: string, invoke: Invoke) =>
  listener(async (request) => {
    const event = { ...eventOf(request, domainName, "$default"), ...bodyOf(request) };
    return answerOf(await invoke(event), 502);
  });

export interface Front {
  port: number;
  /** The status of a POST, or of what `method` says. */
  ask(path: string, request: { method?: string; headers?: Mapping; body?: string }): Promise<number>;
  stop: () => Promise<void>;
}

/** Serves one of the two at 127.0.0.1, or at `address`; with `tls` by https. */
export async function startFront(
  answer: http.RequestListener,
  at: { address?: string; port?: number; tls?: { certificatePem: string; privateKeyPem: string } } = {},
): Promise<Front> {
  const { address = "127.0.0.1", tls } = at;
  const server = tls
    ? https.createServer({ cert: tls.certificatePem, key: tls.privateKeyPem }, answer)
    : http.createServer(answer);
  await new Promise<void>((resolve) => server.listen(at.port ?? 0, address, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    ask: (path, { method = "POST", headers, body }) =>
      new Promise((resolve, reject) => {
        const sent = http.request({ host: address, port, path, method, headers, agent: false }, (response) => {
          response.resume().on("end", () => resolve(response.statusCode ?? 0));
        });
        sent.on("error", reject);
        sent.end(body);
      }),
    stop: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  };
}

function listener(answer: (request: Request) => Promise<Answer>): http.RequestListener {
  return (incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on("error", () => undefined); // the client went away
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const [path = "", query = ""] = (incoming.url ?? "").split("?");
      const headers = { ...joined(incoming.rawHeaders), "x-forwarded-for": incoming.socket.remoteAddress ?? "" };
      const request = { method: incoming.method ?? "", path, query, headers, body: Buffer.concat(parts) };
      void answer(request)
        .catch((error: unknown): Answer => ({ status: 599, body: String(error) }))
        .then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
    });
  };
}

/** Names in lower case; a header that came more than once is one, with commas. */
function joined(raw: string[]): Mapping {
  const headers: Mapping = {};
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    const value = raw[at + 1] ?? "";
    headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return headers;
}

const says = (status: number, message: string): Answer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ message }),
});

async function throughApi({ domainName, routeKey, authorizer, integration }: HttpApi, request: Request) {
  if (`${request.method} ${request.path}` !== routeKey) return says(404, "Not Found");
  const event = eventOf(request, domainName, routeKey);
  let context: Json = {};
  if (authorizer) {
    const identitySource = authorizer.identitySources.map((source) => selected(source, request, {}) ?? "");
    if (identitySource.includes("")) return says(401, "Unauthorized"); // the authorizer is not asked
    const { isBase64Encoded: _none, ...asked } = event;
    const routeArn = `arn:aws:execute-api:eu-central-1:123456789012:r3pmxmplak/$default/${routeKey.replace(" /", "/")}`;
    const said = await authorizer.invoke({ ...asked, type: "REQUEST", routeArn, identitySource });
    if (typeof said["isAuthorized"] !== "boolean") return says(500, "Internal Server Error");
    if (!said["isAuthorized"]) return says(403, "Forbidden");
    context = (said["context"] ?? {}) as Json;
  }
  const { requestParameters = {}, serves } = integration;
  const values = Object.entries(requestParameters).flatMap(([key, source]) => {
    const value = selected(source, request, context);
    return value === undefined ? [] : [[key, value] as const];
  });
  if ("action" in serves) return serves.action(Object.fromEntries(values));
  const headers = { ...event.headers };
  for (const [key, value] of values) {
    const [, name] = /^overwrite:header\.(.+)$/.exec(key) ?? [];
    if (name === undefined) throw new Error(`${key} is not known here`);
    headers[name.toLowerCase()] = value;
  }
  const requestContext = { ...event.requestContext, ...(authorizer && { authorizer: { lambda: context } }) };
  return answerOf(await serves.function({ ...event, headers, requestContext, ...bodyOf(request) }), 500);
}

/** What a parameter takes from the request or from the authorizer's answer; undefined: it is not there. */
function selected(source: string, { headers, body }: Request, context: Json): string | undefined {
  const [, from, name = ""] = /^\$(request\.header|request\.body|context\.authorizer)\.?(.*)$/.exec(source) ?? [];
  if (from === undefined) {
    if (source.startsWith("$")) throw new Error(`${source} is not known here`);
    return source;
  }
  if (from === "request.header") return headers[name.toLowerCase()];
  if (from === "request.body" && name === "") return body.toString();
  const value = (from === "request.body" ? fieldsOf(body) : context)[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function fieldsOf(body: Buffer): Json {
  try {
    return Object(JSON.parse(body.toString())) as Json;
  } catch {
    return {}; // a body that is not JSON has no fields
  }
}

const eventOf = ({ method, path, query, headers }: Request, domainName: string, routeKey: string) => ({
  version: "2.0",
  routeKey,
  rawPath: path,
  rawQueryString: query,
  headers,
  ...(query !== "" && { queryStringParameters: Object.fromEntries(new URLSearchParams(query)) }),
  requestContext: {
    accountId: "123456789012",
    apiId: "r3pmxmplak",
    domainName,
    domainPrefix: domainName.split(".")[0],
    http: {
      ...{ method, path, protocol: "HTTP/1.1", sourceIp: headers["x-forwarded-for"] },
      userAgent: headers["user-agent"] ?? "",
    },
    requestId: randomUUID(),
    routeKey,
    stage: "$default",
    time: "12/Mar/2020:19:03:58 +0000",
    timeEpoch: 1583348638390,
  },
  isBase64Encoded: false,
});

/** Text stays text; everything else, and what is compressed, comes in base64. A request without a body has none. */
function bodyOf({ headers, body }: Request): Json {
  if (body.length === 0) return {};
  const isText = /^(text\/|application\/(json|xml|javascript)\b)/i.test(headers["content-type"] ?? "");
  if (isText && headers["content-encoding"] === undefined) return { body: body.toString() };
  return { body: body.toString("base64"), isBase64Encoded: true };
}

/** What a handler returned, as AWS reads it: `{ statusCode, … }`, or anything else as the body of a 200. */
function answerOf(said: Json | null, whenItFailed: number): Answer {
  if (typeof said?.["errorType"] === "string") return says(whenItFailed, "Internal Server Error");
  if (typeof said?.["statusCode"] !== "number") {
    return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(said) };
  }
  const { statusCode, headers, body = "", isBase64Encoded } = said;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    status: statusCode,
    headers: { "content-type": "application/json", ...(headers as Mapping) },
    body: isBase64Encoded === true ? Buffer.from(text, "base64") : text,
  };
}
