// One question to one DNS server: over UDP, over TCP when the answer is cut off or does not come. Answers are given as they are.
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { socketAddressOf } from "./dns-address";
import type { SocketAddress } from "./dns-address";
import { decodeMessage, questionMessage } from "./dns-message";
import type { DnsMessage, QueryType, ResourceRecord } from "./dns-message";
import { labelsOf } from "./dns-name";
import { signatureOf, signed } from "./dns-tsig";
import type { TsigError, TsigKey } from "./dns-tsig";

export type { QueryType } from "./dns-message";

/** What a server said. */
export interface Reply {
  /** "NOERROR", "NXDOMAIN", "REFUSED", … */
  rcode: string;
  /** The AA bit: it speaks about a zone of its own. */
  isAuthoritative: boolean;
  answers: ResourceRecord[];
  authorities: ResourceRecord[];
  additionals: ResourceRecord[];
  /** Why a signed question was not accepted. */
  tsigError?: TsigError;
}

/** No answer to the question; continues a sentence that begins with the server: "did not answer over UDP or TCP". */
export interface NoReply {
  noReply: string;
  /** Something answered, but without the signature that was asked for. */
  isUnsigned?: boolean;
}

export interface AskOptions {
  signal: AbortSignal;
  /** Asks for recursion (RD): for resolvers, never for a zone's own servers. Default false. */
  recursive?: boolean;
  /** For one try. Default 2. */
  trySeconds?: number;
  /** Signs the question; only an answer with the key's signature counts. */
  signing?: { key: TsigKey; now: () => Date };
}

const udpTries = 2;
/** Packets of one try that are no answer. A server that sends more of them is not listened to. */
const mostStrayPackets = 100;

/** Asks `address` ("ip", "ip:port") for the records of a name. Never throws: what went wrong is the `noReply`. */
export async function ask(
  address: string,
  name: string,
  type: QueryType,
  options: AskOptions,
): Promise<Reply | NoReply> {
  const server = socketAddressOf(address);
  if (!server) return { noReply: "has no IP address that can be read" };
  if (!labelsOf(name)) return { noReply: "was not asked, since that is no name" };
  const attempt = (over: Way) => over(server, questionFor(name, type, options), options);
  let udp = await attempt(overUdp);
  for (let tries = 1; tries < udpTries && !("reply" in udp) && udp.isWorthAgain; tries += 1) {
    udp = await attempt(overUdp);
  }
  if ("reply" in udp && !udp.isCutOff) return udp.reply;
  const tcp = await attempt(overTcp);
  if ("reply" in tcp) return tcp.reply;
  const overUdpWords = "reply" in udp ? "cut its answer off" : udp.says;
  const noReply =
    overUdpWords === tcp.says ? `${tcp.says} over UDP or TCP` : `${overUdpWords} over UDP and ${tcp.says} over TCP`;
  const isUnsigned = tcp.isUnsigned === true || (!("reply" in udp) && udp.isUnsigned === true);
  return { noReply, ...(isUnsigned && { isUnsigned }) };
}

/** The data of a name's own records: addresses as they are, names in lower case. */
export function dataOf(
  records: readonly Readonly<Pick<ResourceRecord, "name" | "type"> & { data?: unknown }>[],
  name: string,
  type: "A" | "AAAA" | "CNAME" | "NS",
): string[] {
  return records.flatMap((record) =>
    record.type === type && isSameName(record.name, name) ? [String(record.data).toLowerCase()] : [],
  );
}

/** How long the absence that a reply tells of may be remembered: the lesser of the SOA record's TTL and its MINIMUM. */
export function negativeTtlOf({
  authorities,
}: {
  authorities: readonly { type: string; ttl?: number | undefined; data?: unknown }[];
}): number | undefined {
  const soa = authorities.find((record) => record.type === "SOA");
  return soa && Math.min(soa.ttl ?? Infinity, (soa.data as { minimum?: number }).minimum ?? Infinity);
}

export function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

type AttemptResult = { reply: Reply; isCutOff: boolean } | NoAnswer;
interface NoAnswer {
  says: string;
  isWorthAgain: boolean;
  isUnsigned?: boolean;
}
interface Query {
  id: number;
  name: string;
  type: QueryType;
  bytes: Buffer;
  /** What the signature of an answer is judged by. */
  signature?: { key: TsigKey; now: () => Date; mac: Buffer };
}
type Way = (server: SocketAddress, query: Query, options: AskOptions) => Promise<AttemptResult>;

