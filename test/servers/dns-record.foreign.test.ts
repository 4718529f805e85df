// What somebody else wrote into our sets at a real bind9, any bytes: refresh, up and destroy by the real nsupdate do what is
// right and nothing else; and what answers in the server's place without the key is not believed.
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { AUTHORITATIVE_ANSWER, decode, encode } from "dns-packet";
import fc from "fast-check";
import { openVendor, recordStack } from "../support/dns-logic";
import { startBind9 } from "../support/bind9";
import type { Bind9 } from "../support/bind9";
import { run } from "../support/process";

const address = "127.53.21.2";
const zone = "example.test";
const secret = "c2VjcmV0LW9mLXRoaXMta2V5LTAxMjM0NTY3ODk=";
const keys = {
  ours: secret,
  long: `hmac-sha512:${secret}`,
  old: `hmac-md5:${secret}`,
  middle: `hmac-sha384:${secret}`,
  short: `hmac-sha224:${secret}`,
  older: `hmac-sha1:${secret}`,
};
let bind9: Bind9;
const open: (Socket | Server)[] = [];

beforeAll(async () => {
  const head = [`$ORIGIN ${zone}.`, "$TTL 60", "@ SOA ns1 admin 1 3600 600 86400 60", "@ NS ns1", `ns1 A ${address}`];
  const text = [...head, "victim A 192.0.2.99", 'victim TXT "stays"', ""].join("\n");
  bind9 = await startBind9({ address, zones: { [zone]: text }, keys });
});
afterAll(() => bind9.stop());
afterEach(() => Promise.all(open.splice(0).map((one) => new Promise<void>((resolve) => one.close(() => resolve())))));

const rfc2136 = { server: `${address}:53`, tsigName: "ours", tsigSecret: secret };
const record = (name: string, type: string, values: string[], way: object = {}) => ({
  ...{ zone, name, type, values, ttlSeconds: 60, waitSeconds: 0 },
  via: { rfc2136: { ...rfc2136, ...way } },
});

/** Everything in the zone but its SOA record, as bind9 itself writes it. */
async function everything(): Promise<string[]> {
  const { stdout } = await run("dig", ["+nocmd", "+nostats", "+onesoa", `@${address}`, zone, "AXFR"], {
    timeoutSeconds: 60,
  });
  const lines = stdout.split("\n").filter((line) => line !== "" && !/^;|\sSOA\s/.test(line));
  return lines.map((line) => line.replace(/\s+/g, " ")).sort();
}

/** Any bytes in a master file, by another way than ours: each of them escaped. */
const escaped = (bytes: Uint8Array) => [...bytes].map((byte) => `\\${String(byte).padStart(3, "0")}`).join("");
const hostile = [
  "\nsend\nupdate delete victim.example.test. A\nsend\n",
  'x" "y',
  "\0",
  "\u202eabc",
  "own",
  "; x",
  "\\010",
];
const bytes = (least: number, most: number) =>
  fc.oneof(
    fc.uint8Array({ minLength: least, maxLength: most }),
    fc.constantFrom(...hostile).map((text) => new Uint8Array(Buffer.from(text)).subarray(0, most)),
  );
const foreign = fc.oneof(
  fc
    .array(bytes(0, 60), { minLength: 1, maxLength: 4 })
    .map((strings) => ({ type: "TXT", ours: "own", text: strings.map((one) => `"${escaped(one)}"`).join(" ") })),
  fc.tuple(fc.nat(255), fc.stringMatching(/^[A-Za-z0-9]{1,15}$/), bytes(0, 60)).map(([flags, tag, value]) => ({
    type: "CAA",
    ours: '0 issue "ca.example"',
    text: `${flags} ${tag} "${escaped(value)}"`,
  })),
  fc
    .array(bytes(1, 50), { minLength: 1, maxLength: 3 })
    .map((labels) => ({ type: "CNAME", ours: "own.example", text: `${labels.map(escaped).join(".")}.elsewhere.` })),
);

/** Four at a time: most of it is waiting for nsupdate and the server. */
async function eachOf<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const waiting = [...all];
  const next = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one);
  };
  await Promise.all([next(), next(), next(), next()]);
}

