// One question to one DNS server: what counts as its answer, and what is said when none comes.
import { createSocket } from "node:dgram";
import type { RemoteInfo, Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Server as TcpServer, Socket } from "node:net";
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_DESIRED, streamEncode, TRUNCATED_RESPONSE } from "dns-packet";
import type { Answer, DecodedPacket, Packet } from "dns-packet";
import { nameServerProblem, socketAddressOf } from "../../../provider/probe/dns-address";
import { ask, dataOf, negativeTtlOf } from "../../../provider/probe/dns-client";
import { until } from "../../support/until";

const address = "127.41.1.1";
const name = "bots.example.com";
const a = (data: string, owner = name): Answer => ({ type: "A", name: owner, ttl: 60, class: "IN", data });
const open: (UdpSocket | TcpServer)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => new Promise<void>((resolve) => one.close(() => resolve()))));
});

const signal = AbortSignal.timeout(60_000);

/** A try is over when a test says so, never because the machine is busy. */
const trySeconds = 2;
const endTry = () => void jest.advanceTimersByTime(trySeconds * 1000);
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "clearImmediate", "queueMicrotask", "performance"] });
});
afterEach(() => jest.useRealTimers());

const never = new AbortController().signal;
const asked = (packet: DecodedPacket): Packet => ({
  type: "response",
  id: packet.id ?? 0,
  questions: packet.questions ?? [],
});
const reply = (query: DecodedPacket, more: Packet = {}) =>
  encode({ ...asked(query), flags: AUTHORITATIVE_ANSWER, answers: [a("8.8.8.8")], ...more });
const answer = {
  rcode: "NOERROR",
  isAuthoritative: true,
  answers: [expect.objectContaining({ type: "A", name, data: "8.8.8.8" }) as Answer],
  authorities: [],
  additionals: [],
};

/** A server on a free port of `address`, UDP only, unless `onTcp` is given. `from` is who asked. */
async function serve(
  onUdp: (query: DecodedPacket, from: RemoteInfo, socket: UdpSocket) => Buffer[],
  onTcp?: (socket: Socket, query: () => DecodedPacket) => void,
): Promise<string> {
  const udp = createSocket("udp4").bind(0, address);
  await once(udp, "listening");
  open.push(udp);
  const { port } = udp.address();
  udp.on("message", (message, from) => {
    for (const part of onUdp(decode(message), from, udp)) udp.send(part, from.port, from.address);
  });
  if (onTcp) {
    const tcp = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (data) => onTcp(socket, () => decode(data.subarray(2))));
    }).listen(port, address);
    await once(tcp, "listening");
    open.push(tcp);
  }
  return `${address}:${port}`;
}

test.each([
  ["192.0.2.53", { ip: "192.0.2.53", port: 53 }],
  ["192.0.2.53:5353", { ip: "192.0.2.53", port: 5353 }],
  ["2001:db8::53", { ip: "2001:db8::53", port: 53 }],
  ["[2001:db8::53]:5353", { ip: "2001:db8::53", port: 5353 }],
  ["fe80::1%eth0", { ip: "fe80::1%eth0", port: 53 }],
])("%s is the address of a server", (text, expected) => {
  expect(socketAddressOf(text)).toEqual(expected);
  expect(nameServerProblem(text)).toBeUndefined();
});

test.each([
  "",
  "ns1.example.com",
  "192.0.2.53:",
  "192.0.2.53:0",
  "192.0.2.53:65536",
  "192.0.2.256",
  "[192.0.2.53]:53",
  "192.0.2.53:53:53",
])('the text "%s" is no address of a server', async (text) => {
  expect(nameServerProblem(text)).toBe(`must be an IP address, or ip:port such as 192.0.2.53:53; got ${text}`);
  expect(await ask(text, name, "A", { signal })).toEqual({ noReply: "has no IP address that can be read" });
});

test("an answer is given as it is, with its AA bit and code", async () => {
  const server = await serve((query) => [reply(query)]);
  expect(await ask(server, name, "A", { signal })).toEqual(answer);
});