function questionFor(name: string, type: QueryType, { recursive = false, signing }: AskOptions): Query {
  const id = randomInt(65_536);
  const plain = questionMessage(id, name, type, recursive);
  if (!signing) return { id, name, type, bytes: plain };
  const { bytes, mac } = signed(plain, signing.key, signing.now());
  return { id, name, type, bytes, signature: { ...signing, mac } };
}

/** A socket of its own for each try, so that the port is random too; connected, so that nobody else's packets get in. */
const overUdp: Way = ({ ip, port }, query, options) =>
  within(options, (end, note) => {
    const socket = createSocket(isIPv6(ip) ? "udp6" : "udp4");
    let strays = 0;
    socket.on("error", (error) => end(unreachable(error)));
    socket.on("message", (message) => {
      const answer = answerIn(message, query);
      if ("reply" in answer) return end(answer);
      note(answer);
      strays += 1;
      if (strays >= mostStrayPackets) end(answer);
    });
    socket.connect(port, ip, () => socket.send(query.bytes));
    return () => socket.close();
  });

/** An answer's length stands in its first two bytes, so that it ends after 64 KiB. */
const overTcp: Way = ({ ip, port }, query, options) =>
  within(options, (end) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.bytes.length);
    const socket = connect(port, ip, () => socket.write(Buffer.concat([length, query.bytes])));
    const parts: Buffer[] = [];
    let received = 0;
    let expected = Infinity;
    socket.on("error", (error) => end(unreachable(error)));
    socket.on("close", () => end({ says: "closed the connection", isWorthAgain: false }));
    socket.on("data", (part) => {
      parts.push(part);
      received += part.length;
      if (expected === Infinity && received >= 2) expected = Buffer.concat(parts).readUInt16BE(0) + 2;
      if (received >= expected) end(answerIn(Buffer.concat(parts).subarray(2, expected), query));
    });
    return () => socket.destroy();
  });

/** Until `end` is called, the try's time is over or the signal is aborted; then what `begin` opened is closed. */
function within(
  { signal, trySeconds = 2 }: AskOptions,
  begin: (end: (result: AttemptResult) => void, note: (odd: NoAnswer) => void) => () => void,
): Promise<AttemptResult> {
  return new Promise((resolve) => {
    let seen: NoAnswer = { says: "did not answer", isWorthAgain: true };
    let close: (() => void) | undefined;
    const end = (result: AttemptResult) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      close?.();
      close = undefined;
      resolve(result);
    };
    const onAbort = () => end({ says: "was given no time to answer", isWorthAgain: false });
    const timer = setTimeout(() => end({ ...seen, isWorthAgain: seen.isUnsigned !== true }), trySeconds * 1000);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) return onAbort();
    close = begin(end, (odd) => (seen = odd));
  });
}

function unreachable(error: NodeJS.ErrnoException): AttemptResult {
  return { says: `could not be reached (${error.code ?? error.message})`, isWorthAgain: false };
}

/** What a message says to this query. A server that reports an error may leave the question out. */
function answerIn(bytes: Buffer, query: Query): AttemptResult {
  const none: NoAnswer = { says: "sent no answer to the question", isWorthAgain: false };
  let message: DnsMessage;
  try {
    message = decodeMessage(bytes);
  } catch {
    return none; // no DNS message: as good as none
  }
  if (message.id !== query.id || !message.isResponse) return none;
  const [question] = message.questions;
  const isAsked = question?.type === query.type && isSameName(question.name, query.name);
  const isBareError = !question && !["NOERROR", "NXDOMAIN"].includes(message.rcode);
  if (!isAsked && !isBareError) return none;
  const { rcode, isAuthoritative, answers, authorities, additionals, isTruncated: isCutOff } = message;
  const reply = { rcode, isAuthoritative, answers, authorities, additionals };
  if (!query.signature) return { reply, isCutOff };
  const { key, mac, now } = query.signature;
  const signature = signatureOf(bytes, message, key, mac, now());
  if (signature === "valid") return { reply, isCutOff };
  return "error" in signature
    ? { reply: { ...reply, tsigError: signature.error }, isCutOff: false }
    : { says: signature.forged, isWorthAgain: false, isUnsigned: true };
}