test("200 sets with random bytes of somebody else: a refresh shows, up repairs, destroy takes ours alone, and nothing else changes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(foreign, { minLength: 200, maxLength: 200 }), async (all) => {
      const untouched = await everything();
      const cases = all.map((one, at) => ({ ...one, name: `v${at}`, isRepaired: at % 2 === 0, stack: recordStack() }));
      const args = ({ name, type, ours }: (typeof cases)[number]) => record(name, type, [ours]);
      const nameOf = ({ name }: { name: string }) => `${name}.${zone}.`;
      const written = (ours: string, type: string) =>
        type === "CNAME" ? `${ours}.` : type === "TXT" ? `"${ours}"` : ours;
      const lines = (one: (typeof cases)[number], data: string) => `update add ${nameOf(one)} 60 ${one.type} ${data}`;
      // Our own are there, and adopted.
      await bind9.update(cases.map((one) => lines(one, written(one.ours, one.type))).join("\n"));
      const before = await everything();
      await eachOf(cases, async (one) => expect(await one.stack.up(args(one))).toBe("created"));
      expect(await everything()).toEqual(before);
      // Then somebody else writes beside them, or over them.
      await bind9.update(
        cases
          .map((one) => [...(one.type === "CNAME" ? [`update delete ${nameOf(one)} CNAME`] : []), lines(one, one.text)])
          .flat()
          .join("\n"),
      );
      const changed = await everything();
      const isOf = (one: { name: string }) => (line: string) => line.startsWith(`${nameOf(one)} `);
      await eachOf(cases, async (one) => {
        await one.stack.refresh();
        const values = one.stack.state()?.["values"] as string[];
        expect(values).toHaveLength(changed.filter(isOf(one)).length);
        expect(values.join("")).toMatch(/^[\x20-\x7e“”…]*$/);
        if (one.isRepaired) await one.stack.up(args(one));
        else await one.stack.destroy();
      });
      const ours = new Set(before.filter((line) => !untouched.includes(line)));
      const expected = cases.flatMap((one) =>
        one.isRepaired ? before.filter(isOf(one)) : changed.filter(isOf(one)).filter((line) => !ours.has(line)),
      );
      expect(await everything()).toEqual([...untouched, ...expected].sort());
      await bind9.update(cases.map((one) => `update delete ${nameOf(one)} ${one.type}`).join("\n"));
      expect(await everything()).toEqual(untouched);
    }),
    { numRuns: 1, endOnFailure: true },
  );
});

test("a set of somebody else is refused whatever bytes it has, and takeover replaces it", async () => {
  const text = `"${escaped(Buffer.from("\nsend\nupdate delete victim.example.test. A\nsend\n"))}"`;
  await bind9.update(`update add theirs.${zone}. 60 TXT ${text}`);
  const before = await everything();
  const stack = recordStack();
  expect(await stack.refusal(record("theirs", "TXT", ["own"]))).toContain(
    "with “\\010send\\010update delete victim.example.test. A\\010send\\010”, which this resource did not set.",
  );
  expect(await everything()).toEqual(before);
  await stack.up({ ...record("theirs", "TXT", ["own"]), takeover: true });
  await stack.destroy();
  expect(await everything()).toEqual(before.filter((line) => !line.startsWith("theirs.")));
});

test.each(Object.entries(keys))(
  "with the key %s look-ups and updates are signed, and their answers are believed",
  async (tsigName, text) => {
    const [algorithm, own = ""] = text.includes(":") ? text.split(":") : ["hmac-sha256", text];
    const stack = recordStack();
    const way = { tsigName, tsigSecret: own, tsigAlgorithm: algorithm };
    await stack.up(record(`by-${tsigName}`, "A", ["192.0.2.1"], way));
    expect(await everything()).toContain(`by-${tsigName}.${zone}. 60 IN A 192.0.2.1`);
    await stack.refresh();
    expect(stack.lines).toEqual([]);
    await stack.destroy();
    expect(await everything()).not.toContain(`by-${tsigName}.${zone}. 60 IN A 192.0.2.1`);
  },
);

