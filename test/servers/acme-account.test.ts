// The resource AcmeAccount on the host in this process, at a real Pebble: the questions that every resource is asked.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Agent } from "undici";
import { changeContact, changeKey, deactivateAccount, makeAccount, readAccount } from "../../provider/acme/accounts";
import type { Holder } from "../../provider/acme/accounts";
import { signingKey } from "../../provider/acme/jws";
import type { SigningKey } from "../../provider/acme/jws";
import { Kept } from "../../provider/acme/kept";
import { Nonces } from "../../provider/acme/nonces";
import type { HttpClient } from "../../provider/core/http";
import { NoAnswer } from "../../provider/core/http";
import { httpClient } from "../../provider/net/http";
import { accountLogic } from "../../provider/tls/account/fields";
import { accountLifecycle } from "../../provider/tls/account/lifecycle";
import { makeKey } from "../../provider/x509/request";
import { acmeSession, newKey } from "../support/acme";
import type { AcmeSession } from "../support/acme";
import { inProcess } from "../support/in-process";
import { startPebble } from "../support/pebble";
import type { Pebble } from "../support/pebble";

let pebble: Pebble;
let session: AcmeSession;
let cache: string;
let agent: Agent;
beforeAll(async () => void (pebble = await startPebble({ rejectedNonces: 10 })));
afterAll(() => pebble.stop());
beforeEach(() => {
  session = acmeSession(pebble);
  cache = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-acme-"));
  agent = new Agent({ connect: { ca: pebble.caPem } });
});
afterEach(async () => {
  await session.close();
  await agent.close();
  fs.rmSync(cache, { recursive: true, force: true });
});

/** A stack of one account. `through` sees each request. */
function stack(through?: (path: string, next: () => ReturnType<HttpClient>) => ReturnType<HttpClient>) {
  const client = httpClient({ dispatcher: agent });
  const http: HttpClient = (request) => {
    const next = () => client(request);
    return through ? through(new URL(request.url).pathname, next) : next();
  };
  const services = { http, nonces: new Nonces(), kept: new Kept(cache) };
  return inProcess(
    {},
    undefined,
    accountLogic(() => accountLifecycle(services)),
  );
}

const args = (more: object = {}) => ({ directoryUrl: pebble.directoryUrl, ...more });

/** Who signs with what is recorded. */
function holderIn(state: Record<string, unknown> | undefined): Holder {
  const { accountUrl, privateKeyPem } = state as { accountUrl: string; privateKeyPem: string };
  return { server: session.server, key: signingKey(privateKeyPem) as SigningKey, accountUrl };
}

test("it is made, a second run does nothing, and a refresh changes nothing", async () => {
  const own = stack();
  expect(await own.up(args({ contact: ["ops@example.com"] }))).toBe("created");
  const state = own.state();
  expect(state).toMatchObject({ directoryUrl: pebble.directoryUrl, contact: ["ops@example.com"], keyType: "ec-p256" });
  expect(await readAccount(holderIn(state))).toEqual({ status: "valid", contact: ["mailto:ops@example.com"] });
  expect(await own.up(args({ contact: ["ops@example.com"] }))).toBe("same");
  expect(await own.upRefresh(args({ contact: ["ops@example.com"] }))).toBe("same");
  expect(own.state()).toEqual(state);
  expect(own.lines).toEqual([]);
});

test("its contacts are changed in place", async () => {
  const own = stack();
  await own.up(args({ contact: ["a@example.com"] }));
  expect(await own.up(args({ contact: ["b@example.com", "c@example.com"] }))).toBe("updated");
  expect((await readAccount(holderIn(own.state()))).contact).toEqual(["mailto:b@example.com", "mailto:c@example.com"]);
});

test("contacts that somebody else changed are shown by a refresh and put right by the next run", async () => {
  const own = stack();
  await own.up(args({ contact: ["a@example.com"] }));
  await changeContact(holderIn(own.state()), ["mailto:other@example.com"]);
  expect(await own.upRefresh(args({ contact: ["a@example.com"] }))).toBe("updated");
  expect(own.lines.join("\n")).toContain("somebody else changed the contacts to other@example.com");
  expect((await readAccount(holderIn(own.state()))).contact).toEqual(["mailto:a@example.com"]);
});

