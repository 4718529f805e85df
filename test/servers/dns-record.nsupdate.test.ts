// How nsupdate is run: the key goes to its standard input and nowhere else; a missing one is named; the deadline ends it.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openRfc2136 } from "../../provider/dns/vendors/rfc2136/client";
import { nsupdate } from "../../provider/dns/vendors/rfc2136/nsupdate";
import { startBind9 } from "../support/bind9";
import type { Bind9 } from "../support/bind9";

const secret = "c2VjcmV0LW9mLXRoaXMta2V5LTAxMjM0NTY3ODk=";
const script = ["server 127.0.0.1 53", `key hmac-sha256:ours ${secret}`];
let folder: string;

beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "nsupdate-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A program in nsupdate's place. */
function stand(body: string): string {
  const file = path.join(folder, "nsupdate");
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("the key is in no argument and in no environment, but on standard input", async () => {
  const command = stand(`echo "$@" > ${folder}/argv; env > ${folder}/env; cat > ${folder}/input`);
  expect(await nsupdate(script, AbortSignal.timeout(60_000), command)).toEqual({ isDone: true });
  const [argv, env, input] = ["argv", "env", "input"].map((name) => readFileSync(path.join(folder, name), "utf8"));
  expect([argv, env?.includes(secret), input]).toEqual(["-u 3 -r 3 -t 12\n", false, `${script.join("\n")}\nsend\n`]);
});

test("a missing program is named with the command that installs it", async () => {
  await expect(nsupdate(script, AbortSignal.timeout(60_000), path.join(folder, "none"))).rejects.toThrow(
    "This record needs the program nsupdate: apt-get install bind9-dnsutils",
  );
});

test.each([
  ["update add a_b.ex.test. 60 A 192.0.2.1", "check-names failed: bad owner 'a_b.ex.test'"],
  ["update add b.ex.test. 99999999999 A 192.0.2.1", "ttl '99999999999': out of range"],
  ["update add b.ex.test. 60 A 192.0.2.256", "invalid rdata format: bad dotted quad"],
  [`update add ${"a".repeat(64)}.ex.test. 60 A 192.0.2.1`, "invalid owner name: label too long"],
])("what the real nsupdate refuses by itself is not told as a server without an answer (%#)", async (line, words) => {
  const lines = ["server 127.0.0.1 9", "zone ex.test.", line];
  const ended = await nsupdate(lines, AbortSignal.timeout(60_000));
  expect(ended).toMatchObject({ isDone: false, code: undefined, isUnsent: true });
  expect("printed" in ended && ended.printed).toContain(words);
  expect("printed" in ended && ended.printed).not.toContain("syntax error");
});

/** As nsupdate and BIND 9.18.49 have it. A wrong clock is found out before, by the signed look-up. */
describe("what a real server refuses is told by its code:", () => {
  const address = "127.0.0.47";
  const key = `key hmac-sha256:ours ${secret}`;
  const add = "update add new.ex.test. 60 A 192.0.2.1";
  let bind: Bind9;
  const zone = "@ 60 SOA ns h 1 60 60 60 60\n@ 60 NS ns\nns 60 A 127.0.0.47\nhere 60 A 192.0.2.9\n";
  beforeAll(async () => {
    bind = await startBind9({ address, port: 5399, zones: { "ex.test": zone }, keys: { ours: secret } });
  });
  afterAll(() => bind.stop());
  const send = (...lines: string[]) => {
    const [ip = "", port = ""] = bind.behind.split(":");
    return nsupdate([`server ${ip} ${port}`, "zone ex.test.", ...lines], AbortSignal.timeout(60_000));
  };

  test.each<[string, string | undefined, string[]]>([
    ["a set that is there already", "YXRRSET", [key, "prereq nxrrset here.ex.test. A", add]],
    ["a set that is another one now", "NXRRSET", [key, "prereq yxrrset here.ex.test. A 192.0.2.77", add]],
    ["a name that is there already", "YXDOMAIN", [key, "prereq nxdomain here.ex.test.", add]],
    ["a name that is not there", "NXDOMAIN", [key, "prereq yxdomain none.ex.test.", add]],
    ["a name outside of the zone", "NOTZONE", [key, "update add new.elsewhere.test. 60 A 192.0.2.1"]],
    ["a zone that it does not have", "NOTAUTH", ["zone none.test.", key, "update add a.none.test. 60 A 192.0.2.1"]],
    ["no key", "REFUSED", [add]],
    ["another secret", "NOTAUTH(BADSIG)", [`key hmac-sha256:ours ${"b3RoZXIt".repeat(6)}`, add]],
    ["another key", "NOTAUTH(BADKEY)", [`key hmac-sha256:none ${secret}`, add]],
    ["another algorithm", "NOTAUTH(BADKEY)", [`key hmac-sha512:ours ${secret}`, add]],
  ])("%s is %s", async (_, code, lines) => {
    expect(await send(...lines)).toMatchObject({ isDone: false, code });
  });

  test("a zone that it cannot write is SERVFAIL", async () => {
    const named = readdirSync(tmpdir()).map((name) => path.join(tmpdir(), name, "named.conf"));
    const [conf = ""] = named.filter(
      (file) => existsSync(file) && readFileSync(file, "utf8").includes(bind.behind.split(":")[1] ?? "?"),
    );
    mkdirSync(path.join(path.dirname(conf), "ex.test.zone.jnl"));
    expect(await send(key, add)).toMatchObject({ isDone: false, code: "SERVFAIL" });
  });
});

test("a server that does not answer is one that may have got it", async () => {
  const lines = ["server 127.0.0.1 9", "zone ex.test.", "update add b.ex.test. 60 A 192.0.2.1"];
  const ended = await nsupdate(lines, AbortSignal.timeout(60_000));
  expect(ended).toEqual({
    isDone: false,
    code: undefined,
    printed: "; Communication with 127.0.0.1#9 failed: connection refused",
  });
});

test("what nsupdate refuses by itself is said, with what is true", async () => {
  const refusing = () =>
    Promise.resolve({ isDone: false, code: undefined, printed: "check-names failed: bad owner 'a_b.ex.test'", isUnsent: true } as const); // prettier-ignore
  const signal = AbortSignal.timeout(60_000);
  const context = { signal, config: () => undefined, hide: () => undefined, now: () => new Date() } as never;
  const vendor = openRfc2136({ server: "127.0.0.1" }, context, refusing);
  const place = { zone: "ex.test", fqdn: "a_b.ex.test", type: "A" } as const;
  await expect(vendor.create(place as never, { values: ["192.0.2.1"], ttlSeconds: 60, settings: {} })).rejects.toThrow(
    "DNS server 127.0.0.1: to create the A record a_b.ex.test was not sent, since nsupdate refuses it: check-names failed: bad owner 'a_b.ex.test'. Nothing was written.",
  );
});

test("a program that never answers is ended at the deadline, and nobody can tell what it did", async () => {
  const ended = await nsupdate(script, AbortSignal.timeout(300), stand("exec sleep 60"));
  expect(ended).toEqual({ isDone: false, code: undefined, printed: "the deadline has passed" });
});
