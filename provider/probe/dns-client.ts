// One question to one DNS server: over UDP, over TCP when the answer is cut off or does not come. Answers are given as they are.
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { decode, encode, RECURSION_DESIRED, streamEncode } from "dns-packet";
import type { Answer, DecodedPacket, Packet } from "dns-packet";
import { socketAddressOf } from "./dns-address";
import type { SocketAddress } from "./dns-address";

export type QueryType = "A" | "AAAA" | "CAA" | "CNAME" | "NS" | "SOA" | "TXT";

/** What a server said. */
export interface Reply {
  /** "NOERROR", "NXDOMAIN", "REFUSED", … */
  rcode: string;
  /** The AA bit: it speaks about a zone of its own. */
  isAuthoritative: boolean;
  answers: Answer[];
  authorities: Answer[];
  additionals: Answer[];
}

/** No answer to the question; continues a sentence that begins with the server: "did not answer over UDP or TCP". */
export interface NoReply {
  noReply: string;
}

export interface AskOptions {
  signal: AbortSignal;
  /** Asks for recursion (RD): for resolvers, never for a zone's own servers. Default false. */
  recursive?: boolean;
  /** For one try. Default 2. */
  trySeconds?: number;
}

const udpTries = 2;

/** Asks `address` ("ip", "ip:port") for the records of a name. Never throws: what went wrong is the `noReply`. */
export async function ask(
  address: string,
  name: string,
  type: QueryType,
  options: AskOptions,
): Promise<Reply | NoReply> {
  const server = socketAddressOf(address);
  if (!server) return { noReply: "has no IP address that can be read" };
  const attempt = (over: Way) => over(server, questionFor(name, type, options.recursive === true), options);
  let udp = await attempt(overUdp);
  for (let tries = 1; tries < udpTries && !("packet" in udp) && udp.isWorthAgain; tries += 1) {
    udp = await attempt(overUdp);
  }
  if ("packet" in udp && !udp.packet.flag_tc) return replyOf(udp.packet);
  const tcp = await attempt(overTcp);
  if ("packet" in tcp) return replyOf(tcp.packet);
  const overUdpWords = "packet" in udp ? "cut its answer off" : udp.says;
  if (overUdpWords === tcp.says) return { noReply: `${tcp.says} over UDP or TCP` };
  return { noReply: `${overUdpWords} over UDP and ${tcp.says} over TCP` };
}

/** The data of a name's own records: addresses as they are, names in lower case. */
export function dataOf(records: readonly Answer[], name: string, type: "A" | "AAAA" | "CNAME" | "NS"): string[] {
  return records.flatMap((record) =>
    record.type === type && isSameName(record.name, name) ? [record.data.toLowerCase()] : [],
  );
}

/** How long the absence that a reply tells of may be remembered: the lesser of the SOA record's TTL and its MINIMUM. */
export function negativeTtlOf({ authorities }: Reply): number | undefined {
  const soa = authorities.find((record) => record.type === "SOA");
  return soa && Math.min(soa.ttl ?? Infinity, soa.data.minimum ?? Infinity);
}

export function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

type AttemptResult = { packet: DecodedPacket } | { says: string; isWorthAgain: boolean };
type Query = Packet & { id: number; questions: [{ name: string; type: QueryType }] };
type Way = (server: SocketAddress, query: Query, options: AskOptions) => Promise<AttemptResult>;

function questionFor(name: string, type: QueryType, isRecursive: boolean): Query {
  const flags = isRecursive ? RECURSION_DESIRED : 0;
  return { type: "query", id: randomInt(65_536), flags, questions: [{ name, type }] };
}

function replyOf(packet: DecodedPacket): Reply {
  const { rcode } = packet as DecodedPacket & { rcode: string }; // not in the package's types
  const { answers = [], authorities = [], additionals = [] } = packet;
  return { rcode, isAuthoritative: packet.flag_aa, answers, authorities, additionals };
}

/** A socket of its own for each try, so that the port is random too; connected, so that nobody else's packets get in. */
const overUdp: Way = ({ ip, port }, query, options) =>
  within(options, (end, note) => {
    const socket = createSocket(isIPv6(ip) ? "udp6" : "udp4");
    socket.on("error", (error) => end(unreachable(error)));
    socket.on("message", (message) => {
      const packet = answerIn(message, query);
      if (packet) end({ packet });
      else note("sent no answer to the question");
    });
    socket.connect(port, ip, () => socket.send(encode(query)));
    return () => socket.close();
  });

const overTcp: Way = ({ ip, port }, query, options) =>
  within(options, (end) => {
    const socket = connect(port, ip, () => socket.write(streamEncode(query)));
    let received = Buffer.alloc(0);
    socket.on("error", (error) => end(unreachable(error)));
    socket.on("close", () => end({ says: "closed the connection", isWorthAgain: false }));
    socket.on("data", (part) => {
      received = Buffer.concat([received, part]);
      const length = received.length < 2 ? Infinity : received.readUInt16BE(0);
      if (received.length < length + 2) return;
      const packet = answerIn(received.subarray(2, length + 2), query);
      end(packet ? { packet } : { says: "sent no answer to the question", isWorthAgain: false });
    });
    return () => socket.destroy();
  });

/** Until `end` is called, the try's time is over or the signal is aborted; then what `begin` opened is closed. */
function within(
  { signal, trySeconds = 2 }: AskOptions,
  begin: (end: (result: AttemptResult) => void, note: (says: string) => void) => () => void,
): Promise<AttemptResult> {
  return new Promise((resolve) => {
    let says = "did not answer";
    let close: (() => void) | undefined;
    const end = (result: AttemptResult) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      close?.();
      close = undefined;
      resolve(result);
    };
    const onAbort = () => end({ says: "was given no time to answer", isWorthAgain: false });
    const timer = setTimeout(() => end({ says, isWorthAgain: true }), trySeconds * 1000);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) return onAbort();
    close = begin(end, (odd) => (says = odd));
  });
}

function unreachable(error: NodeJS.ErrnoException): AttemptResult {
  return { says: `could not be reached (${error.code ?? error.message})`, isWorthAgain: false };
}

/** The message, if it answers this query. A server that reports an error may leave the question out. */
function answerIn(message: Buffer, { id, questions: [asked] }: Query): DecodedPacket | undefined {
  let packet: DecodedPacket;
  try {
    packet = decode(message);
  } catch {
    return undefined; // no DNS message: as good as none
  }
  if (packet.id !== id || !packet.flag_qr) return undefined;
  const [question] = packet.questions ?? [];
  if (!question) return ["NOERROR", "NXDOMAIN"].includes(replyOf(packet).rcode) ? undefined : packet;
  return question.type === asked.type && isSameName(question.name, asked.name) ? packet : undefined;
}