test("a trigger gives it another key, once, and the old one is good for nothing", async () => {
  const own = stack();
  await own.up(args({ rotateTrigger: "1" }));
  const before = own.state();
  expect(await own.up(args({ rotateTrigger: "2" }))).toBe("updated");
  const after = own.state();
  expect(after?.["accountUrl"]).toBe(before?.["accountUrl"]);
  expect(after?.["thumbprint"]).not.toBe(before?.["thumbprint"]);
  expect((await readAccount(holderIn(after))).status).toBe("valid");
  await expect(readAccount(holderIn(before))).rejects.toMatchObject({ name: "Failure" });
  expect(await own.up(args({ rotateTrigger: "2" }))).toBe("same");
  expect(await own.up(args())).toBe("updated"); // the trigger is taken away: recorded only
  expect(own.state()?.["thumbprint"]).toBe(after?.["thumbprint"]);
});

test("another directory replaces it, and the new one is made first", async () => {
  const other = await startPebble();
  try {
    const both = new Agent({ connect: { ca: [pebble.caPem, other.caPem] } });
    await agent.close();
    agent = both;
    const own = stack();
    await own.up(args());
    const first = own.state()?.["accountUrl"];
    expect(await own.up({ directoryUrl: other.directoryUrl })).toBe("replaced");
    expect(own.state()?.["accountUrl"]).not.toBe(first);
  } finally {
    await other.stop();
  }
});

test("an account that exists already is taken over by its key", async () => {
  const key = await makeKey("rsa-2048");
  const { accountUrl } = await makeAccount(session.server, signingKey(key) as SigningKey, {
    contact: ["mailto:before@example.com"],
  });
  const own = stack();
  await own.up(args({ existingKeyPem: key, contact: ["after@example.com"] }));
  expect(own.state()).toMatchObject({ accountUrl, privateKeyPem: key });
  expect(own.lines.join("\n")).toContain(`the key has the account ${accountUrl} already`);
  expect((await readAccount(holderIn(own.state()))).contact).toEqual(["mailto:after@example.com"]);
});

test("contacts that an account has and the program does not declare stay", async () => {
  const key = await makeKey("ec-p256");
  await makeAccount(session.server, signingKey(key) as SigningKey, { contact: ["mailto:before@example.com"] });
  const own = stack();
  await own.up(args({ existingKeyPem: key }));
  expect(await own.upRefresh(args({ existingKeyPem: key }))).toBe("same");
  expect((await readAccount(holderIn(own.state()))).contact).toEqual(["mailto:before@example.com"]);
});

test("another existing key becomes the account's, and one of another account does not", async () => {
  const own = stack();
  await own.up(args());
  const key = await makeKey("ec-p256");
  expect(await own.up(args({ existingKeyPem: key }))).toBe("updated");
  expect(own.state()?.["privateKeyPem"]).toBe(key);
  const taken = await makeKey("ec-p256");
  await makeAccount(session.server, signingKey(taken) as SigningKey);
  await expect(own.up(args({ existingKeyPem: taken }))).rejects.toMatchObject({
    message: expect.stringMatching(/another account has the new key already.*\[ACME_ACCOUNT_REFUSED\]/) as string,
  });
  expect(own.state()?.["privateKeyPem"]).toBe(key);
});

test("it stays when it is removed, and is deactivated only when asked", async () => {
  const own = stack();
  await own.up(args());
  const stays = holderIn(own.state());
  await own.destroy();
  expect((await readAccount(stays)).status).toBe("valid");
  await own.up(args({ deactivateOnDestroy: true }));
  const goes = holderIn(own.state());
  await own.destroy();
  await expect(readAccount(goes)).rejects.toMatchObject({ code: "ACME_ACCOUNT_REFUSED" });
});

test("one that somebody else deactivated is gone after a refresh, made anew, and removed without a fault", async () => {
  const own = stack();
  await own.up(args({ deactivateOnDestroy: true }));
  const first = own.state()?.["accountUrl"];
  await deactivateAccount(holderIn(own.state()));
  expect(await own.upRefresh(args({ deactivateOnDestroy: true }))).toBe("created");
  expect(own.state()?.["accountUrl"]).not.toBe(first);
  await deactivateAccount(holderIn(own.state()));
  await own.destroy();
  expect(own.lines.join("\n")).toContain("it was not deactivated: acme account (deactivate)");
});

test("a server that is down fails nothing in a refresh, and the rest with its name", async () => {
  let isDown = false;
  const own = stack((_path, next) => (isDown ? Promise.reject(new NoAnswer("connect ECONNREFUSED")) : next()));
  await own.up(args());
  const state = own.state();
  isDown = true;
  await own.refresh();
  expect(own.state()).toEqual(state);
  expect(own.lines.join("\n")).toMatch(/could not be read\. acme \S+ .*got no answer \(connect ECONNREFUSED\)/);
  await expect(own.up(args({ contact: ["a@example.com"] }))).rejects.toMatchObject({
    message: expect.stringContaining("[ACME_UNREACHABLE]") as string,
  });
});

