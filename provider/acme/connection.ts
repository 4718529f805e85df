// The only I/O to an ACME server: signed requests with their nonces, tried again while a fault may pass. Source: RFC 8555 6.
import { isFailure, wordsOf } from "../core/failure";
import { NoAnswer } from "../core/http";
import type { HttpAnswer, HttpClient, HttpRequest } from "../core/http";
import type { ExecutionContext } from "../core/logic";
import { retry } from "../core/retry";
import { jsonOf, lineOf, statusOf } from "../net/answer";
import { directoryIn, Odd } from "./answers";
import type { Directory } from "./answers";
import { errors } from "./errors";
import { jwsOf } from "./jws";
import type { SigningKey } from "./jws";
import type { Nonces } from "./nonces";
import { problemIn } from "./problem-documents";
import type { ProblemType } from "./problem-documents";
import { refusedBy } from "./problems";

const requestSeconds = 30;
/** Bytes; the longest answer is a chain of certificates. */
const longestAnswer = 2 ** 17;
const mostNonces = 12;
/** A server that asks for more patience than this is told of at once. */
const longestPatience = 60;
const mostTold = 60 * 86_400; // seconds

/** An ACME server, for one operation. */
export interface AcmeServer {
  directoryUrl: string;
  http: HttpClient;
  nonces: Nonces;
  context: ExecutionContext;
}

/** Who signs: an account, or a key that has none yet. */
export interface Signer {
  server: AcmeConnection;
  key: SigningKey;
  accountUrl?: string;
}

/** What is sent, and how it is told. */
export interface AcmeRequest {
  url: string;
  /** An empty text asks only. */
  payload: object | "";
  /** "newOrder for bots.example.com" */
  what: string;
  accept?: string;
  /** Whether an external account binding is in it. */
  isBound?: boolean;
  /** Problems that are an answer like others, for whoever asks: it has a status of 400 or more then. */
  expects?: readonly ProblemType[];
}

/** Asks one server, whose directory is read once. */
export class AcmeConnection {
  private asked: Promise<Directory> | undefined;
  readonly origin: string;
  /** For sentences. */
  readonly name: string;
  readonly context: ExecutionContext;

  constructor(private readonly server: AcmeServer) {
    const { origin, host } = new URL(server.directoryUrl);
    this.origin = origin;
    this.name = host;
    this.context = server.context;
  }

  directory(): Promise<Directory> {
    this.asked ??= this.get(this.server.directoryUrl, "directory", (value) => directoryIn(value, this));
    return this.asked;
  }

  /** "newOrder for bots.example.com at acme.example.com" */
  told(what: string): string {
    return `${what} at ${this.name}`;
  }

  /** A question that nobody has to sign. */
  async get<T>(url: string, what: string, read: (value: unknown, answer: HttpAnswer) => T): Promise<T> {
    const answer = await this.persistently(what, async () => {
      const got = await this.send({ method: "GET", url }, what);
      if (got.status >= 400) throw await this.refusal(got, what);
      return got;
    });
    return this.read(answer, what, read);
  }

  /** A signed request; the answer is one of 2xx or 3xx, or one that is expected. */
  post({ key, accountUrl }: Omit<Signer, "server">, request: AcmeRequest): Promise<HttpAnswer> {
    const { url, payload, what, accept, isBound = false, expects = [] } = request;
    return this.persistently(what, async () => {
      for (let tries = 1; tries <= mostNonces; tries += 1) {
        const nonce = this.server.nonces.take(this.origin) ?? (await this.newNonce(what));
        const body = await jwsOf(payload, { url, nonce, ...(accountUrl !== undefined && { kid: accountUrl }) }, key);
        const headers = { "content-type": "application/jose+json", ...(accept !== undefined && { accept }) };
        const answer = await this.send({ method: "POST", url, headers, body }, what);
        if (answer.status < 400) return answer;
        const problem = problemIn(jsonOf(answer)?.value);
        if (problem && expects.includes(problem.type)) return answer;
        if (problem?.type !== "badNonce") throw await this.refusal(answer, what, isBound);
        // The nonce that came with the refusal is the newest.
        this.server.nonces.forget(this.origin);
        this.server.nonces.keep(this.origin, answer.headers["replay-nonce"]);
      }
      throw errors.ACME_UNREACHABLE.nonces({ what: this.told(what), times: mostNonces });
    });
  }

