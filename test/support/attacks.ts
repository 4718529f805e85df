// The contract of every proxy server: requests that must not reach a bot, with the answer they get, and ones that must.
import { exchange } from "./nginx";

export interface Target {
  host: string;
  port: number;
  path: string;
  secrets: [string, string];
  /** Of another bot on the same server. */
  otherSecret: string;
  /** The path of a bot whose path begins with this one's. */
  longerPath: string;
}

export interface Attempt {
  name: string;
  text: string;
  /** The statuses that are right. */
  status: number[];
}

interface Parts {
  method?: string;
  target?: string;
  version?: string;
  host?: string | false;
  secret?: string | false;
  headers?: string[];
  type?: string | false;
  body?: string;
  length?: string | false;
}

export function request(target: Target, parts: Parts = {}): string {
  const { method = "POST", version = "1.1", host = target.host, secret = target.secrets[0], headers = [] } = parts;
  const { type = "application/json", body = '{"update_id":1}' } = parts;
  const length = parts.length ?? `Content-Length: ${Buffer.byteLength(body)}`;
  return [
    `${method} ${parts.target ?? target.path} HTTP/${version}`,
    ...(host === false ? [] : [`Host: ${host}`]),
    ...(type === false ? [] : [`Content-Type: ${type}`]),
    ...(length === false ? [] : [length]),
    ...(secret === false ? [] : [`${secretHeader}: ${secret}`]),
    ...headers,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
}

const secretHeader = "X-Telegram-Bot-Api-Secret-Token";
const chunked = (size: number) => `${size.toString(16)}\r\n${"a".repeat(size)}\r\n0\r\n\r\n`;
const big = 2 * 1024 * 1024;

/** None of these may reach the bot. */
export function attacks(target: Target): Attempt[] {
  const { path, host, secrets, otherSecret, longerPath } = target;
  const [secret] = secrets;
  const make = (name: string, status: number | number[], parts: Parts): Attempt => ({
    name,
    status: [status].flat(),
    text: request(target, parts),
  });
  const withSecret = (name: string, value: string | false) => make(name, 401, { secret: value });
  const at = (name: string, spelling: string, status: number | number[] = [404, 400]) =>
    make(name, status, { target: spelling });
  const folder = path.slice(0, path.lastIndexOf("/"));
  const name = path.slice(path.lastIndexOf("/") + 1);
  const escaped = `${folder}/%${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
  return [
    withSecret("no secret", false),
    withSecret("an empty secret", ""),
    withSecret("the secret -", "-"),
    withSecret("a wrong secret", "wrong"),
    withSecret("the secret of another bot", otherSecret),
    withSecret("a prefix of the secret", secret.slice(0, -1)),
    withSecret("the secret and more", `${secret}x`),
    withSecret("the secret in upper case", secret.toUpperCase()),
    withSecret("the secret twice in one header", `${secret}, ${secret}`),
    withSecret("both secrets in one header", secrets.join(",")),
    withSecret("the secret with a blank inside", `${secret.slice(0, 3)} ${secret.slice(3)}`),
    withSecret("the secret in quotes", `"${secret}"`),
    withSecret("the secret with a tilde, as a pattern", "~.*"),
    withSecret("the word none", "none"),
    withSecret("the word current", "current"),
    make("a wrong secret, then the right one", 401, { secret: "wrong", headers: [`${secretHeader}: ${secret}`] }),
    make("an empty secret, then the right one", 401, { secret: "", headers: [`${secretHeader}: ${secret}`] }),
    make("the secret in a header with underscores", 401, {
      secret: false,
      headers: [`${secretHeader.replaceAll("-", "_")}: ${secret}`],
    }),
    make("the secret in Authorization", 401, { secret: false, headers: [`Authorization: Bearer ${secret}`] }),
    make("a probe without the secret", 401, { secret: false, headers: ["X-Pulumi-Telegram-Probe: x"] }),
    make("a probe with a wrong secret", 401, { secret: "wrong", headers: ["X-Pulumi-Telegram-Probe: x"] }),
    make("a probe with the secret", 204, { headers: ["X-Pulumi-Telegram-Probe: x"] }),
    ...["GET", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "post"].map((method) =>
      make(`the method ${method}`, [405, 400], { method, ...(method === "HEAD" && { body: "" }) }),
    ),
    make("TRACE", 405, { method: "TRACE", body: "" }),
    make("no type", 415, { type: false }),
    make("a form", 415, { type: "application/x-www-form-urlencoded" }),
    make("text", 415, { type: "text/plain" }),
    make("a type that begins like JSON", 415, { type: "application/jsonp" }),
    make("a body of 2 MiB", 413, { body: "", length: `Content-Length: ${big}` }),
    make("2 MiB in one chunk", 413, { body: chunked(big), length: "Transfer-Encoding: chunked" }),
    make("a length and chunks", 400, {
      body: chunked(5),
      length: "Content-Length: 5\r\nTransfer-Encoding: chunked",
    }),
    at("a path with ..", `${folder}/x/../${name}`),
    at("a path with .", `${folder}/./${name}`),
    at("a path with two slashes", `/${path}`),
    at("a path with an escaped letter", escaped),
    at("a path with an escaped slash", `${folder}%2f${name}`),
    at("a path with %2e%2e", `${folder}/x/%2e%2e/${name}`),
    at("a slash at the end", `${path}/`),
    at("the path in upper case", path.toUpperCase()),
    at("a part of the path", path.slice(0, -1)),
    at("the path and more", `${path}0000`),
    at("a query", `${path}?a=b`),
    at("an empty query", `${path}?`),
    at("a fragment", `${path}#x`),
    at("a semicolon", `${path};x`),
    at("a backslash", path.replaceAll("/", "\\")),
    make("the longer path with this bot's secret", 401, { target: longerPath }),
    make("another host", [404, 200], { host: "other.example.com" }),
    make("an empty host", [404, 400], { host: "" }),
    make("no host", 400, { host: false }),
    make("no host in HTTP/1.0", [404, 200], { host: false, version: "1.0" }),
    at("an absolute address", `https://${host}${path}`),
    make("an absolute address of another host", [404, 400, 200], { target: `http://other.example.com${path}` }),
    make("an absolute address behind another host", [404, 400, 200], {
      host: "other.example.com",
      target: `http://${host}${path}`,
    }),
    make("spoofed client addresses without a secret", 401, {
      secret: false,
      headers: ["X-Forwarded-For: 149.154.167.220", "X-Real-IP: 149.154.167.220", "Forwarded: for=149.154.167.220"],
    }),
    make("a spoofed method", 405, { method: "GET", headers: ["X-HTTP-Method-Override: POST"] }),
    make("a spoofed host and path", 404, {
      target: "/elsewhere",
      headers: [`X-Forwarded-Host: ${host}`, `X-Original-URL: ${path}`, `X-Rewrite-URL: ${path}`],
    }),
  ];
}

