// A TlsCertificate of an ACME server on the host in this process: Pebble, bind9, our own dns-01.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Resolver } from "node:dns/promises";
import { X509Certificate } from "node:crypto";
import { Agent } from "undici";
import type { HttpAnswer, HttpClient } from "../../provider/core/http";
import { NoAnswer } from "../../provider/core/http";
import { httpClient } from "../../provider/net/http";
import { makeAccount } from "../../provider/acme/accounts";
import { signingKey } from "../../provider/acme/jws";
import type { SigningKey } from "../../provider/acme/jws";
import { revokeCertificate } from "../../provider/acme/orders";
import { makeKey } from "../../provider/x509/request";
import { acmeSession } from "../support/acme";
import { aged, certificateStack } from "../support/acme-stack";
import { startBind9 } from "../support/bind9";
import type { Bind9 } from "../support/bind9";
import { startPebble } from "../support/pebble";
import type { Pebble } from "../support/pebble";
import { freePort } from "../support/ports";

const day = 86_400_000;
let bind9: Bind9;
let pebble: Pebble;
let account: { directoryUrl: string; accountUrl: string; privateKeyPem: string };
let cache: string;
let agent: Agent;
beforeAll(async () => {
  const records = "$TTL 60\n@ SOA ns a.example.test. 1 60 60 600 5\n@ NS ns\nns A 127.0.0.1\n";
  bind9 = await startBind9({ address: "127.0.0.1", port: await freePort(), zones: { "example.test": records } });
  pebble = await startPebble({ dns: `127.0.0.1:${bind9.port}`, rejectedNonces: 10, alternateRoots: 1 });
  const session = acmeSession(pebble);
  const privateKeyPem = await makeKey("ec-p256");
  const { accountUrl } = await makeAccount(session.server, signingKey(privateKeyPem) as SigningKey);
  account = { directoryUrl: pebble.directoryUrl, accountUrl, privateKeyPem };
  await session.close();
});
afterAll(async () => {
  await pebble.stop();
  await bind9.stop();
});
beforeEach(() => {
  cache = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-acme-"));
  process.env["PULUMI_TELEGRAM_CACHE"] = cache;
  agent = new Agent({ connect: { ca: pebble.caPem } });
});
afterEach(async () => {
  delete process.env["PULUMI_TELEGRAM_CACHE"];
  await agent.close();
  fs.rmSync(cache, { recursive: true, force: true });
});

/** A stack of one certificate, whose clock may be ahead; `requests` are those to the ACME server. */
function stack() {
  const client = httpClient({ dispatcher: agent });
  const own = {
    ahead: 0,
    requests: [] as string[],
    through: undefined as ((path: string) => void) | undefined,
    answering: undefined as ((path: string) => string | undefined) | undefined,
    instead: undefined as ((path: string) => Promise<HttpAnswer | undefined>) | undefined,
    seen: undefined as ((path: string, answer: HttpAnswer) => void) | undefined,
  };
  const http: HttpClient = async (request) => {
    const at = new URL(request.url).pathname;
    own.through?.(at);
    const given = await own.instead?.(at);
    if (given) return given;
    const answer = await client(request);
    own.seen?.(at, answer);
    const text = own.answering?.(at);
    if (text !== undefined) return { ...answer, body: Buffer.from(text) };
    own.requests.push(`${request.method} ${at} ${answer.status}`);
    return answer;
  };
  return certificateStack(own, http, 1);
}

function args(name: string, more: object = {}, settings: object = {}) {
  const server = `127.0.0.1:${bind9.port}`;
  const challenge = { dns01: { via: { rfc2136: { server } }, zone: "example.test", nameServers: [server] } };
  return {
    names: [`${name}.example.test`],
    issuer: { acme: { account, challenge, profile: "classic", ...settings } },
    ...more,
  };
}

