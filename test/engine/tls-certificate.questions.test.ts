// TlsCertificate answers the table of questions on the real engine, with a webhook at the fake Bot API server that uploads.
import { X509Certificate } from "node:crypto";
import { blocksOf } from "../../provider/x509/pem";
import type { FakeTelegram } from "../../testing";
import { answerAll } from "../support/questions";
import { age, botOf, certificateProjects, madeOf, piecesOf, privateKeysOf } from "../support/rotation";
import type { CertificateBot, CertificateProject, Declared } from "../support/rotation";
import { until } from "../support/until";
import { both, calls } from "../support/webhooks";

let telegram: FakeTelegram;
const newProject = certificateProjects((started) => {
  telegram = started;
});

const certificate = (bot: CertificateBot, args: Record<string, unknown> = {}): Declared => ({
  type: "TlsCertificate",
  args: { names: [bot.host], issuer: { selfSigned: {} }, ...args },
});
const pair = (bot: CertificateBot, args: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  cert: certificate(bot, args),
  bot: { ...bot.webhook, args: { ...bot.webhook.args, ...more } },
});
const upWith = async (bot: CertificateBot, args: Record<string, unknown> = {}) => {
  const project = await newProject();
  project.declare(pair(bot, args));
  await project.up();
  telegram.clearJournal();
  return project;
};
const made = (project: CertificateProject, name = "cert") => madeOf(project, name);
const uploaded = (bot: CertificateBot) => telegram.state(bot.id).certificate ?? "";
const stored = (project: CertificateProject) =>
  project.state().resources.find(({ type }) => type === "pulumi-nodejs:dynamic/telegram:TlsCertificate");

