// DNS servers that want to hurt who asks them: fans and loops of aliases, zones without an end, 1,400 name servers, endless and
// broken answers, names that are no text. One check stays within its questions, its time and its memory, and says one sentence.
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Server, Socket as TcpSocket } from "node:net";
import { AUTHORITATIVE_ANSWER, decode, encode, TRUNCATED_RESPONSE } from "dns-packet";
import type { Answer, Packet } from "dns-packet";
import fc from "fast-check";
import { waitUntilPublished } from "../../provider/dns/publication";
import { dnsBudget } from "../../provider/probe/dns-budget";
import { ask } from "../../provider/probe/dns-client";
import { probeDns } from "../../provider/probe/dns";
import { resolverOf } from "../../provider/probe/dns-walk";
import type { DnsVerdict } from "../../provider/probe/verdict";
import { realTime } from "../support/real-time";

const servers = Array.from({ length: 13 }, (_, at) => `127.53.22.${at + 1}`);
const [resolver = ""] = servers;
const name = "bots.evil.test";
const open: (Socket | Server)[] = [];
const clients: TcpSocket[] = [];
/** "A bots.evil.test" at whom, in the order of arrival. */
let asked: string[] = [];

type Say = (type: string, name: string, server: string, message: Buffer) => Packet | Buffer | undefined;
let say: Say = () => undefined;

beforeAll(async () => {
  for (const address of servers) {
    const udp = createSocket("udp4").bind(53, address);
    await once(udp, "listening");
    open.push(udp);
    udp.on("message", (message, from) => {
      const { id = 0, questions = [] } = decode(message);
      const [question] = questions;
      asked.push(`${question?.type} ${question?.name}`);
      const said = say(question?.type ?? "", question?.name ?? "", address, message);
      if (!said) return;
      const bytes = Buffer.isBuffer(said)
        ? said
        : encode({ type: "response", id, questions, flags: AUTHORITATIVE_ANSWER, ...said });
      if (Buffer.isBuffer(said)) bytes.writeUInt16BE(id, 0);
      udp.send(bytes, from.port, from.address);
    });
  }
});
beforeEach(() => (asked = []));
afterAll(async () => {
  for (const client of clients) client.destroy();
  await Promise.all(open.map((one) => new Promise<void>((resolve) => one.close(() => resolve()))));
});

const a = (owner: string, data: string): Answer => ({ type: "A", name: owner, ttl: 60, data });
const ns = (owner: string, data: string): Answer => ({ type: "NS", name: owner, ttl: 60, data });
const cname = (owner: string, data: string): Answer => ({ type: "CNAME", name: owner, ttl: 60, data });
const nsNames = servers.map((_, at) => `ns${at}.evil.test`);

/** The resolver's part: each zone that is asked for has these 13 servers. */
const asResolver: Say = (type, owner) => {
  if (type === "NS") return { answers: nsNames.map((one) => ns(owner, one)) };
  const at = nsNames.indexOf(owner);
  return type === "A" && at >= 0 ? { answers: [a(owner, servers[at] ?? "")] } : undefined;
};

const probe = async (host = name): Promise<DnsVerdict> => {
  const began = process.memoryUsage().rss;
  const verdict = await probeDns(host, { allowPrivateAddresses: false, nameServers: [resolver] }, realTime());
  expect(process.memoryUsage().rss - began).toBeLessThan(200e6);
  expect([verdict.says, ...(verdict.warnings ?? [])].join("")).toMatch(/^[\x20-\x7e]*$/);
  return verdict;
};
/** A question may be sent twice, when its answer is slow. */
const hash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);
const mostSent = 200 * 2;

test("13 servers with different aliases for every name end with one sentence, not with 13 times 13 times 13 questions", async () => {
  say = (type, owner, server, message) => {
    const known = asResolver(type, owner, server, message);
    if (known || type !== "A") return known ?? { answers: [] };
    return { answers: [cname(owner, `to${hash(owner + server)}.evil.test`)] };
  };
  const verdict = await probe();
  expect(verdict).toMatchObject({ outcome: "cannot tell", addresses: [] });
  expect(verdict.says).toMatch(
    /^bots\.evil\.test cannot be judged: it takes more than 200 questions to name servers\. The check ended there, after a look at to\w+\.evil\.test/,
  );
  expect(asked.length).toBeLessThanOrEqual(mostSent);
});

