// Asks the edge itself for an answer: who it is, then the right secret and a nonce; nothing of it reaches the upstream.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import { isIP } from "node:net";
import { isFailure, wordsOf } from "../core/failure";
import { sha256 } from "../core/hash";
import { pause } from "../core/retry";
import { secretHeader } from "../constants/telegram";
import { probeHeader } from "../probe/verdict";
import { errors } from "./errors";
import type { Connection } from "./machine";
import { listenersIn, listenersScript } from "./servers/sockets";

/** What the edge answers to a probe that has the right secret, with the nonce: which generation is in force. */
export const generationHeader = "X-Pulumi-Telegram-Generation";

export interface EdgeQuestion {
  address: string;
  port: number;
  hostname: string;
  path: string;
  /** Left out: a GET without it, which a route answers with 405 and nobody else does. */
  secret?: string;
  isTls: boolean;
  /** SHA-256 of the certificate that the edge has, if that is ours. Left out: the socket's owner is looked at instead. */
  certificateSha256?: string;
  /** The listener takes the PROXY protocol: it must be told a client's address first, and writes what else comes into its log. */
  takesProxyProtocol?: boolean;
  /** Whose program may listen, besides root's and those of the user who logs in. */
  owner?: string;
}

/** `stranger`: it is not the edge, or nobody can tell, so it was not given the secret. */
export type EdgeAnswer =
  { status: number; generation?: string; isOurs: boolean } | { problem: string } | { stranger: Stranger };

/** Why the other end is not known to be the edge. A number: the user whose program listens. */
export type Stranger = "otherCertificate" | "nobody" | { user: number };

/** Where nobody listens. */
export const refusedConnection = "connection refused";
/** Where what listens speaks no TLS. */
export const noTls = "it speaks no TLS there";
const isNoTls = /wrong version number|http request/;
const patienceSeconds = 10;
const refusalSeconds = 2;
/** Past it the connection to the machine ends, so it is long. */
const kernelSeconds = 60;
const headLimitBytes = 64 * 1024;

const tries = 3;
/** What a reload does to a connection that meets it: the old worker takes it and closes. */
const cut = /close|ECONNRESET|EPIPE/i;

/** Asks again when the connection was cut. No answer is an answer; it throws only where nobody can be asked at all. */
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
  let before: Stranger | undefined;
  try {
    before = isKnownByCertificate(question) ? undefined : await strangerListening(connection, question);
  } catch (error) {
    return { problem: wordsOf(error) };
  }
  const raw = connection.dial(question.address, question.port);
  let stream: Duplex = raw;
  const timer = setTimeout(
    () => raw.destroy(new Error(`no answer within ${patienceSeconds} s`)),
    patienceSeconds * 1000,
  );
  try {
    if (question.takesProxyProtocol) raw.write(`PROXY TCP4 127.0.0.1 ${question.address} 50000 ${question.port}\r\n`);
    if (question.isTls) {
      const servername = isIP(question.hostname) === 0 ? { servername: question.hostname } : {};
      stream = connectTls({ socket: raw, rejectUnauthorized: false, ...servername });
    }
    const answer = headOf(stream, raw);
    const sending = peerFirst(connection, question, { stream, nonce, before });
    for (const one of [answer, sending]) one.catch(() => undefined); // what the race has not seen is told by nobody
    const stranger = await Promise.race([sending, answer.then(() => undefined)]);
    // Where nobody listens the connection is refused, which is the better word.
    if (stranger === "nobody") await Promise.race([answer, pause(refusalSeconds, AbortSignal.timeout(60_000))]);
    if (stranger !== undefined) return { stranger };
    const head = await answer;
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
    const header = (name: string) => new RegExp(`^${name}: *(.*?)\\r?$`, "im").exec(head)?.[1];
    const generation = header(generationHeader);
    return {
      status,
      ...(generation !== undefined && { generation }),
      isOurs: status === 204 && header(probeHeader) === nonce,
    };
  } catch (error) {
    if (isFailure(error, errors.MACHINE_FORWARDS_NOT)) throw error;
    const words = wordsOf(error);
    if (question.isTls && isNoTls.test(words)) return { problem: noTls };
    return { problem: words.replace(/^connect ECONNREFUSED.*/, refusedConnection) };
  } finally {
    clearTimeout(timer);
    for (const one of [stream, raw]) one.on("error", () => undefined).destroy();
  }
}

/**
 * Sends the request once it is known who is at the other end; else says why it was not sent. Who shows our certificate has its
 * key. Otherwise the list of sockets must be clean before the connection is made (`before`) and after the handshake: the peer
 * decides when that is, and may have handed the port back by then.
 */
async function peerFirst(
  connection: Connection,
  question: EdgeQuestion,
  { stream, nonce, before }: { stream: Duplex; nonce: string; before: Stranger | undefined },
): Promise<Stranger | undefined> {
  if (question.isTls) await once(stream, "secureConnect");
  const stranger = isKnownByCertificate(question)
    ? strangerShowing(stream as TLSSocket, question)
    : ((await strangerListening(connection, question)) ?? before);
  if (stranger === undefined) stream.write(request(question, nonce));
  return stranger;
}

const isKnownByCertificate = ({ isTls, certificateSha256 }: EdgeQuestion) => isTls && certificateSha256 !== undefined;

function strangerShowing(stream: TLSSocket, { certificateSha256 }: EdgeQuestion): Stranger | undefined {
  const shown = sha256(stream.getPeerCertificate().raw);
  return shown === certificateSha256 ? undefined : "otherCertificate";
}

/**
 * The kernel says whose the listening sockets are: root's, or the user's who logs in, who both may read the secret in the
 * server's files anyway.
 */
async function strangerListening(
  connection: Connection,
  { address, port, owner }: EdgeQuestion,
): Promise<Stranger | undefined> {
  const ran = await connection.run(listenersScript(owner), AbortSignal.timeout(kernelSeconds * 1000));
  const { users, trusted } = listenersIn(ran.stdout, { address, port });
  if (users.length === 0) return "nobody";
  const foreign = users.find((user) => !trusted.includes(user));
  return foreign === undefined ? undefined : { user: foreign };
}

/** As Telegram's own (no User-Agent, these headers in this order), but for the probe's header, and without a body. */
function request({ hostname, port, path, secret }: EdgeQuestion, nonce: string): string {
  return [
    `${secret === undefined ? "GET" : "POST"} ${path} HTTP/1.1`,
    `Host: ${hostname}${port === 443 ? "" : `:${port}`}`,
    ...(secret === undefined
      ? []
      : [`${secretHeader}: ${secret}`, "Content-Type: application/json", "Content-Length: 0"]),
    "Connection: keep-alive",
    "Accept-Encoding: gzip, deflate",
    `${probeHeader}: ${nonce}`,
    "\r\n",
  ].join("\r\n");
}

function headOf(stream: Duplex, raw: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.on("data", (part: Buffer) => {
      text += part.toString("latin1");
      if (text.length > headLimitBytes) reject(new Error("its answer has no end"));
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) resolve(text.slice(0, end));
    });
    for (const one of new Set([stream, raw])) one.on("error", reject);
    stream.on("close", () => setImmediate(() => reject(new Error("closed without an answer"))));
  });
}