/** All of these reach the bot. */
export function genuine(target: Target): Attempt[] {
  const { host, port, secrets } = target;
  const make = (name: string, parts: Parts): Attempt => ({ name, status: [200], text: request(target, parts) });
  return [
    make("an update as Telegram sends it", {}),
    make("the secret before the last rotation", { secret: secrets[1] }),
    make("a host with its port", { host: `${host}:${port}` }),
    make("a host in upper case", { host: host.toUpperCase() }),
    make("a type with its charset", { type: "application/json; charset=utf-8" }),
    make("a type in upper case", { type: "Application/JSON" }),
    make("headers in lower case", {
      secret: false,
      headers: [`${secretHeader.toLowerCase()}: ${secrets[0]}`],
    }),
    make("a body of 1 MiB", { body: "a".repeat(1024 * 1024) }),
    make("a body in chunks", { body: chunked(1000), length: "Transfer-Encoding: chunked" }),
    make("an empty body", { body: "" }),
    make("an update that says who it comes from", { headers: ["X-Forwarded-For: 203.0.113.7"] }),
    make("a genuine update with Expect", { headers: ["Accept: */*", "User-Agent: x"] }),
  ];
}

/** The status of an update that carries this secret. */
export async function statusOf(
  at: { host: string; address: string; port: number; path: string },
  secret: string,
): Promise<number> {
  const target: Target = { ...at, secrets: [secret, secret], otherSecret: "", longerPath: "" };
  return Number(/^HTTP\/1.1 (\d+)/.exec(await exchange(at.address, at.port, request(target)))?.[1]);
}

/** Name and status of each attempt, with the number of requests that a bot has got of it. */
export async function outcomes(
  attempts: Attempt[],
  { send, arrived }: { send: (text: string) => Promise<string>; arrived: () => number },
): Promise<{ name: string; reached: number; status: number | "right" }[]> {
  const found = [];
  for (const { name, text, status } of attempts) {
    const before = arrived();
    const got = Number(/^HTTP\/1\.[01] (\d{3})/.exec(await send(text))?.[1] ?? 0);
    found.push({ name, reached: arrived() - before, status: status.includes(got) ? ("right" as const) : got });
  }
  return found;
}
