// Five rotations under a steady load: no delivery fails, in either order of endpoint and webhook, and when a step fails.
import type { FakeTelegram } from "../../testing";
import { botOf, certificateProjects, madeOf } from "../support/rotation";
import type { CertificateBot, CertificateProject, Declared } from "../support/rotation";
import { siteOf } from "../support/rotation-load";
import type { Site, Window } from "../support/rotation-load";
import { until } from "../support/until";

let telegram: FakeTelegram;
const newProject = certificateProjects((started) => {
  telegram = started;
});
const sites: Site[] = [];
afterEach(async () => {
  for (const site of sites.splice(0)) await site.close();
});

const issuer = {
  privateCa: { certificatePem: { $out: ["ca", "certificatePem"] }, privateKeyPem: { $out: ["ca", "privateKeyPem"] } },
};

interface Triggers {
  root: string;
  leaf: string;
}

/** Two bots: one whose endpoint has a certificate of an authority, one with a self-signed one. Both uploads may be cut. */
function program(bots: [CertificateBot, CertificateBot], { root, leaf }: Triggers, isCut: boolean) {
  const [signed, own] = bots;
  const upload = (bot: CertificateBot, current: string): Declared => ({
    ...bot.webhook,
    args: { ...bot.webhook.args, ...(isCut && { certificate: { $first: current } }) },
  });
  const certificate = (bot: CertificateBot, by: object): Declared => ({
    type: "TlsCertificate",
    args: { names: [bot.host], issuer: by, rotateTrigger: leaf },
  });
  return {
    ca: { type: "CertificateAuthority", args: { rotateTrigger: root } },
    signed: certificate(signed, issuer),
    own: certificate(own, { selfSigned: {} }),
    signedBot: upload(signed, "ca"),
    ownBot: upload(own, "own"),
  } satisfies Record<string, Declared>;
}

/** Both bots up, with their endpoints under load. */
async function underLoad(isCut: boolean) {
  const bots: [CertificateBot, CertificateBot] = [botOf(telegram, "signed"), botOf(telegram, "own")];
  const project = await newProject();
  const [signed, own] = [
    siteOf(telegram, bots[0].id, project.directory, "signed"),
    siteOf(telegram, bots[1].id, project.directory, "own"),
  ];
  sites.push(signed, own);
  for (const [at, site] of [signed, own].entries()) await site.listen(bots[at]?.host ?? "");
  const triggers = { root: "0", leaf: "0" };
  const declare = (next: Partial<Triggers>) => project.declare(program(bots, Object.assign(triggers, next), isCut));
  // The endpoints serve before the webhooks are set.
  const { ca, signed: first, own: second } = program(bots, triggers, isCut);
  project.declare({ ca, signed: first, own: second });
  await project.up();
  for (const site of [signed, own]) site.load();
  declare({});
  await project.up();
  for (const site of [signed, own]) {
    site.isSending = true;
    await site.more(20);
  }
  return { bots, project, sites: [signed, own], declare };
}

type Stack = Awaited<ReturnType<typeof underLoad>>;

/** Rotates while updates arrive: from before the change until many more have arrived after it. */
async function rotation(stack: Stack, next: Partial<Triggers>, change: () => Promise<void>): Promise<Window> {
  const shown = (project: CertificateProject) => ["signed", "own"].map((name) => madeOf(project, name)["sha256"]);
  const from = Date.now();
  const before = shown(stack.project);
  stack.declare(next);
  await change();
  expect(shown(stack.project).every((sha256, at) => sha256 !== before[at] || (at === 1 && !next.leaf))).toBe(true);
  for (const site of stack.sites) {
    site.load();
    site.isPrompt = true;
    await site.more(60);
  }
  return { from, to: Date.now() };
}

/** Telegram's answer comes late, so that the endpoint serves the new certificate long before the webhook has uploaded. */
const slowly = (stack: Stack, method = "setWebhook", milliseconds = 1500) => {
  for (const { id } of stack.bots) telegram.fault({ botId: id, method, kind: "slow", milliseconds });
};

test("five rotations, one killed half-way and one with a webhook that fails: every update arrives, and no handshake fails", async () => {
  const stack = await underLoad(false);
  const { project } = stack;
  const windows: Window[] = [];
  const add = async (next: Partial<Triggers>, change: () => Promise<void>) =>
    windows.push(await rotation(stack, next, change));

  await add({ leaf: "1" }, async () => {
    slowly(stack);
    await project.up();
  });
  await add({ root: "2" }, async () => {
    slowly(stack);
    await project.up();
  });
  // The webhook first: the endpoint loads the new certificate only afterwards.
  await add({ root: "3", leaf: "3" }, async () => {
    for (const site of stack.sites) site.isPrompt = false;
    await project.up();
    for (const site of stack.sites) await site.more(30);
  });
  await add({ root: "4", leaf: "4" }, async () => {
    slowly(stack, "getWebhookInfo", 4000);
    const before = madeOf(project, "signed")["sha256"];
    const beforeOwn = madeOf(project, "own")["sha256"];
    const running = project.start(["up", "--yes", "--skip-preview"]);
    await until(() => madeOf(project, "signed")["sha256"] !== before && madeOf(project, "own")["sha256"] !== beforeOwn);
    running.kill("SIGKILL");
    for (const site of stack.sites) await site.more(30);
    await project.recover();
    await project.up();
  });
  await add({ root: "5", leaf: "5" }, async () => {
    const description = "Bad Request: bad webhook: Unknown";
    for (const { id } of stack.bots) telegram.fault({ botId: id, method: "setWebhook", kind: "error", description });
    await project.up(["--continue-on-error"], { expect: 1 });
    for (const site of stack.sites) await site.more(30);
    await project.up();
  });

  for (const site of stack.sites) await site.drain();
  const delivered = stack.sites.map((site) => windows.map((window) => site.deliveredIn(window)));
  expect(delivered.flat().every((count) => count >= 40)).toBe(true);
  expect(delivered.flat().reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(500);
  for (const [at, site] of stack.sites.entries()) {
    const journal = telegram.deliveries(stack.bots[at]?.id);
    expect(journal.filter(({ error }) => error !== undefined).map(({ error }) => error)).toEqual([]);
    expect([...site.errors]).toEqual([]);
    expect(site.sent.filter((id) => !site.received.has(id))).toEqual([]);
  }
  await project.preview(["--expect-no-changes"]);
}, 400_000);

test("without the certificates that are made in advance, the same rotation of both fails, and still nothing is lost", async () => {
  const stack = await underLoad(true);
  slowly(stack);
  stack.declare({ root: "1", leaf: "1" });
  await stack.project.up();
  for (const site of stack.sites) site.isSending = false;
  // Telegram sends again what failed, later and later: its clock is moved on.
  for (const site of stack.sites) while (site.received.size < site.sent.length) await telegram.clock.advance(20);
  for (const site of stack.sites) {
    expect([...site.errors]).toEqual(["SSL error {error:0A000086:SSL routines::certificate verify failed}"]);
    expect(site.sent.filter((id) => !site.received.has(id))).toEqual([]);
  }
});
