// A TlsCertificate of an ACME server answers the table of questions on the real engine: Pebble, bind9, one stack with a certificate for each.
import { X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Holder } from "../../provider/acme/accounts";
import { signingKey } from "../../provider/acme/jws";
import type { SigningKey } from "../../provider/acme/jws";
import { revokeCertificate } from "../../provider/acme/orders";
import { makeKey } from "../../provider/x509/request";
import { acmeSession } from "../support/acme";
import type { AcmeSession } from "../support/acme";
import { acmeFront, acmeProblem } from "../support/acme-front";
import type { AcmeFront, AcmeSent } from "../support/acme-front";
import { startBind9 } from "../support/bind9";
import type { Bind9 } from "../support/bind9";
import { startPebble } from "../support/pebble";
import type { Pebble } from "../support/pebble";
import { run } from "../support/process";
import { answerAll } from "../support/questions";
import { certificateProject, madeOf, piecesOf, privateKeysIn } from "../support/rotation";
import type { CertificateProject, Declared } from "../support/rotation";
import { setUp, step, tearDown } from "../support/story";
import { both } from "../support/webhooks";

jest.setTimeout(600_000); // the first question waits for the steps that it needs, each command with a deadline of its own

const address = "127.53.41.2";
const zone = "example.test";
const foreign = '"a text of somebody else"';
let bind9: Bind9;
let pebble: Pebble;
let front: AcmeFront;
let project: CertificateProject;
let session: AcmeSession;
let wrongKey: string;
let cache: string;
const said: string[] = [];
const keys = new Set<string>();

setUp(async () => {
  const records = `$TTL 60\n@ SOA ns a 1 60 60 600 5\n@ NS ns\nns A ${address}\n_acme-challenge.made TXT ${foreign}\n`;
  bind9 = await startBind9({ address, zones: { [zone]: records } });
  pebble = await startPebble({ dns: `${address}:53`, rejectedNonces: 5 });
  front = await acmeFront(pebble);
  session = acmeSession(pebble, { directoryUrl: front.directoryUrl, seconds: 600 });
  wrongKey = await makeKey("ec-p256");
  project = await certificateProject();
  cache = path.join(project.directory, "cache", "acme");
  const env = { NODE_EXTRA_CA_CERTS: pebble.caFile, PULUMI_TELEGRAM_CACHE: path.dirname(cache) };
  Object.assign(project.environment, env);
});
tearDown(async () => {
  await project.dispose();
  await session.close();
  await front.close();
  await pebble.stop();
  await bind9.stop();
});

const outputs = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { $out: ["account", name] }]));
const account = (contact: string): Declared => ({
  type: "AcmeAccount",
  args: { directoryUrl: front.directoryUrl, contact: [`${contact}@example.com`] },
});
function certificate(name: string, more: object = {}, settings: object = {}): Record<string, Declared> {
  const nameServers = [`${address}:53`];
  const via = { rfc2136: { server: nameServers[0] } };
  const acme = {
    account: outputs("directoryUrl", "accountUrl", "privateKeyPem"),
    challenge: { dns01: { via, zone, nameServers, waitSeconds: 60 } },
    profile: "classic",
    ...settings,
  };
  return { [name]: { type: "TlsCertificate", args: { names: [`${name}.${zone}`], issuer: { acme }, ...more } } };
}

const wrong = () => ({
  account: { ...outputs("directoryUrl", "accountUrl"), privateKeyPem: wrongKey },
});
const revoked = { revokeOnDestroy: "superseded" };