  /** What an answer says, by the border: whatever it does not know is one sentence. */
  read<T>(answer: HttpAnswer, what: string, read: (value: unknown, answer: HttpAnswer) => T): T {
    const json = jsonOf(answer);
    if (!json) throw this.unclear(what, `it is no JSON (${statusOf(answer)})`);
    return this.judged(what, () => read(json.value, answer));
  }

  /** Runs what reads an answer. */
  judged<T>(what: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof Odd ? this.unclear(what, error.message) : error;
    }
  }

  private unclear(what: string, odd: string) {
    return errors.ACME_UNCLEAR.odd({ what: this.told(what), odd });
  }

  private async newNonce(what: string): Promise<string> {
    const { newNonce } = await this.directory();
    const answer = await this.send({ method: "HEAD", url: newNonce }, what);
    if (answer.status >= 400) throw await this.refusal(answer, what);
    const nonce = this.server.nonces.take(this.origin);
    if (nonce === undefined) throw this.unclear(what, "it has no nonce");
    return nonce;
  }

  private async send(request: Pick<HttpRequest, "method" | "url" | "headers" | "body">, what: string) {
    try {
      const answer = await this.server.http({
        ...request,
        headers: { "user-agent": userAgent(), "accept-language": "en", ...request.headers },
        signals: [this.context.signal],
        timeoutSeconds: requestSeconds,
        maxBytes: longestAnswer,
      });
      this.server.nonces.keep(this.origin, answer.headers["replay-nonce"]);
      return answer;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (error.isTooLarge) throw this.unclear(what, error.message);
      throw errors.ACME_UNREACHABLE.unanswered({ what: this.told(what), why: wordsOf(error) });
    }
  }

  private async refusal(answer: HttpAnswer, what: string, wasBound = false) {
    const { status, headers } = answer;
    const now = this.context.now();
    const problem = problemIn(jsonOf(answer)?.value) ?? { type: "other" as const, said: lineOf(answer) };
    const retryAfterSeconds = secondsAfter(headers["retry-after"], now);
    const isDirectory = what === "directory"; // it would wait for itself
    const directory = isDirectory ? undefined : await this.directory().catch(() => undefined);
    return refusedBy({
      ...{ what: this.told(what), status, problem, now, wasBound, isDirectory },
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      ...(directory && { directory }),
    });
  }

  /** Any request may be sent again: an account is found by its key, a second order costs nothing, and the others say that it is done. */
  private persistently<T>(what: string, work: () => Promise<T>): Promise<T> {
    return retry(work, this.context, {
      what: `acme ${this.told(what)}`,
      attempts: 4,
      again(error) {
        if (!isFailure(error, errors.ACME_UNREACHABLE, errors.ACME_RATE_LIMITED)) return false;
        const { retryAfterSeconds: seconds } = error.details;
        if (seconds !== undefined) return seconds <= longestPatience && Math.max(1, seconds);
        return isFailure(error, errors.ACME_UNREACHABLE);
      },
    });
  }
}

/** How long from now a `Retry-After` asks to wait, in seconds; nothing if it says no such thing. */
export function secondsAfter(header: string | undefined, now: Date): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), mostTold);
  const date = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(date)) return undefined;
  return Math.min(Math.max(0, Math.ceil((date - now.getTime()) / 1000)), mostTold);
}

/** RFC 8555 6.1 wants one. */
function userAgent(): string {
  const { version } = require("pulumi-telegram/package.json") as { version: string };
  return `pulumi-telegram/${version}`;
}
