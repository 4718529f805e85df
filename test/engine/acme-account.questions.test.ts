// AcmeAccount answers the table of questions on the real engine, at real Pebble servers: one stack with an account for each question.
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { changeContact, deactivateAccount, makeAccount, readAccount } from "../../provider/acme/accounts";
import type { Holder } from "../../provider/acme/accounts";
import { signingKey } from "../../provider/acme/jws";
import type { SigningKey } from "../../provider/acme/jws";
import { makeKey } from "../../provider/x509/request";
import { acmeSession } from "../support/acme";
import type { AcmeSession } from "../support/acme";
import { acmeFront, acmeProblem } from "../support/acme-front";
import type { AcmeFront, AcmeSent } from "../support/acme-front";
import { startPebble } from "../support/pebble";
import type { Pebble } from "../support/pebble";
import { answerAll } from "../support/questions";
import { certificateProject, madeOf, piecesOf, privateKeysIn } from "../support/rotation";
import type { CertificateProject, Declared } from "../support/rotation";
import { setUp, step, tearDown } from "../support/story";
import { both } from "../support/webhooks";

jest.setTimeout(600_000); // the first question waits for the steps that it needs, each command with a deadline of its own

const hmacKey = randomBytes(32).toString("base64url");
const wrongKey = randomBytes(32).toString("base64url");
let pebble: Pebble;
/** It makes accounts for its customers only. */
let customers: Pebble;
let front: AcmeFront;
let project: CertificateProject;
let session: AcmeSession;
/** Its account was made by somebody else. */
let foundKey: string;
let found: Holder;
let cache: string;
const said: string[] = [];
const keys = new Set<string>();

setUp(async () => {
  [pebble, customers] = await Promise.all([
    startPebble({ rejectedNonces: 5 }),
    startPebble({ eab: { "customer-1": hmacKey } }),
  ]);
  front = await acmeFront(pebble);
  project = await certificateProject();
  cache = path.join(project.directory, "cache");
  const caFile = path.join(project.directory, "pebbles.pem");
  fs.writeFileSync(caFile, pebble.caPem + customers.caPem);
  Object.assign(project.environment, { NODE_EXTRA_CA_CERTS: caFile, PULUMI_TELEGRAM_CACHE: cache });
  // By the same address as the provider: an account's URL begins with it.
  session = acmeSession(pebble, { directoryUrl: front.directoryUrl, seconds: 600 });
  foundKey = await makeKey("ec-p256");
  const key = signingKey(foundKey) as SigningKey;
  const { accountUrl } = await makeAccount(session.server, key, { contact: ["mailto:theirs@example.com"] });
  found = { server: session.server, key, accountUrl };
});
tearDown(async () => {
  await project.dispose();
  await session.close();
  await front.close();
  await Promise.all([pebble.stop(), customers.stop()]);
});

const account = (more: object = {}): Declared => ({
  type: "AcmeAccount",
  args: { directoryUrl: front.directoryUrl, ...more },
});
const contact = (name: string) => ({ contact: [`${name}@example.com`] });
const isOf =
  (name: string, at = "/sign-me-up") =>
  (request: AcmeSent) =>
    request.path === at && JSON.stringify(request.payload).includes(`mailto:${name}@example.com`);
const customer = (key: string) => ({
  directoryUrl: customers.directoryUrl,
  eab: { keyId: "customer-1", hmacKey: key },
});

/** The accounts of the stack; what is left out is as at first. */
function program(more: Record<string, Declared> = {}): Record<string, Declared> {
  return {
    made: account({ ...contact("made"), keyType: "rsa-2048" }),
    changed: account({ ...contact("a"), rotateTrigger: "a" }),
    moved: account(),
    drifted: account(contact("drifted")),
    lost: account(),
    removed: account({ deactivateOnDestroy: true }),
    gone: account({ deactivateOnDestroy: true }),
    found: account({ existingKeyPem: foundKey }),
    slow: account(contact("slow")),
    refused: account(contact("refused")),
    wrong: account(customer(wrongKey)),
    unknown: account({ contact: [{ $later: "unknown@example.com", after: "changed" }] }),
    killed: account({ rotateTrigger: "a" }),
    ...more,
  };
}
const second = () =>
  program({
    changed: account({ contact: ["b@example.com", "c@example.com"], rotateTrigger: "b" }),
    moved: account(customer(hmacKey)),
    wrong: account(customer(hmacKey)),
  });
const third = () => {
  const { removed: _removed, ...rest } = second();
  return { ...rest, killed: account({ rotateTrigger: "b" }) };
};

