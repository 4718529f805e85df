// A name server in this process that answers for one zone, with authority, from whatever its owner holds at that moment.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { AUTHORITATIVE_ANSWER, decode, encode } from "dns-packet";
import type { Answer, DecodedPacket } from "dns-packet";

/** What stands at a name. `data` as dns-packet has it: text for addresses and names, text or Buffer for TXT, an object for CAA. */
export interface SmallRecord {
  name: string;
  type: "A" | "AAAA" | "CNAME" | "TXT" | "CAA" | "NS";
  ttl: number;
  data: unknown;
}

export interface SmallDnsOptions {
  zone: string;
  /** Asked for each question. */
  records: () => SmallRecord[] | Promise<SmallRecord[]>;
  /** Default 127.0.0.1 and a free port. */
  address?: string;
  port?: number;
  negativeTtlSeconds?: number;
}

export interface SmallDns {
  /** "ip:port" */
  address: string;
  /** What it was asked: "A bots.example.test". */
  asked: string[];
  /** Answers this to everything instead, or without authority ("lame"), until it is called without one. */
  misbehave(how?: "SERVFAIL" | "REFUSED" | "lame"): void;
  close(): Promise<void>;
}

const rcodes = { SERVFAIL: 2, REFUSED: 5, NXDOMAIN: 3 };

export async function startSmallDns(options: SmallDnsOptions): Promise<SmallDns> {
  const { zone, records, address = "127.0.0.1", port = 0, negativeTtlSeconds = 60 } = options;
  const asked: string[] = [];
  let error: "SERVFAIL" | "REFUSED" | undefined;
  let isLame = false;

  const answer = async (message: Buffer): Promise<Buffer> => {
    const query: DecodedPacket = decode(message);
    const [question] = query.questions ?? [];
    if (!question) throw new Error("a query without a question");
    const name = question.name.toLowerCase();
    asked.push(`${question.type} ${name}`);
    const reply = { type: "response" as const, id: query.id ?? 0, questions: [question] };
    const isInside = name === zone || name.endsWith(`.${zone}`);
    if (error ?? !isInside) return encode({ ...reply, flags: rcodes[error ?? "REFUSED"] });
    const soa = {
      ...{ type: "SOA" as const, name: zone, ttl: negativeTtlSeconds },
      data: { mname: `ns.${zone}`, rname: `admin.${zone}`, serial: 1, refresh: 60, retry: 60, expire: 60, minimum: 60 },
    };
    const here = (await records()).filter((record) => record.name === name);
    const fitting = here.filter(({ type }) => type === question.type || type === "CNAME");
    const answers = question.type === "SOA" && name === zone ? [soa] : (fitting as unknown as Answer[]);
    const isEmpty = answers.length === 0;
    const rcode = isEmpty && here.length === 0 && name !== zone ? rcodes.NXDOMAIN : 0;
    return encode({
      ...reply,
      flags: (isLame ? 0 : AUTHORITATIVE_ANSWER) | rcode,
      answers,
      ...(isEmpty && { authorities: [soa] }),
    });
  };

  const tcp = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (part: Buffer) => {
      void answer(part.subarray(2)).then((said) => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(said.length);
        socket.end(Buffer.concat([length, said]));
      });
    });
  }).listen(port, address);
  await once(tcp, "listening");
  const { port: chosen } = tcp.address() as { port: number };
  const udp = createSocket("udp4");
  let isOpen = true;
  udp.on("message", (message, client) => {
    void answer(message).then((said) => isOpen && udp.send(said, client.port, client.address));
  });
  udp.bind(chosen, address);
  await once(udp, "listening");
  return {
    address: `${address}:${chosen}`,
    asked,
    misbehave(how) {
      isLame = how === "lame";
      error = how === "lame" ? undefined : how;
    },
    async close() {
      isOpen = false;
      await new Promise<void>((resolve) => udp.close(resolve));
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}