test.each([
  ["before", false],
  ["after", true],
])("a rotation that is killed %s the server has the new key loses nothing", async (_when, isSent) => {
  let isKilled = false;
  const own = stack(async (path, next) => {
    if (!isKilled) return next();
    if (!path.includes("rollover")) return next();
    const answer = isSent ? await next() : undefined;
    if (answer && answer.status >= 400) return answer; // the nonce was no good
    throw new Error("killed");
  });
  await own.up(args({ rotateTrigger: "1" }));
  const before = own.state();
  isKilled = true;
  await expect(own.up(args({ rotateTrigger: "2" }))).rejects.toThrow("killed");
  expect(own.state()).toEqual(before); // a killed run records nothing
  isKilled = false;
  expect(await own.up(args({ rotateTrigger: "2" }))).toBe("updated");
  expect((await readAccount(holderIn(own.state()))).status).toBe("valid");
  expect(own.lines.join("\n").includes("has the key already")).toBe(isSent);
  // A refresh in between finds the key, too.
  expect(await own.upRefresh(args({ rotateTrigger: "2" }))).toBe("same");
});

test("a refresh after a killed rotation records the key that the account has", async () => {
  let isKilled = false;
  const own = stack(async (path, next) => {
    const answer = await next();
    if (isKilled && path.includes("rollover") && answer.status < 400) throw new Error("killed");
    return answer;
  });
  await own.up(args({ rotateTrigger: "1" }));
  isKilled = true;
  await expect(own.up(args({ rotateTrigger: "2" }))).rejects.toThrow("killed");
  isKilled = false;
  await own.refresh();
  expect((await readAccount(holderIn(own.state()))).status).toBe("valid");
});

test("what is kept for a rotation is for its user only", async () => {
  const own = stack();
  await own.up(args({ rotateTrigger: "1" }));
  await own.up(args({ rotateTrigger: "2" }));
  const [file = ""] = fs.readdirSync(path.join(cache, "acme"));
  expect(file).toMatch(/^next-key-[0-9a-f]{32}\.json$/);
  const modes = [cache + "/acme", path.join(cache, "acme", file)].map((one) => fs.statSync(one).mode & 0o777);
  expect(modes).toEqual([0o700, 0o600]);
  await own.destroy();
  expect(fs.readdirSync(path.join(cache, "acme"))).toEqual([]);
});

test("a cache that cannot be written stops a rotation before it begins", async () => {
  const own = stack();
  await own.up(args({ rotateTrigger: "1" }));
  fs.rmSync(cache, { recursive: true });
  fs.writeFileSync(cache, "a file");
  const before = own.state();
  await expect(own.up(args({ rotateTrigger: "2" }))).rejects.toMatchObject({
    message: expect.stringMatching(/the next key could not be saved .* \[ACME_NOTHING_KEPT\]$/) as string,
  });
  expect((await readAccount(holderIn(before))).status).toBe("valid");
});

test("a key that somebody else changed makes the account gone, and no text shows a key", async () => {
  const own = stack();
  await own.up(args());
  await changeKey(holderIn(own.state()), await newKey());
  const { privateKeyPem } = own.state() as { privateKeyPem: string };
  await own.refresh();
  expect(own.state()).toBeUndefined();
  expect(own.lines.join("\n")).toContain(
    "the server does not take the account any more; the next pulumi up makes another one",
  );
  expect(own.lines.join("\n")).not.toContain(privateKeyPem.split("\n")[1]);
});

test.each([
  [
    { directoryUrl: "http://acme.example.com/dir" },
    "must begin with https://; plain http is taken for this machine only",
  ],
  [{ directoryUrl: "https://user:secret@acme.example.com/dir" }, "must have no user or password in it"],
  [{ directoryUrl: "letsencrypt" }, "must be the URL of an ACME directory"],
  [{ contact: ["mailto:a@example.com"] }, "must hold e-mail addresses such as ops@example.com; item 1 is none"],
  [{ contact: ["a@example.com?subject=x"] }, "item 1 is none"],
  [{ eab: { keyId: "k" } }, "must have the HMAC key in base64url as hmacKey"],
  [{ eab: { keyId: "k", hmacKey: "a".repeat(20), more: 1 } }, 'must have only keyId and hmacKey; got "more"'],
  [{ existingKeyPem: "x", rotateTrigger: "1" }, "existingKeyPem"],
  [{ keyType: "dsa" }, "must be one of ec-p256, rsa-2048, rsa-4096"],
])("%j is refused in the preview", async (more, says) => {
  await expect(stack().up(args(more))).rejects.toThrow(says);
});