test("4 servers whose 4 names all point to each other are looked at 32 times, and each question is asked once", async () => {
  const few = nsNames.slice(0, 4);
  say = (type, owner, server, message) => {
    if (type === "NS") return { answers: few.map((one) => ns(owner, one)) };
    const known = asResolver(type, owner, server, message);
    if (known || type !== "A") return known ?? { answers: [] };
    const targets = [0, 1, 2, 3, 4, 5, 6].map((at) => `to${at}.evil.test`);
    const at = (targets.indexOf(owner) + 1 + servers.indexOf(server)) % targets.length;
    return { answers: [cname(owner, targets[at] ?? "")] };
  };
  expect(await probe()).toMatchObject({
    outcome: "cannot tell",
    says: "bots.evil.test cannot be judged: its aliases (CNAME) lead to more than 32 names. The check ended there, after a look at to0.evil.test, to1.evil.test, to2.evil.test, to3.evil.test and 3 more.",
    addresses: [],
  });
  expect(asked.length).toBeLessThan(2 * (1 + 4 + 8 * (4 + 1 + 1)));
});

test("servers that refer to themselves for ever deeper zones are asked once each", async () => {
  const host = `${Array.from({ length: 110 }, (_, at) => String.fromCharCode(97 + (at % 26))).join(".")}.evil.test`;
  say = (type, owner, server, message) => {
    if (type === "NS" && owner === "evil.test") return asResolver(type, owner, server, message);
    if (type === "NS") return { flags: 3 };
    const known = asResolver(type, owner, server, message);
    if (known) return known;
    if (owner !== host) return { answers: [] };
    // Each answer refers to the servers of a zone that is one label deeper.
    const times = asked.filter((one) => one === `A ${host}`).length;
    const zone = host
      .split(".")
      .slice(-2 - Math.ceil(times / 2))
      .join(".");
    return { flags: 0, authorities: nsNames.map((one) => ns(zone, one)) };
  };
  expect(await probe(host)).toMatchObject({ outcome: "cannot tell", addresses: [] });
  expect(asked.filter((one) => one === `A ${host}`).length).toBeLessThanOrEqual(2 * servers.length);
});

test("of 1,400 name servers 16 are asked, and the others are named as not asked", async () => {
  const all = Array.from({ length: 1400 }, (_, at) => `n${String(at).padStart(4, "0")}.test`);
  const answer = (type: string, owner: string): Packet => {
    if (type === "NS") return { answers: all.map((one) => ns(owner, one)) };
    if (owner === name) return { answers: [a(name, "149.154.175.50")] };
    return { answers: [a(owner, servers[Number(owner.slice(1, 5)) % servers.length] ?? "")] };
  };
  say = (type, owner) => (type === "NS" ? { flags: TRUNCATED_RESPONSE } : answer(type, owner));
  const tcp = createServer((socket) => {
    clients.push(socket.on("error", () => undefined));
    socket.once("data", (data: Buffer) => {
      const { id = 0, questions = [] } = decode(data.subarray(2));
      const bytes = encode({ type: "response", id, questions, ...answer("NS", questions[0]?.name ?? "") });
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      socket.end(Buffer.concat([length, bytes]));
    });
  }).listen(53, resolver);
  await once(tcp, "listening");
  try {
    const verdict = await probe();
    expect(verdict).toMatchObject({ outcome: "pass", addresses: ["149.154.175.50"] });
    expect(verdict.warnings).toEqual([
      "Further name servers of evil.test were not asked: n0016.test, n0017.test, n0018.test, n0019.test and 1380 more.",
    ]);
    expect(asked.length).toBeLessThanOrEqual(2 * (1 + 16 + 16 + 1));
    const record = {
      zone: "evil.test",
      fqdn: name,
      type: "A" as const,
      values: ["149.154.175.50"],
      isAnsweredByVendor: false,
    };
    const budget = dnsBudget(AbortSignal.timeout(60_000));
    const status = await waitUntilPublished(record, { waitSeconds: 0 }, realTime(), resolverOf([resolver], budget));
    expect(status).toMatchObject({
      isEverywhere: false,
      lagging: ["n0016.test and 1383 further name servers of evil.test were not asked, since a zone may have 16"],
    });
  } finally {
    await new Promise((resolve) => tcp.close(resolve));
  }
});