/** A stack at the moment after a command, what this printed and what it asked the server for. */
async function seeing(work: () => Promise<{ stdout: string; stderr: string }>) {
  front.seen.length = 0;
  const text = both(await work());
  said.push(text);
  const state = project.openState();
  for (const key of privateKeysIn(JSON.stringify(state))) keys.add(key);
  const [preview = "", update = ""] = text.split("Updating (");
  return {
    ...{ text, preview, update, asked: [...front.seen], resources: state.resources },
    made: (name: string) => madeOf({ state: () => state }, name),
    stored: (name: string) => state.resources.find(({ urn }) => urn.endsWith(`::${name}`)),
  };
}

function holderOf({ accountUrl = "", privateKeyPem = "" }: Record<string, string>): Holder {
  return { server: session.server, key: signingKey(privateKeyPem) as SigningKey, accountUrl };
}
const statusOf = async (of: Record<string, string>) => (await readAccount(holderOf(of))).status;
const contactsOf = async (of: Record<string, string>) => (await readAccount(holderOf(of))).contact;

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
  front.fault({ on: isOf("slow"), isSent: true, hold });
  const reply = acmeProblem(400, "invalidContact", "the domain example.com has no mail");
  front.fault({ on: isOf("refused"), reply });
  return { ...(await seeing(() => project.up(["--continue-on-error"], { expect: 1 }))), slow };
});

const changed = step("an up that shows what somebody else did, repairs it, changes and replaces", async () => {
  const { made: of } = await made();
  await changeContact(holderOf(of("drifted")), ["mailto:other@example.com"]);
  await deactivateAccount(holderOf(of("lost")));
  project.declare(second());
  return seeing(() => project.pulumi(["up", "--yes", "--diff", "--refresh"]));
});

const killed = step("an up that is killed after the server has the new key", async () => {
  await changed();
  const isRollover = ({ path: at }: AcmeSent) => at === "/rollover-account-key";
  let isChanged = false;
  front.fault({
    on: isRollover,
    times: Infinity,
    isSent: true,
    // Refused for its nonce it comes again; what went through stays unanswered.
    hold: async () => {
      const { key, accountUrl } = holderOf(madeOf({ state: project.openState }, "killed"));
      const isOwner = () => readAccount({ server: session.server, key, accountUrl }).then(Boolean, () => false);
      if (await isOwner()) return;
      isChanged = true;
      await new Promise(() => undefined);
    },
  });
  project.declare(third());
  return seeing(async () => {
    const said = await project.killedUp(() => isChanged);
    front.mend();
    return said;
  });
});

const recovered = step("the up after it", async () => {
  await killed();
  return seeing(() => project.up());
});

const again = step("an up that does nothing", async () => {
  await recovered();
  return seeing(() => project.pulumi(["up", "--yes", "--refresh", "--expect-no-changes"]));
});

const ended = step("a destroy, after somebody else deactivated an account", async () => {
  const { made: of } = await again();
  await deactivateAccount(holderOf(of("gone")));
  const seen = await seeing(() => project.destroy(["--diff"]));
  said.push(project.backendText());
  return { ...seen, before: of };
});