/** The certificates of the stack; what is left out is as at first. */
function program(more: Record<string, Declared> = {}): Record<string, Declared> {
  return {
    account: account("first"),
    ...certificate("made", { names: [`made.${zone}`, `*.made.${zone}`] }),
    ...certificate("changed", { rotateTrigger: "a" }),
    ...certificate("demanded"),
    ...{ ...certificate("wanted"), ...certificate("lost"), ...certificate("slow"), ...certificate("refused") },
    ...{ ...certificate("removed", {}, revoked), ...certificate("gone", {}, revoked) },
    ...certificate("wrong", {}, wrong()),
    ...certificate("unknown", { rotateTrigger: { $later: "a", after: "account" } }),
    ...more,
  };
}
const second = () =>
  program({ account: account("second"), ...certificate("changed", { rotateTrigger: "b" }), ...certificate("wrong") });
const third = () => {
  const { removed: _removed, ...rest } = second();
  return { ...rest, ...certificate("killed") };
};

const isOrder = ({ path: at }: AcmeSent) => at === "/order-plz";
const isOrderOf = (name: string) => (sent: AcmeSent) =>
  isOrder(sent) && JSON.stringify(sent.payload).includes(`"${name}.`);
const isRevocation = ({ path: at }: AcmeSent) => at === "/revoke-cert";

/** A stack at the moment after a command, what this printed and what it asked the server for. */
async function seeing(work: () => Promise<{ stdout: string; stderr: string }>) {
  front.seen.length = 0;
  const text = both(await work());
  said.push(text);
  const state = project.openState();
  for (const key of privateKeysIn(JSON.stringify(state))) keys.add(key);
  const taken = front.seen.filter(({ status = 500 }) => status < 300);
  return {
    ...{ text, asked: taken, resources: state.resources },
    made: (name: string) => madeOf({ state: () => state }, name),
    stored: (name: string) => state.resources.find(({ urn }) => urn.endsWith(`::${name}`)),
    orders: (name: string) => taken.filter(isOrderOf(name)),
  };
}

function holder(): Holder {
  const { accountUrl = "", privateKeyPem = "" } = madeOf({ state: project.openState }, "account");
  return { server: session.server, key: signingKey(privateKeyPem) as SigningKey, accountUrl };
}
/** What a refresh would be told hours later. */
function forgetRenewals(): void {
  for (const file of fs.readdirSync(cache)) if (file.startsWith("renewal-")) fs.rmSync(path.join(cache, file));
}
async function challenges(...names: string[]): Promise<string[]> {
  const all = names.map((name) => run("dig", ["+short", `@${address}`, "TXT", `_acme-challenge.${name}.${zone}`]));
  return (await Promise.all(all)).flatMap(({ stdout }) => stdout.split("\n").filter(Boolean));
}

const foreseen = step("a preview", async () => {
  project.declare(program());
  return seeing(() => project.preview(["--json"]));
});

const made = step("an up with a slow server, a refusal and a wrong credential", async () => {
  await foreseen();
  const slow = { answeredAt: 0 };
  const hold = async () => {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    slow.answeredAt = Date.now();
  };
  front.fault({ on: isOrderOf("slow"), isSent: true, hold });
  const limited = acmeProblem(429, "rateLimited", "too many certificates for example.test", { "retry-after": "7200" });
  front.fault({ on: isOrderOf("refused"), reply: limited });
  return { ...(await seeing(() => project.up(["--continue-on-error"], { expect: 1 }))), slow };
});

