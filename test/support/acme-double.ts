// A far side that says what a test wants it to say where ACME is spoken: no network, and time that passes only while somebody waits.
import { AcmeConnection } from "../../provider/acme/connection";
import { Nonces } from "../../provider/acme/nonces";
import type { HttpAnswer, HttpRequest } from "../../provider/core/http";
import { NoAnswer } from "../../provider/core/http";
import type { ExecutionContext } from "../../provider/core/logic";

const origin = "https://acme.example.test";
export const directoryUrl = `${origin}/directory`;
export const goodDirectory = {
  newNonce: `${origin}/nonce`,
  newAccount: `${origin}/account`,
  newOrder: `${origin}/order`,
  revokeCert: `${origin}/revoke`,
  keyChange: `${origin}/key`,
  renewalInfo: `${origin}/renewal`,
  meta: {
    termsOfService: `${origin}/terms`,
    profiles: { classic: "90 days", shortlived: "6 days" },
    caaIdentities: ["acme.example.test"],
  },
};

/** What a test says to one request: a JSON value, or all of an answer, or nothing at all. */
export interface Said {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
  noAnswer?: string;
}

export const problem = (type: string, detail = "words of the server", more: object = {}) => ({
  json: { type: `urn:ietf:params:acme:error:${type}`, detail, ...more },
});

/** `answer` is asked for everything but the directory and nonces, unless it says something to these too. */
export function acmeDouble(
  answer: (path: string, request: HttpRequest) => Said | undefined | Promise<Said | undefined>,
) {
  const [requests, said]: [string[], string[]] = [[], []];
  let milliseconds = Date.parse("2026-11-29T12:00:00Z");
  const context: ExecutionContext = {
    now: () => new Date(milliseconds),
    random: () => 0.5,
    log: (line) => said.push(line),
    warn: (line) => said.push(line),
    signal: new AbortController().signal,
    sleep: (seconds) => Promise.resolve(void (milliseconds += seconds * 1000)),
    beyond: () => context,
  };
  const answered = ({ status = 200, headers = {}, json, text, noAnswer }: Said): HttpAnswer => {
    if (noAnswer !== undefined) throw new NoAnswer(noAnswer);
    const body = Buffer.from(text ?? JSON.stringify(json ?? {}));
    return { status, headers: { "replay-nonce": `nonce-${requests.length}`, ...headers }, body };
  };
  const http = (request: HttpRequest) => {
    const path = new URL(request.url).pathname;
    requests.push(`${request.method} ${path}`);
    const own = path === "/directory" ? { json: goodDirectory } : path === "/nonce" ? {} : { status: 404 };
    return Promise.resolve().then(async () => answered((await answer(path, request)) ?? own));
  };
  const server = new AcmeConnection({ directoryUrl, http, nonces: new Nonces(), context });
  return { server, requests, said, elapsed: () => (milliseconds - Date.parse("2026-11-29T12:00:00Z")) / 1000 };
}