/** Stands between us and bind9, over UDP and TCP, and gives what `spoil` makes of an answer. */
async function relay(spoil: (answer: Buffer, question: Buffer) => Buffer | undefined): Promise<string> {
  const ask = async (question: Buffer): Promise<Buffer | undefined> => {
    const socket = createSocket("udp4");
    socket.send(question, 53, address);
    const [answer] = (await once(socket, "message")) as [Buffer];
    socket.close();
    return spoil(answer, question);
  };
  const tcp = createServer((client) => {
    client.on("error", () => undefined);
    client.once("data", (data: Buffer) => {
      void ask(data.subarray(2)).then((answer) => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer?.length ?? 0);
        client.end(Buffer.concat([length, answer ?? length]));
      });
    });
  }).listen(0, "127.53.21.3");
  await once(tcp, "listening");
  const { port } = tcp.address() as { port: number };
  const udp = createSocket("udp4").bind(port, "127.53.21.3");
  await once(udp, "listening");
  udp.on("message", (question, from) => {
    void ask(question).then((answer) => answer && udp.send(answer, from.port, from.address));
  });
  open.push(tcp, udp);
  return `127.53.21.3:${port}`;
}

const unsigned = (question: Buffer, data: string) => {
  const { id = 0, questions = [] } = decode(question);
  const answers = [{ type: "A" as const, name: questions[0]?.name ?? "", ttl: 60, data }];
  return encode({ type: "response", id, flags: AUTHORITATIVE_ANSWER, questions, answers });
};

test.each<[string, (answer: Buffer, question: Buffer) => Buffer, string]>([
  [
    "has no signature",
    (_, question) => unsigned(question, "192.0.2.66"),
    "answered without the signature that the key asks for",
  ],
  [
    "was changed on its way, in the serial of the SOA record",
    (answer) => answer.fill(66, 56, 57),
    "answered with a signature that is not the key's",
  ],
  [
    "has the signature of another answer",
    (answer) => {
      answer[answer.length - 20] = (answer[answer.length - 20] ?? 0) ^ 1;
      return answer;
    },
    "answered with a signature that is not the key's",
  ],
])("an answer that %s does not count", async (_, spoil, says) => {
  const server = await relay(spoil);
  const stack = recordStack();
  expect(await stack.refusal(record("long-enough-a-name-for-the-test", "A", ["192.0.2.1"], { server }))).toContain(
    `DNS server ${server} ${says} over UDP or TCP when it was asked for the A record long-enough-a-name-for-the-test.${zone} with the key ours.`,
  );
  expect((await everything()).filter((line) => line.startsWith("long-enough"))).toEqual([]);
});

test("a forged answer that comes first is not heard, and the signed one after it is", async () => {
  const stack = recordStack();
  await stack.up(record("raced", "A", ["192.0.2.1"]));
  const udp = createSocket("udp4").bind(0, "127.53.21.4");
  await once(udp, "listening");
  open.push(udp);
  udp.on("message", (question, from) => {
    udp.send(unsigned(question, "192.0.2.66"), from.port, from.address);
    const inner = createSocket("udp4");
    inner.on("message", (answer) => udp.send(answer, from.port, from.address, () => inner.close()));
    inner.send(question, 53, address);
  });
  const server = `127.53.21.4:${udp.address().port}`;
  const context = {
    config: () => undefined,
    hide: () => undefined,
    signal: AbortSignal.timeout(60_000),
    now: () => new Date(),
  };
  const vendor = openVendor({ rfc2136: { ...rfc2136, server } }, context as never);
  expect(await vendor.find({ zone, fqdn: `raced.${zone}`, type: "A" })).toMatchObject({ values: ["192.0.2.1"] });
  await stack.destroy();
});

test("clocks that are apart are named, and a key of the environment that is none is passed over with a sentence", async () => {
  const context = { config: () => undefined, hide: () => undefined, signal: AbortSignal.timeout(60_000) };
  const place = { zone, fqdn: `victim.${zone}`, type: "A" as const };
  const late = { ...context, now: () => new Date(Date.now() - 3_600_000) };
  await expect(openVendor({ rfc2136 }, late as never).find(place)).rejects.toThrow(
    "to look for the A record victim.example.test was refused (NOTAUTH(BADTIME)): the clocks of this machine and of the server are more than 5 minutes apart. Set them. Nothing was written.",
  );
  const config = (name: string) => ({ "telegram:tsigName": "x\nsend", "telegram:tsigSecret": secret })[name];
  const odd = { ...context, config, now: () => new Date() };
  await expect(openVendor({ rfc2136: { server: rfc2136.server } }, odd as never).find(place)).rejects.toThrow(
    `DNS server ${address}:53: a key cannot be used: telegram:tsigName must be the name of the key. Nothing was written.`,
  );
});