const changed = step("an up that shows what others want and did, renews, changes and removes", async () => {
  const { made: of } = await made();
  const leaf = (name: string) => (of(name)["certificatePem"] ?? "").split(/(?<=-----END CERTIFICATE-----\n)/)[0] ?? "";
  const suggestedWindow = { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" };
  await pebble.setRenewalInfo(leaf("wanted"), JSON.stringify({ suggestedWindow }));
  await revokeCertificate(holder(), leaf("lost"), "keyCompromise");
  forgetRenewals();
  project.declare(second());
  return seeing(() => project.pulumi(["up", "--yes", "--diff", "--refresh"]));
});

const killed = step("an up that is killed while finalize is under way", async () => {
  await changed();
  let isFinalizing = false;
  front.fault({
    on: ({ path: at }) => at.startsWith("/finalize-order/"),
    isSent: true,
    times: Infinity,
    hold: async () => {
      isFinalizing = true;
      await new Promise(() => undefined);
    },
  });
  project.declare(third());
  return seeing(async () => {
    const said = await project.killedUp(() => isFinalizing);
    front.mend();
    return said;
  });
});

const recovered = step("the up after it, which also replaces on demand", async () => {
  const { stored } = await killed();
  return seeing(() => project.up(["--replace", stored("demanded")?.urn ?? ""]));
});

const again = step("an up that does nothing", async () => {
  await recovered();
  return seeing(() => project.pulumi(["up", "--yes", "--refresh", "--expect-no-changes"]));
});

const ended = step("a destroy, after somebody else revoked a certificate", async () => {
  const { made: of } = await again();
  await revokeCertificate(holder(), of("gone")["certificatePem"] ?? "");
  const seen = await seeing(() => project.destroy(["--diff"]));
  said.push(project.backendText());
  return seen;
});

answerAll("TlsCertificate of an ACME server", {
  "it is made": async () => {
    const { made: of, stored } = await made();
    const { id, certificatePem = "", uploadPem, retiresAt, notAfter, renewAt = "" } = of("made");
    const leaf = new X509Certificate(certificatePem);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(leaf.subjectAltName?.split(", ").sort()).toEqual([`DNS:*.made.${zone}`, `DNS:made.${zone}`]);
    expect([uploadPem, retiresAt]).toEqual(["", notAfter]);
    expect(Date.parse(renewAt)).toBeLessThan(Date.parse(notAfter ?? ""));
    expect(certificatePem.split("BEGIN CERTIFICATE")).toHaveLength(3); // with its intermediate
    expect(Object.keys(stored("made")?.outputs ?? {}).sort()).toEqual([
      ...["__declared", "__provider", "certificatePem", "issuer", "keyType", "names", "notAfter", "notBefore"],
      ...["privateKeyPem", "renewAt", "renewBeforeDays", "retiresAt", "schemaVersion", "sha256", "uploadPem"],
      "validityDays",
    ]);
  },

  "a second run does nothing": async () => {
    const before = await recovered();
    const { text, made: of, asked } = await again();
    expect(text).toContain(`${Object.keys(third()).length + 1} unchanged`);
    expect(of("made")).toEqual(before.made("made"));
    expect(asked.filter(isOrder)).toEqual([]);
  },

  "it is changed in place": async () => {
    const [before, { text, made: of }] = [(await made()).made("changed"), await changed()];
    expect(of("changed").id).toBe(before.id);
    expect(of("changed")["sha256"]).not.toBe(before["sha256"]);
    expect(text).toMatch(/changed: a new certificate was issued \(rotateTrigger changed/);
  },

  "it is replaced": async () => {
    // Nothing of ours replaces it; Pulumi does on demand.
    const before = (await changed()).made("demanded");
    expect((await changed()).text).not.toContain("replaced");
    const { text, made: of } = await recovered();
    expect(text).toContain("1 replaced");
    expect(of("demanded").id).not.toBe(before.id);
    expect(of("demanded")["sha256"]).not.toBe(before["sha256"]);
  },

  "a change by someone else is shown and repaired": async () => {
    // The server wants it renewed before its time.
    const [before, { text, made: of, orders }] = [(await made()).made("wanted"), await changed()];
    expect(text).toMatch(/wanted: a renewal is due \(its issuer asks for a renewal from .* on\)/);
    expect(of("wanted")["sha256"]).not.toBe(before["sha256"]);
    expect(orders("wanted")).toEqual([
      expect.objectContaining({
        payload: expect.objectContaining({ replaces: expect.stringMatching(/^[\w-]+\.[\w-]+$/) as string }) as object,
      }),
    ]);
  },

  "a removal by someone else is shown and repaired": async () => {
    // Revoked, it is trusted by nobody who looks.
    const [before, { text, made: of }] = [(await made()).made("lost"), await changed()];
    expect(text).toMatch(/lost: a renewal is due/);
    expect(of("lost")["sha256"]).not.toBe(before["sha256"]);
  },

  "it is removed": async () => {
    const { stored, asked } = await recovered();
    expect(stored("removed")).toBeUndefined();
    expect(asked.filter(isRevocation)).toEqual([
      expect.objectContaining({ payload: expect.objectContaining({ reason: 4 }) as object }),
    ]);
    // Without the setting nothing is revoked, a certificate that was replaced neither.
    const end = await ended();
    expect(end.resources).toEqual([]);
    expect(end.asked.filter(isRevocation)).toEqual([]);
  },

  "it is removed when it is already gone": async () => {
    const { resources, text } = await ended();
    expect(text).toContain("gone: the certificate was revoked (superseded)");
    expect(resources).toEqual([]);
  },

  "what is not ours is left alone": async () => {
    await made();
    expect(await challenges("made")).toEqual([foreign]);
    await ended();
    expect(await challenges("made")).toEqual([foreign]);
  },

  "a slow far side is waited for": async () => {
    const { made: of, slow, orders } = await made();
    expect(slow.answeredAt).toBeGreaterThan(0);
    expect(of("slow")["certificatePem"]).toContain("BEGIN CERTIFICATE");
    expect(orders("slow")).toHaveLength(1);
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const { text, stored } = await made();
    expect(text).toMatch(
      /newOrder for refused\.example\.test at \S+ was refused \(429\): "too many certificates for example\.test"\. .*Run pulumi up again after 20/,
    );
    expect(stored("refused")).toBeUndefined();
    expect((await changed()).made("refused")["certificatePem"]).toContain("BEGIN CERTIFICATE");
  },

  "a wrong credential is named": async () => {
    const { text, stored } = await made();
    expect(text).toMatch(/acme newOrder for wrong\.example\.test at \S+ was refused \(4\d\d\)/);
    expect(stored("wrong")).toBeUndefined();
    expect((await changed()).made("wrong")["certificatePem"]).toContain("BEGIN CERTIFICATE");
  },

  "an unknown value passes the preview": async () => {
    const { text, asked } = await foreseen();
    expect(JSON.parse(text)).toMatchObject({ changeSummary: { create: Object.keys(program()).length + 1 } });
    expect(asked).toEqual([]); // a preview asks nobody
    // The account's change makes all of them unknown again, and they turn out to be the same.
    const [before, after] = [await made(), await changed()];
    expect(after.made("unknown")).toEqual(before.made("unknown"));
    expect(after.orders("unknown")).toEqual([]);
  },

  "a secret stays secret": async () => {
    await ended();
    expect(keys.size).toBeGreaterThan(Object.keys(program()).length);
    const pieces = piecesOf(...keys, wrongKey);
    expect(said.flatMap((text) => (pieces.some((piece) => text.includes(piece)) ? [text] : []))).toEqual([]);
    expect(said).toHaveLength(8);
    expect(fs.readdirSync(cache).filter((file) => file.startsWith("order-"))).toEqual([]);
  },

  "it is killed half-way and run again": async () => {
    const interrupted = await killed();
    expect(interrupted.stored("killed")).toBeUndefined();
    expect(interrupted.orders("killed")).toHaveLength(1);
    // The journal has the order and the key: the certificate that was being made is the one that is taken.
    const { text, made: of, orders } = await recovered();
    expect(text).toMatch(/killed: this run goes on with the order that an earlier run left \((?:valid|processing)\)/);
    expect(orders("killed")).toEqual([]);
    expect(of("killed")["certificatePem"]).toContain("BEGIN CERTIFICATE");
    expect(await challenges("killed", "lost", "wanted", "slow", "refused", "wrong")).toEqual([]);
    await again();
  },
});