answerAll("AcmeAccount", {
  "it is made": async () => {
    const { made: of, stored } = await made();
    const { id, accountUrl = "", privateKeyPem, thumbprint } = of("made");
    expect(id).toBe(accountUrl);
    expect(accountUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/my-account\/\w+$/);
    expect(thumbprint).toMatch(/^[\w-]{43}$/);
    expect(privateKeyPem).toContain("BEGIN PRIVATE KEY");
    expect(await readAccount(holderOf(of("made")))).toEqual({
      status: "valid",
      contact: ["mailto:made@example.com"],
    });
    expect(stored("made")?.type).toBe("pulumi-nodejs:dynamic/telegram:AcmeAccount");
    expect(Object.keys(stored("made")?.outputs ?? {}).sort()).toEqual([
      ...["__declared", "__provider", "accountUrl", "contact", "directoryUrl", "keyType", "privateKeyPem"],
      ...["schemaVersion", "thumbprint"],
    ]);
  },

  "a second run does nothing": async () => {
    const before = await recovered();
    const { text, made: of, asked } = await again();
    expect(text).toContain(`${Object.keys(third()).length + 1} unchanged`);
    expect(of("made")).toEqual(before.made("made"));
    // It looks, and makes nothing.
    expect(asked.filter((one) => one.path === "/sign-me-up" && !isLook(one))).toEqual([]);
  },

  "it is changed in place": async () => {
    const [before, after] = [(await made()).made("changed"), (await changed()).made("changed")];
    expect(after.id).toBe(before.id);
    expect(after["thumbprint"]).not.toBe(before["thumbprint"]);
    expect(await contactsOf(after)).toEqual(["mailto:b@example.com", "mailto:c@example.com"]);
    await expect(statusOf(before)).rejects.toMatchObject({ name: "Failure" });
    expect((await changed()).update).toMatch(/changed: the account \S+ has another key from now on/);
  },

  "it is replaced": async () => {
    const [before, after] = [(await made()).made("moved"), (await changed()).made("moved")];
    expect((await changed()).text).toContain("1 replaced");
    expect(after.id).not.toBe(before.id);
    expect(after["accountUrl"]).toContain(new URL(customers.directoryUrl).origin);
    // Not asked to be deactivated, the one before stays.
    expect(await statusOf(before)).toBe("valid");
  },

  "a change by someone else is shown and repaired": async () => {
    const { text, made: of } = await changed();
    expect(text).toContain("drifted: somebody else changed the contacts to other@example.com");
    expect(await contactsOf(of("drifted"))).toEqual(["mailto:drifted@example.com"]);
  },

  "a removal by someone else is shown and repaired": async () => {
    const [before, { text, made: of }] = [(await made()).made("lost"), await changed()];
    expect(text).toMatch(/lost: .*the next pulumi up makes another one/);
    expect(of("lost").id).not.toBe(before.id);
    expect(await statusOf(of("lost"))).toBe("valid");
  },

  "it is removed": async () => {
    const before = (await changed()).made("removed");
    const { stored, text } = await recovered();
    expect(stored("removed")).toBeUndefined();
    expect(text).toContain("1 deleted");
    await expect(statusOf(before)).rejects.toMatchObject({ code: "ACME_ACCOUNT_REFUSED" });
    const { resources, before: of } = await ended();
    expect(resources).toEqual([]);
    expect(await statusOf(of("made"))).toBe("valid");
  },

  "it is removed when it is already gone": async () => {
    const { text, resources } = await ended();
    expect(text).toMatch(/gone: .*it was not deactivated/);
    expect(resources).toEqual([]);
  },

  "what is not ours is left alone": async () => {
    const { made: of, text } = await made();
    expect(of("found")).toMatchObject({ id: found.accountUrl, privateKeyPem: foundKey });
    expect(text).toContain(`the key has the account ${found.accountUrl} already`);
    // Its contacts are not declared, and it is not to be deactivated.
    await ended();
    expect(await readAccount(found)).toEqual({ status: "valid", contact: ["mailto:theirs@example.com"] });
  },

  "a slow far side is waited for": async () => {
    const { made: of, slow } = await made();
    expect(slow.answeredAt).toBeGreaterThan(0);
    expect(await statusOf(of("slow"))).toBe("valid");
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const { text, stored } = await made();
    expect(text).toContain(
      'was refused (400): "the domain example.com has no mail". Correct contact, or leave it out.',
    );
    expect(stored("refused")).toBeUndefined();
    expect(await statusOf((await changed()).made("refused"))).toBe("valid");
  },

  "a wrong credential is named": async () => {
    const { text, stored } = await made();
    expect(text).toMatch(/Compare eab with what the server shows for your account.*\[ACME_ACCOUNT_REFUSED\]/);
    expect(stored("wrong")).toBeUndefined();
    expect((await changed()).made("wrong").id).toContain(new URL(customers.directoryUrl).origin);
  },

  "an unknown value passes the preview": async () => {
    const { text, asked } = await foreseen();
    const count = Object.keys(program()).length + 1;
    expect(JSON.parse(text)).toMatchObject({ changeSummary: { create: count } });
    expect(asked).toEqual([]); // a preview asks nobody
    // In the next preview it is unknown again, and turns out to be the same.
    const [before, after] = [await made(), await changed()];
    expect(after.made("unknown")).toEqual(before.made("unknown"));
    expect(await contactsOf(after.made("unknown"))).toEqual(["mailto:unknown@example.com"]);
  },

  "a secret stays secret": async () => {
    await ended();
    expect(keys.size).toBeGreaterThan(Object.keys(program()).length);
    const pieces = [...piecesOf(...keys), hmacKey, wrongKey];
    expect(said.flatMap((text) => (pieces.some((piece) => text.includes(piece)) ? [text] : []))).toEqual([]);
    expect(said).toHaveLength(8);
    expect(keptFiles()).toEqual([]);
  },

  "it is killed half-way and run again": async () => {
    const before = (await changed()).made("killed");
    // A killed run records nothing; the key that the account has now is kept for its user alone.
    const interrupted = await killed();
    expect(interrupted.made("killed")).toEqual(before);
    const { text, made: of } = await recovered();
    expect(text).toMatch(/killed: .*has the key already/);
    expect(of("killed").id).toBe(before.id);
    expect(of("killed")["thumbprint"]).not.toBe(before["thumbprint"]);
    expect(await statusOf(of("killed"))).toBe("valid");
    await again();
  },
});

const isLook = ({ payload }: AcmeSent) => (payload as { onlyReturnExisting?: boolean }).onlyReturnExisting === true;
const keptFiles = () => fs.readdirSync(path.join(cache, "acme"));