test("at most 16 questions are under way at a time", async () => {
  let underWay = 0;
  let most = 0;
  const waiting: (() => void)[] = [];
  const udp = createSocket("udp4").bind(0, "127.53.22.1");
  await once(udp, "listening");
  open.push(udp);
  udp.on("message", (message, from) => {
    const { id = 0, questions = [] } = decode(message);
    underWay += 1;
    most = Math.max(most, underWay);
    waiting.push(() => {
      underWay -= 1;
      udp.send(encode({ type: "response", id, questions, flags: AUTHORITATIVE_ANSWER }), from.port, from.address);
    });
    setImmediate(() => waiting.shift()?.());
  });
  const budget = dnsBudget(AbortSignal.timeout(60_000));
  const address = `127.53.22.1:${udp.address().port}`;
  const all = await Promise.all(Array.from({ length: 150 }, (_, at) => budget.ask(address, `n${at}.evil.test`, "A")));
  expect(all.every((one) => "rcode" in one)).toBe(true);
  expect(most).toBeLessThanOrEqual(16);
});

test("names of control characters, of bidirectional marks and with dots in labels are shown as what they are", async () => {
  const label = (text: string) => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
  const target = Buffer.concat([
    label("a.b\n\u001b[31m"),
    label("\u202etset"),
    label("<{%fg 1%}>"),
    label("test"),
    Buffer.from([0]),
  ]);
  say = (type, owner, server, message) => {
    const known = asResolver(type, owner, server, message);
    if (known && owner === "evil.test") return known;
    if (type !== "A" || owner !== name) {
      if (known && type === "A") return known;
      // No such name, with the question as it came.
      const copy = Buffer.from(message);
      copy.writeUInt16BE(0x8403, 2);
      return copy;
    }
    const record = { type: "UNKNOWN_5", name: owner, ttl: 60, class: "IN", data: target } as unknown as Answer;
    return encode({
      type: "response",
      questions: [{ type: "A", name: owner }],
      flags: AUTHORITATIVE_ANSWER,
      answers: [record],
    });
  };
  expect((await probe()).says).toContain(
    "bots.evil.test is an alias (CNAME) of a\\046b\\010\\027\\091" +
      "31m.\\226\\128\\174tset.\\060\\123\\037fg\\0321\\037\\125\\062.test.",
  );
});

test("no bytes that a server sends make the client throw, and none but an answer is believed", async () => {
  const good = encode({
    type: "response",
    questions: [{ type: "A", name }],
    flags: AUTHORITATIVE_ANSWER,
    answers: [a(name, "192.0.2.1")],
  });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ minLength: 2, maxLength: 600 }),
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
          const copy = Buffer.from(good);
          for (const [at, value] of changes) copy[at] = value;
          return copy;
        }),
      ),
      async (bytes) => {
        say = () => Buffer.from(bytes);
        const reply = await ask(servers[1] ?? "", name, "A", { signal: AbortSignal.timeout(60_000), trySeconds: 0.02 });
        if ("noReply" in reply)
          expect(reply.noReply).toMatch(/^(?:sent no answer|did not answer|cut its answer off|could not)/);
        else
          expect(Object.keys(reply).sort()).toEqual([
            "additionals",
            "answers",
            "authorities",
            "isAuthoritative",
            "rcode",
          ]);
      },
    ),
    { numRuns: 200 },
  );
});

test.each<[string, (socket: TcpSocket) => void, string]>([
  [
    "bytes without an end",
    (socket) => {
      const part = Buffer.alloc(65_536, 255);
      const more = () => {
        while (!socket.destroyed && socket.write(part));
      };
      socket.on("drain", more);
      more();
    },
    "sent no answer to the question",
  ],
  [
    "single bytes without an end",
    (socket) => {
      const timer = setInterval(() => socket.write(Buffer.from([255])), 1);
      socket.on("close", () => clearInterval(timer));
    },
    "did not answer",
  ],
  ["a length and nothing more", (socket) => socket.write(Buffer.from([255, 255])), "did not answer"],
  ["an answer of no length", (socket) => socket.write(Buffer.from([0, 0])), "sent no answer to the question"],
])("over TCP a server that sends %s is left after one answer's size and time", async (_, send, says) => {
  const tcp = createServer((socket) => {
    clients.push(socket.on("error", () => undefined));
    send(socket);
  }).listen(53, "127.53.22.2");
  await once(tcp, "listening");
  say = () => ({ flags: TRUNCATED_RESPONSE });
  const began = process.memoryUsage().rss;
  const reply = await ask("127.53.22.2", name, "A", { signal: AbortSignal.timeout(60_000), trySeconds: 0.5 });
  expect(reply).toEqual({ noReply: `cut its answer off over UDP and ${says} over TCP` });
  expect(process.memoryUsage().rss - began).toBeLessThan(100e6);
  for (const client of clients.splice(0)) client.destroy();
  await new Promise((resolve) => tcp.close(resolve));
});