async function challengesAt(name: string): Promise<string[][]> {
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${bind9.port}`]);
  return resolver.resolveTxt(`_acme-challenge.${name}.example.test`).catch(() => []);
}

const ordersIn = (requests: string[]) => requests.filter((one) => one === "POST /order-plz 201").length;
const kept = () => fs.readdirSync(path.join(cache, "acme")).map((name) => name.replace(/-[0-9a-f]{32}/, ""));

test("it is issued, uploads nothing, and a second run and a refresh do nothing", async () => {
  const own = stack();
  expect(await own.up(args("made"))).toBe("created");
  const state = own.state() as Record<string, string>;
  const leaf = new X509Certificate(state["certificatePem"] ?? "");
  expect(leaf.subjectAltName).toBe("DNS:made.example.test");
  expect(state).toMatchObject({ uploadPem: "", retiresAt: state["notAfter"] });
  expect(Date.parse(state["renewAt"] ?? "")).toBeGreaterThan(Date.now() + 30 * day);
  expect(kept()).toEqual(["renewal.json"]); // the order has come to its end
  own.requests.length = 0;
  expect(await own.up(args("made"))).toBe("same");
  expect(own.requests).toEqual([]);
  expect(await own.upRefresh(args("made"))).toBe("same");
  expect(own.requests).toEqual([]); // what the server said about the renewal holds for hours
  expect(own.state()).toEqual(state);
});

test("it is renewed when the server wants it, which a refresh finds, and names what it replaces", async () => {
  const own = stack();
  await own.up(args("wanted"));
  const { certificatePem = "" } = own.state() as Record<string, string>;
  const [leaf = ""] = certificatePem.split(/(?<=-----END CERTIFICATE-----\n)/);
  const due = expect.stringMatching(
    /^TlsCertificate bot: a renewal is due \(its issuer asks for a renewal from 2026-01-01T\S+ on\); pulumi up does it\.$/,
  ) as string;
  const suggestedWindow = { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" };
  await pebble.setRenewalInfo(leaf, JSON.stringify({ suggestedWindow }));
  await own.refresh();
  expect(await own.preview(args("wanted"))).toBe("same"); // it is asked again when its answer holds no longer
  own.ahead = 7 * 3_600_000;
  await own.refresh();
  expect(own.lines.splice(0)).toEqual([due]);
  expect(await own.preview(args("wanted"))).toBe("changes");
  expect(own.lines.splice(0)).toEqual([due]);
  expect(await own.up(args("wanted"))).toBe("updated");
  expect(own.lines.join("\n")).toMatch(/\(its issuer asked for a renewal from 2026-01-01T\S+ on\)/);
  expect(own.state()?.["certificatePem"]).not.toBe(certificatePem);
  expect(await own.preview(args("wanted"))).toBe("same");
});

test("without a profile the usual one is asked for, since a server may take any", async () => {
  const own = stack();
  for (const name of ["usual1", "usual2", "usual3"]) {
    await own.up(args(name, {}, { profile: undefined }));
    const { notBefore = "", notAfter = "" } = own.state() as Record<string, string>;
    expect(Date.parse(notAfter) - Date.parse(notBefore)).toBeGreaterThan(80 * day);
  }
});

test("one that lives for days only is told, unless something runs pulumi up every day", async () => {
  const own = stack();
  await own.up(args("weekly", {}, { profile: "weekly" }));
  const short = "it lives for 6 days only, so something must run pulumi up every day";
  expect(own.lines.filter((line) => line.includes(short))).toHaveLength(1);
  expect(own.lines.join("\n")).not.toContain("is due");
  await own.up(args("weekly", { rotateTrigger: "1" }, { profile: "weekly", schedule: "external" }));
  expect(own.lines.filter((line) => line.includes(short))).toHaveLength(1);
});

test("a window that lies in the past when it is issued does not order again in each run", async () => {
  const own = stack();
  const past = { suggestedWindow: { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" } };
  own.answering = (at) => (/renewal-?info/i.test(at) ? JSON.stringify(past) : undefined);
  await own.up(args("past"));
  expect(own.state()?.["renewAt"]).toBeUndefined();
  expect(await own.up(args("past"))).toBe("same");
  expect(ordersIn(own.requests)).toBe(1);
});

test("what expired, or ends soon and was not renewed, is told by a refresh and by the preview after it, once", async () => {
  const own = stack();
  await own.up(args("late"));
  const { notAfter = "" } = own.state() as Record<string, string>;
  const told = async (daysBefore: number) => {
    own.ahead = Date.parse(notAfter) - Date.now() - daysBefore * day;
    own.lines.length = 0;
    await own.refresh();
    return own.lines;
  };
  const cell = "TlsCertificate bot:";
  expect(await told(40)).toEqual([]);
  expect(await told(29)).toEqual([expect.stringContaining(`${cell} a renewal is due (`)]);
  expect(await told(10.5)).toEqual([
    `warning: ${cell} the certificate expires ${notAfter} (10 days are left), and was not renewed yet; pulumi up does it.`,
  ]);
  expect(await told(0.6)).toEqual([expect.stringMatching(/\(14 hours are left\)/)]);
  expect(await told(-1)).toEqual([
    `warning: ${cell} the certificate expired ${notAfter}, and Telegram refuses it since then; pulumi up brings a new one.`,
  ]);
  own.ahead = 0;
  aged(own.state() ?? {}, 91);
  own.lines.length = 0;
  expect(await own.upRefresh(args("late"))).toBe("updated");
  expect(own.lines.filter((line) => line.includes("expired"))).toHaveLength(1);
});

test("it is renewed by its age, also where renewBeforeDays is longer than its life", async () => {
  const own = stack();
  await own.up(args("aged", {}, { profile: "shortlived", schedule: "external" }));
  const { sha256 } = own.state() as Record<string, string>;
  const again = args("aged", {}, { profile: "shortlived", schedule: "external" });
  expect(await own.up(again)).toBe("same");
  own.ahead = 4.5 * day;
  expect(await own.up(again)).toBe("updated");
  expect(own.state()?.["sha256"]).not.toBe(sha256);
});

test("a renewal that fails leaves what serves while there is time, and then fails the command", async () => {
  const own = stack();
  await own.up(args("kept"));
  const state = own.state() as Record<string, string>;
  const down = () => {
    throw new NoAnswer("connect ECONNREFUSED");
  };
  own.ahead = Date.parse(state["notAfter"] ?? "") - Date.now() - 29 * day;
  own.through = down;
  expect(await own.up(args("kept"))).toBe("updated");
  expect(own.lines.join("\n")).toMatch(
    /could not be renewed, and the certificate that is there goes on serving until \S+ \(2[89] days\)/,
  );
  expect(own.state()?.["sha256"]).toBe(state["sha256"]);
  own.ahead += 20 * day;
  await expect(own.up(args("kept"))).rejects.toMatchObject({
    message: expect.stringMatching(
      /The certificate that serves expires \S+ \([89] days are left\)\. \[ACME_UNREACHABLE\]$/,
    ) as string,
  });
  // Other names were never asked of it: that fails at once.
  own.ahead = 0;
  await expect(own.up(args("other"))).rejects.toMatchObject({
    message: expect.stringContaining("ACME_UNREACHABLE") as string,
  });
  own.through = undefined;
  expect(await own.up(args("other"))).toBe("updated");
});

test("a run that is killed is gone on with, and its order is made once", async () => {
  const own = stack();
  let count = 0;
  own.through = (at) => {
    if (at.includes("finalize")) count += 1;
    if (count === 1) throw new Error("killed");
  };
  await expect(own.up(args("killed"))).rejects.toThrow("killed");
  expect(own.state()).toBeUndefined();
  expect(kept()).toContain("order.0.json");
  const file = fs.readdirSync(path.join(cache, "acme")).find((name) => /^order-.*json$/.test(name)) ?? "";
  expect(fs.statSync(path.join(cache, "acme", file)).mode & 0o777).toBe(0o600);
  own.through = undefined;
  expect(await own.up(args("killed"))).toBe("created");
  expect(own.lines.join("\n")).toContain("goes on with the order that an earlier run left (ready)");
  expect(ordersIn(own.requests)).toBe(1);
  expect(kept()).not.toContain("order.0.json");
});

test("two stacks with one account order at the same time, also the same names, and neither leaves anything", async () => {
  const all = [stack(), stack(), stack()];
  const made = await Promise.all(all.map((own, at) => own.up(args(at === 2 ? "third" : "twice"))));
  expect(made).toEqual(["created", "created", "created"]);
  expect(new Set(all.map((own) => own.state()?.["sha256"])).size).toBe(3);
  expect(kept()).toEqual(["renewal.json", "renewal.json", "renewal.json"]);
  expect(await challengesAt("twice")).toEqual([]);
});

test("of two runs that are given one order, the one that did not finalize it orders anew", async () => {
  const [one, other] = [stack(), stack()];
  let give: (answer: HttpAnswer) => void = () => undefined;
  const ordered = new Promise<HttpAnswer>((resolve) => (give = resolve));
  one.seen = (at, answer) => {
    if (at === "/order-plz") give(answer);
  };
  let count = 0;
  other.instead = async (at) => (at === "/order-plz" && (count += 1) === 1 ? await ordered : undefined);
  expect(await Promise.all([one.up(args("shared")), other.up(args("shared"))])).toEqual(["created", "created"]);
  expect(one.state()?.["sha256"]).not.toBe(other.state()?.["sha256"]);
  expect(ordersIn(one.requests) + ordersIn(other.requests)).toBe(2);
  const lines = [...one.lines, ...other.lines];
  expect(lines.filter((line) => line.includes("another run ordered the same names"))).toHaveLength(1);
  expect(kept()).toEqual(["renewal.json", "renewal.json"]);
  expect(await challengesAt("shared")).toEqual([]);
});

test("one that its server revoked is due at the next refresh, and another one is ordered", async () => {
  const own = stack();
  await own.up(args("revoked"));
  const { certificatePem = "", sha256 } = own.state() as Record<string, string>;
  const session = acmeSession(pebble);
  const key = signingKey(account.privateKeyPem) as SigningKey;
  await revokeCertificate({ server: session.server, key, accountUrl: account.accountUrl }, certificatePem);
  await session.close();
  expect(await own.up(args("revoked"))).toBe("same"); // it asks nobody
  own.ahead = 7 * 3_600_000;
  expect(await own.upRefresh(args("revoked"))).toBe("updated");
  expect(own.state()?.["sha256"]).not.toBe(sha256);
  expect(own.lines.join("\n")).toContain("(its issuer asked for a renewal from ");
  expect(await own.upRefresh(args("revoked"))).toBe("same");
});

test("a change of the account's key or of the way of proof is recorded only; of profile or chain, a new certificate", async () => {
  const own = stack();
  await own.up(args("changed", {}, { profile: "classic" }));
  const { sha256 } = own.state() as Record<string, string>;
  expect(await own.up(args("changed", {}, { profile: "classic", schedule: "external" }))).toBe("updated");
  expect(own.state()?.["sha256"]).toBe(sha256);
  expect(await own.up(args("changed", {}, { profile: "classic", preferredChain: "No Such Root" }))).toBe("updated");
  expect(own.state()?.["sha256"]).not.toBe(sha256);
  expect(own.lines.join("\n")).toMatch(/offers no chain to the root No Such Root, so the first one is taken/);
});

test.each([
  [{ names: ["203.0.113.7"] }, {}, "by which no server sees that the address 203.0.113.7 is yours"],
  [
    { names: ["*.example.test"] },
    { challenge: { http01: { webroot: "/srv/www" } } },
    "by which no server proves a wildcard such as *.example.test; leave it out of names, or take dns01",
  ],
  [
    {},
    { challenge: { http01: {} } },
    "has acme.challenge, which must have exactly one of http01.server (a proxy server answers) and http01.webroot",
  ],
  [
    {},
    { challenge: { http01: { server: { nginx: {} }, webroot: "/srv/www" } } },
    "has acme.challenge, which must have exactly one of http01.server",
  ],
  [{}, { challenge: { http01: { webroot: "srv/www" } } }, "has http01.webroot, which must be an absolute path"],
  [{}, { profile: "shortlived" }, 'set acme.schedule to "external" if something runs pulumi up every day'],
  [{}, { schedule: "daily" }, 'has acme.schedule, which must be "external", or left out'],
  [
    {},
    { account: { directoryUrl: "https://acme.example.com/dir" } },
    "has acme.account, which needs account.accountUrl",
  ],
  [
    {},
    { challenge: { dns01: { via: { rfc2136: {} } } } },
    "has acme.challenge, which has dns01.via, which needs rfc2136.server",
  ],
])("%j with %j is refused in the preview", async (more, settings, says) => {
  await expect(stack().up(args("refused", more, settings))).rejects.toThrow(says);
});