test("each question has an id and a port of its own, and asks for recursion only when told to", async () => {
  const seen: { id: number | undefined; port: number; recursion: number }[] = [];
  const server = await serve((query, { port }) => {
    seen.push({ id: query.id, port, recursion: (query.flags ?? 0) & RECURSION_DESIRED });
    return [reply(query)];
  });
  for (const recursive of [false, false, false, true]) await ask(server, name, "A", { signal, recursive });
  expect(seen.map(({ recursion }) => recursion)).toEqual([0, 0, 0, RECURSION_DESIRED]);
  expect(new Set(seen.map(({ id }) => id)).size).toBeGreaterThan(1);
  expect(new Set(seen.map(({ port }) => port)).size).toBeGreaterThan(1);
});

test("what answers another question is not heard, and the right answer after it is", async () => {
  const server = await serve((query) => [
    Buffer.from("no DNS message"),
    reply(query, { id: ((query.id ?? 0) + 1) % 65_536, answers: [a("6.6.6.6")] }),
    reply(query, { questions: [{ type: "A", name: "other.example.com" }], answers: [a("6.6.6.6")] }),
    reply(query, { questions: [{ type: "AAAA", name }], answers: [a("6.6.6.6")] }),
    reply(query, { questions: [], answers: [a("6.6.6.6")] }),
    encode({ ...asked(query), type: "query", answers: [a("6.6.6.6")] }),
    reply(query),
  ]);
  expect(await ask(server, name, "A", { signal })).toEqual(answer);
});

test("an answer from another port is not heard", async () => {
  const stranger = createSocket("udp4").bind(0, address);
  await once(stranger, "listening");
  open.push(stranger);
  const server = await serve((query, from, socket) => {
    stranger.send(reply(query, { answers: [a("6.6.6.6")] }), from.port, from.address, () =>
      socket.send(reply(query), from.port, from.address),
    );
    return [];
  });
  expect(await ask(server, name, "A", { signal })).toEqual(answer);
});

test("a name is the same in capitals", async () => {
  const server = await serve((query) => [reply(query, { questions: [{ type: "A", name: name.toUpperCase() }] })]);
  expect(await ask(server, name, "A", { signal })).toEqual(answer);
});

test("an error without the question is an answer", async () => {
  const server = await serve((query) => [encode({ ...asked(query), flags: 5, questions: [] })]);
  expect(await ask(server, name, "A", { signal })).toMatchObject({ rcode: "REFUSED", isAuthoritative: false });
});

test("a lost packet is sent again", async () => {
  let count = 0;
  const server = await serve((query) => {
    count += 1;
    if (count > 1) return [reply(query)];
    endTry();
    return [];
  });
  expect(await ask(server, name, "A", { signal, trySeconds })).toEqual(answer);
  expect(count).toBe(2);
});

test("a server that sends nonsense only is said to", async () => {
  const server = await serve((_, from, socket) => {
    // What is sent within this machine is there at once, and is read before the second next turn.
    socket.send("no DNS message", from.port, from.address, () => setImmediate(() => setImmediate(endTry)));
    return [];
  });
  expect(await ask(server, name, "A", { signal, trySeconds })).toEqual({
    noReply: "sent no answer to the question over UDP and could not be reached (ECONNREFUSED) over TCP",
  });
});

test("an answer that was cut off is asked for over TCP, and put together from its parts", async () => {
  const server = await serve(
    (query) => [reply(query, { flags: TRUNCATED_RESPONSE, answers: [] })],
    (socket, query) => {
      const packet = query();
      const whole = streamEncode({ ...asked(packet), flags: AUTHORITATIVE_ANSWER, answers: [a("8.8.8.8")] });
      socket.write(whole.subarray(0, 1));
      setImmediate(() => socket.write(whole.subarray(1, 20), () => socket.write(whole.subarray(20))));
    },
  );
  expect(await ask(server, name, "A", { signal })).toEqual(answer);
});