answerAll("TlsCertificate", {
  "it is made": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot, { rotateTrigger: "a" });
    const { id, certificatePem = "", uploadPem = "", notBefore, notAfter, sha256 } = made(project);
    const read = new X509Certificate(certificatePem);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(read.checkHost(bot.host)).toBe(bot.host);
    expect(sha256).toBe(read.fingerprint256.replaceAll(":", "").toLowerCase());
    expect([Date.parse(notBefore ?? ""), Date.parse(notAfter ?? "")]).toEqual([
      Date.parse(read.validFrom),
      Date.parse(read.validTo),
    ]);
    expect(blocksOf(uploadPem)).toHaveLength(2);
    expect(uploaded(bot)).toBe(uploadPem);
    expect(Object.keys(stored(project)?.outputs ?? {}).sort()).toEqual([
      ...["__provider", "certificatePem", "declared", "issuer", "keyType", "names", "nextPem", "nextPrivateKeyPem"],
      ...[
        "notAfter",
        "notBefore",
        "privateKeyPem",
        "renewBeforeDays",
        "retiresAt",
        "rotateTrigger",
        "schemaVersion",
        "sha256",
      ],
      ...["uploadPem", "validityDays"],
    ]);
  },

  "a second run does nothing": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot, { rotateTrigger: "a" });
    const before = made(project);
    expect((await project.up(["--expect-no-changes"])).stdout).toContain("3 unchanged");
    await project.refresh(["--expect-no-changes"]);
    await project.preview(["--expect-no-changes"]);
    expect(made(project)).toEqual(before);
  },

  "it is changed in place": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot, { rotateTrigger: "a" });
    const first = made(project);
    project.declare(pair(bot, { rotateTrigger: "b" }));
    expect((await project.preview()).stdout).toContain("2 to update");
    expect((await project.up()).stdout).toMatch(/a new certificate serves from now on .*rotateTrigger changed/);
    const second = made(project);
    expect(second.id).toBe(first.id);
    expect(blocksOf(first["uploadPem"] ?? "")).toContain(second["certificatePem"]?.trim());
    expect(uploaded(bot)).toBe(second["uploadPem"]);
    await project.preview(["--expect-no-changes"]);

    // A refresh renews nothing; that it is due is a change to Pulumi, and the line says that it is ours.
    await age(project, "cert", 336);
    expect((await project.refresh()).stdout).toMatch(
      /a renewal is due \(it is to serve until .*\); the next pulumi up/,
    );
    expect(made(project).sha256).toBe(second["sha256"]);
    expect((await project.preview()).stdout).toContain("2 to update");
    expect((await project.up()).stdout).toMatch(/a new certificate serves .*\(it was to serve until 20/);
    expect(uploaded(bot)).toBe(made(project)["uploadPem"]);
    await project.preview(["--expect-no-changes"]);

    const names = [bot.host, "www.example.com"];
    project.declare(pair(bot, { rotateTrigger: "b", names }));
    const warning = /warning: TlsCertificate cert: names change from .*none is lost/;
    expect((await project.preview()).stdout).toMatch(warning);
    expect((await project.up()).stdout).toMatch(warning);
    expect(new X509Certificate(made(project)["certificatePem"] ?? "").checkHost("www.example.com")).toBeDefined();
    await project.preview(["--expect-no-changes"]);
  },

  "it is replaced": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const first = made(project);
    project.declare(pair(bot, { keyType: "rsa-2048", validityDays: 90, renewBeforeDays: 10, rotateTrigger: "a" }));
    expect((await project.up()).stdout).not.toContain("replaced");
    expect(made(project).id).toBe(first.id);
    // Nothing of ours replaces it; Pulumi does on demand, and the webhook follows in the same run.
    expect((await project.up(["--replace", stored(project)?.urn ?? ""])).stdout).toContain("replaced");
    const other = made(project);
    expect(other.id).not.toBe(first.id);
    expect(uploaded(bot)).toBe(other["uploadPem"]);
  },

  "a change by someone else is shown and repaired": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const first = made(project);
    // Nothing outside of the state knows a certificate; somebody can only set the webhook without it.
    await telegram.outsider(bot.id).setWebhook({ url: bot.url, max_connections: 41, allowed_updates: [] });
    await project.up(["--refresh"]);
    expect(made(project)).toEqual(first);
    expect(uploaded(bot)).toBe(first["uploadPem"]);
  },

  "a removal by someone else is shown and repaired": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const first = made(project);
    await telegram.outsider(bot.id).deleteWebhook();
    await project.up(["--refresh"]);
    expect(made(project)).toEqual(first);
    expect(uploaded(bot)).toBe(first["uploadPem"]);
  },

  "it is removed": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const { certificate: _uploads, ...args } = bot.webhook.args;
    project.declare({ bot: { ...bot.webhook, args } });
    await project.up();
    expect(stored(project)).toBeUndefined();
    expect(telegram.state(bot.id).certificate).toBeNull();
    await project.destroy();
    expect(project.state().resources).toEqual([]);
  },

  "it is removed when it is already gone": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const lost = made(project);
    await project.pulumi(["state", "delete", stored(project)?.urn ?? "", "--target-dependents", "--yes"]);
    await project.destroy();
    expect(calls(telegram, bot)).toEqual([]);
    // A lost key is lost: the next run makes another one, and the webhook follows.
    await project.up();
    const found = made(project);
    expect(found["sha256"]).not.toBe(lost["sha256"]);
    expect(uploaded(bot)).toBe(found["uploadPem"]);
  },

  "what is not ours is left alone": async () => {
    const [bot, neighbour] = [botOf(telegram), botOf(telegram, "other")];
    const project = await newProject();
    const declare = (rotateTrigger: string) =>
      project.declare({ ...pair(bot, { rotateTrigger }), other: certificate(neighbour), neighbour: neighbour.webhook });
    declare("a");
    await project.up();
    const other = made(project, "other");
    telegram.clearJournal();
    declare("b");
    await project.up();
    expect(made(project, "other")).toEqual(other);
    expect(calls(telegram, neighbour)).toEqual([]);
    expect(uploaded(neighbour)).toBe(other["uploadPem"]);
  },

  "a slow far side is waited for": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    telegram.fault({ botId: bot.id, method: "setWebhook", kind: "slow", milliseconds: 1500 });
    project.declare(pair(bot, { rotateTrigger: "a" }));
    await project.up();
    expect(uploaded(bot)).toBe(made(project)["uploadPem"]);
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const first = made(project);
    const description = "Bad Request: bad webhook: Unknown";
    telegram.fault({ botId: bot.id, method: "setWebhook", kind: "error", when: "erased", description });
    project.declare(pair(bot, { rotateTrigger: "a" }));
    expect(both(await project.up([], { expect: 1 }))).toContain("bad webhook: Unknown");
    const second = made(project);
    // What Telegram still has trusts what is served from now on.
    expect(uploaded(bot)).toBe(first["uploadPem"]);
    expect(blocksOf(uploaded(bot))).toContain(second["certificatePem"]?.trim());
    await project.up();
    expect(made(project)).toEqual(second);
    expect(uploaded(bot)).toBe(second["uploadPem"]);
  },

  "a wrong credential is named": async () => {
    const project = await newProject();
    const bot = botOf(telegram);
    const ca = (name: string) => ({ type: "CertificateAuthority" as const, args: { commonName: name } });
    const issuer = {
      privateCa: { certificatePem: { $out: ["a", "certificatePem"] }, privateKeyPem: { $out: ["b", "privateKeyPem"] } },
    };
    project.declare({ a: ca("A"), b: ca("B"), cert: certificate(bot, { issuer }) });
    // In the first preview the keys are not known; in the run they are, and it is refused before anything is made.
    expect(both(await project.up([], { expect: 1 }))).toContain(
      "issuer must have the private key of the first certificate in certificatePem as privateKeyPem; got another's",
    );
    expect(stored(project)).toBeUndefined();
  },

  "an unknown value passes the preview": async () => {
    const [first, second] = [botOf(telegram), botOf(telegram)];
    const project = await newProject();
    const later = (value: unknown) => ({ $later: value, after: "first" });
    const { certificate: _uploads, ...args } = first.webhook.args;
    const declare = (maxConnections: number) =>
      project.declare({
        first: { ...first.webhook, args: { ...args, maxConnections } },
        ...pair(second, { names: [later(second.host)], rotateTrigger: later("a"), validityDays: later(90) }),
      });
    declare(10);
    expect((await project.preview()).stdout).toContain("4 to create");
    await project.up();
    const before = made(project);
    // In this preview they are unknown again; in the run they turn out to be the same.
    declare(20);
    expect((await project.preview()).stdout).toContain("3 to update");
    expect((await project.up()).stdout).toContain("1 updated");
    expect(made(project)).toEqual(before);
  },

  "a secret stays secret": async () => {
    const bot = botOf(telegram);
    const project = await newProject();
    const authority = { type: "CertificateAuthority" as const, args: {} };
    const issuer = {
      privateCa: {
        certificatePem: { $out: ["ca", "certificatePem"] },
        privateKeyPem: { $out: ["ca", "privateKeyPem"] },
      },
    };
    const said: Record<string, string> = {};
    const keys: string[] = [];
    const note = async (name: string, work: Promise<{ stdout: string; stderr: string }>) => {
      said[name] = both(await work);
      if (/^(up|a )/.test(name)) keys.push(...(await privateKeysOf(project)));
    };
    const declare = (rotateTrigger: string, more: Record<string, unknown> = {}) =>
      project.declare({ ca: { ...authority, args: { rotateTrigger } }, ...pair(bot, { rotateTrigger, ...more }) });
    declare("a");
    await note("up", project.up(["--diff"]));
    declare("b", { issuer });
    await note("preview --diff", project.preview(["--diff"]));
    await note("preview --json", project.preview(["--json"]));
    await note("up --diff", project.up(["--diff"]));
    declare("c", { issuer });
    telegram.fault({ botId: bot.id, method: "setWebhook", kind: "error", description: `Bad Request: ${keys[0]}` });
    await note("a refused up --diff", project.up(["--diff"], { expect: 1 }));
    await note("refresh --diff", project.refresh(["--diff"]));
    declare("c", { issuer, names: [bot.host, "*.example.com"] });
    await note("up --diff again", project.up(["--diff"]));
    await note("stack output", project.pulumi(["stack", "output", "--json"]));
    await note("stack export", project.pulumi(["stack", "export"]));
    const shown = (await project.pulumi(["stack", "export", "--show-secrets"])).stdout;
    await note("destroy --diff", project.destroy(["--diff"]));
    said["backend"] = project.backendText();
    expect(new Set(keys).size).toBe(9);
    const pieces = piecesOf(...keys);
    expect(pieces.filter((piece) => shown.includes(piece)).length).toBeGreaterThan(4);
    expect(Object.keys(said).filter((name) => pieces.some((piece) => said[name]?.includes(piece)))).toEqual([]);
    expect(said["stack export"]).toContain('"privateCa"');
    expect(said["up"]).toMatch(/selfSigned/);
  },

  "it is killed half-way and run again": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const first = made(project);
    // The webhook's first request takes so long that the kill comes between the rotation and the set.
    telegram.fault({ botId: bot.id, method: "getWebhookInfo", kind: "slow", milliseconds: 3000 });
    project.declare(pair(bot, { rotateTrigger: "a" }));
    const running = project.start(["up", "--yes", "--skip-preview"]);
    await until(() => stored(project)?.outputs?.["sha256"] !== first["sha256"]);
    process.kill(-running.pid, "SIGKILL");
    await project.pulumi(["cancel", "--yes"]);
    const second = made(project);
    expect(blocksOf(uploaded(bot))).toContain(second["certificatePem"]?.trim());
    await project.up();
    expect(made(project)).toEqual(second);
    expect(uploaded(bot)).toBe(second["uploadPem"]);
    await project.preview(["--expect-no-changes"]);
  },
});
