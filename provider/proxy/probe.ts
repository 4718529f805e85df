// Asks the edge itself for an answer: the right secret and a nonce; nothing of it reaches the upstream.
import { createHash, randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import { isIP } from "node:net";
import { wordsOf } from "../core/failure";
import { pause } from "../core/retry";
import { secretHeader } from "../constants/telegram";
import { probeHeader } from "../probe/verdict";
import type { Connection } from "./machine";

/** What the edge answers to a probe that has the right secret, with the nonce: which generation is in force. */
export const generationHeader = "X-Pulumi-Telegram-Generation";

export interface EdgeQuestion {
  address: string;
  port: number;
  hostname: string;
  path: string;
  secret: string;
  isTls: boolean;
}

export type EdgeAnswer =
  { status: number; generation?: string; isOurs: boolean; certificateSha256?: string } | { problem: string };

const patienceSeconds = 10;

const tries = 3;
/** What a reload does to a connection that meets it: the old worker takes it and closes. */
const cut = /close|ECONNRESET|EPIPE/i;

/** Asks again when the connection was cut. Never throws: no answer is an answer. */
export async function probe(connection: Connection, question: EdgeQuestion): Promise<EdgeAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(connection, question);
    if (!("problem" in answer) || !cut.test(answer.problem) || attempt === tries) return answer;
    await pause(0.2 * attempt, AbortSignal.timeout(patienceSeconds * 1000));
  }
}

/** One question on a connection of its own. */
async function ask(connection: Connection, question: EdgeQuestion): Promise<EdgeAnswer> {
  const nonce = randomBytes(8).toString("hex");
  const raw = connection.dial(question.address, question.port);
  let stream: Duplex = raw;
  const timer = setTimeout(
    () => raw.destroy(new Error(`no answer within ${patienceSeconds} s`)),
    patienceSeconds * 1000,
  );
  try {
    if (question.isTls) {
      const servername = isIP(question.hostname) === 0 ? { servername: question.hostname } : {};
      stream = connectTls({ socket: raw, rejectUnauthorized: false, ...servername });
    }
    stream.write(request(question, nonce));
    const head = await headOf(stream, raw);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
    const header = (name: string) => new RegExp(`^${name}: *(.*?)\\r?$`, "im").exec(head)?.[1];
    const generation = header(generationHeader);
    const certificate = question.isTls ? (stream as TLSSocket).getPeerCertificate().raw : undefined;
    return {
      status,
      ...(generation !== undefined && { generation }),
      isOurs: status === 204 && header(probeHeader) === nonce,
      ...(certificate && { certificateSha256: createHash("sha256").update(certificate).digest("hex") }),
    };
  } catch (error) {
    return { problem: wordsOf(error).replace(/^connect ECONNREFUSED.*/, "connection refused") };
  } finally {
    clearTimeout(timer);
    for (const one of [stream, raw]) one.on("error", () => undefined).destroy();
  }
}

function request({ hostname, port, path, secret }: EdgeQuestion, nonce: string): string {
  return [
    `POST ${path} HTTP/1.1`,
    `Host: ${hostname}${port === 443 ? "" : `:${port}`}`,
    "Content-Type: application/json",
    `${secretHeader}: ${secret}`,
    `${probeHeader}: ${nonce}`,
    "Content-Length: 0",
    "Connection: close",
    "\r\n",
  ].join("\r\n");
}

function headOf(stream: Duplex, raw: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.on("data", (part: Buffer) => {
      text += part.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) resolve(text.slice(0, end));
    });
    for (const one of new Set([stream, raw])) one.on("error", reject);
    stream.on("close", () => setImmediate(() => reject(new Error("closed without an answer"))));
  });
}