test("a server that is silent over UDP is asked over TCP", async () => {
  const server = await serve(
    () => {
      endTry();
      return [];
    },
    (socket, query) =>
      socket.write(streamEncode({ ...asked(query()), flags: AUTHORITATIVE_ANSWER, answers: [a("8.8.8.8")] })),
  );
  expect(await ask(server, name, "A", { signal, trySeconds })).toEqual(answer);
});

test.each<[string, (socket: Socket) => void]>([
  ["closed the connection", (socket) => socket.end()],
  ["did not answer", endTry],
  ["sent no answer to the question", (socket) => socket.write(Buffer.from([0, 3, 1, 2, 3]))],
])("a server of which only a cut-off answer comes, and that over TCP %s, is said to be so", async (says, onTcp) => {
  const closed: boolean[] = [];
  const server = await serve(
    (query) => [reply(query, { flags: TRUNCATED_RESPONSE })],
    (socket) => {
      socket.on("close", () => closed.push(true));
      onTcp(socket);
    },
  );
  expect(await ask(server, name, "A", { signal, trySeconds })).toEqual({
    noReply: `cut its answer off over UDP and ${says} over TCP`,
  });
  jest.useRealTimers();
  await until(() => closed.length === 1);
});

test("nobody at the address is said at once, not after the time of a try", async () => {
  expect(await ask(`${address}:1`, name, "A", { signal: never, trySeconds: 60 })).toEqual({
    noReply: "could not be reached (ECONNREFUSED) over UDP or TCP",
  });
});

test("the end of the operation ends the question, and closes its socket", async () => {
  const end = new AbortController();
  const ports: number[] = [];
  const server = await serve((_, { port }) => {
    ports.push(port);
    end.abort();
    return [];
  });
  expect(await ask(server, name, "A", { signal: end.signal, trySeconds: 60 })).toEqual({
    noReply: "was given no time to answer over UDP or TCP",
  });
  expect(ports).toHaveLength(1);
  const again = createSocket("udp4").bind(0, "127.0.0.1");
  await once(again, "listening");
  open.push(again);
  again.connect(ports[0] ?? 0, "127.0.0.1");
  await once(again, "connect");
  again.send("anybody there?");
  const [error] = (await once(again, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ECONNREFUSED");
});

test("records of every kind that we make come through", async () => {
  const answers: Answer[] = [
    { type: "TXT", name, ttl: 60, data: ["one", "two"] },
    { type: "CAA", name, ttl: 60, data: { flags: 0, tag: "issue", value: "ca.example.net" } },
  ];
  const server = await serve((query) => [reply(query, { answers })]);
  expect(await ask(server, name, "TXT", { signal })).toMatchObject({
    answers: [
      { type: "TXT", name, data: [Buffer.from("one"), Buffer.from("two")] },
      { type: "CAA", name, data: { tag: "issue", value: "ca.example.net" } },
    ],
  });
});

test("only a name's own records are its data", () => {
  const records: Answer[] = [
    { type: "CNAME", name: "BOTS.example.com", data: "Web.Example.NET" },
    a("8.8.8.8", "web.example.net"),
    a("8.8.4.4"),
  ];
  expect(dataOf(records, name, "A")).toEqual(["8.8.4.4"]);
  expect(dataOf(records, name, "CNAME")).toEqual(["web.example.net"]);
});

test.each([
  [60, 900, 60],
  [900, 60, 60],
])("with a SOA of TTL %d and MINIMUM %d an absence is remembered for %d s", (ttl, minimum, expected) => {
  const soa: Answer = { type: "SOA", name: "example.com", ttl, data: { mname: "ns1", rname: "admin", minimum } };
  const said = { rcode: "NXDOMAIN", isAuthoritative: true, answers: [], additionals: [] };
  expect(negativeTtlOf({ ...said, authorities: [soa] })).toBe(expected);
  expect(negativeTtlOf({ ...said, authorities: [] })).toBeUndefined();
});
