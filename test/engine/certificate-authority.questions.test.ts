// CertificateAuthority answers the table of questions on the real engine, with a certificate of it that a webhook uploads for.
import { X509Certificate } from "node:crypto";
import { anchorOf } from "../../provider/x509/chain";
import { blocksOf, holds } from "../../provider/x509/pem";
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

const authority = (args: Record<string, unknown> = {}): Declared => ({ type: "CertificateAuthority", args });
const issuedBy = (name: string) => ({
  privateCa: { certificatePem: { $out: [name, "certificatePem"] }, privateKeyPem: { $out: [name, "privateKeyPem"] } },
});
const certificate = (bot: CertificateBot, by = "ca"): Declared => ({
  type: "TlsCertificate",
  args: { names: [bot.host], issuer: issuedBy(by) },
});
const all = (bot: CertificateBot, args: Record<string, unknown> = {}) => ({
  ca: authority(args),
  cert: certificate(bot),
  bot: bot.webhook,
});
const upWith = async (bot: CertificateBot, args: Record<string, unknown> = {}) => {
  const project = await newProject();
  project.declare(all(bot, args));
  await project.up();
  telegram.clearJournal();
  return project;
};
const made = (project: CertificateProject, name = "ca") => madeOf(project, name);
const uploaded = (bot: CertificateBot) => telegram.state(bot.id).certificate ?? "";
const stored = (project: CertificateProject) =>
  project.state().resources.find(({ type }) => type === "pulumi-nodejs:dynamic/telegram:CertificateAuthority");

/** Whether Telegram, with what was uploaded, trusts what the certificate of a state serves. */
function isTrusted(upload: string, project: CertificateProject): boolean {
  const anchor = anchorOf(made(project, "cert")["certificatePem"] ?? "", upload);
  return anchor !== undefined && holds(upload, anchor);
}

answerAll("CertificateAuthority", {
  "it is made": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot, { commonName: "Mine", rotateTrigger: "a" });
    const { id, certificatePem = "", uploadPem, sha256 } = made(project);
    const read = new X509Certificate(certificatePem);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect([read.ca, read.subject.split("\n")[0]]).toEqual([true, "CN=Mine"]);
    expect(sha256).toBe(read.fingerprint256.replaceAll(":", "").toLowerCase());
    expect([blocksOf(certificatePem).length, uploadPem]).toEqual([2, certificatePem]);
    expect(uploaded(bot)).toBe(certificatePem);
    expect(isTrusted(uploaded(bot), project)).toBe(true);
    expect(Object.keys(stored(project)?.outputs ?? {}).sort()).toEqual([
      ...["__provider", "certificatePem", "commonName", "declared", "keyType", "nextPem", "nextPrivateKeyPem"],
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
    expect((await project.up(["--expect-no-changes"])).stdout).toContain("4 unchanged");
    await project.refresh(["--expect-no-changes"]);
    await project.preview(["--expect-no-changes"]);
    expect(made(project)).toEqual(before);
  },

  "it is changed in place": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const [first, firstLeaf, firstUpload] = [made(project), made(project, "cert"), uploaded(bot)];
    project.declare(all(bot, { rotateTrigger: "a" }));
    // In the preview of an update the new root is not known, so what it signs shows an update as well.
    expect((await project.preview()).stdout).toContain("3 to update");
    expect((await project.up()).stdout).toMatch(/another root signs from now on .*rotateTrigger changed/);
    const second = made(project);
    expect([second.id, made(project, "cert").id]).toEqual([first.id, firstLeaf.id]);
    expect(blocksOf(second["certificatePem"] ?? "")[0]).toBe(blocksOf(first["certificatePem"] ?? "")[1]);
    expect(made(project, "cert")["sha256"]).not.toBe(firstLeaf["sha256"]);
    // Both the webhook before and the one of now trust what is served now, which was signed in the same run.
    expect([isTrusted(firstUpload, project), isTrusted(uploaded(bot), project)]).toEqual([true, true]);
    await project.preview(["--expect-no-changes"]);

    // A refresh rotates nothing; that it is due is a change to Pulumi, and the line says that it is ours.
    await age(project, "ca", 3286);
    expect((await project.refresh()).stdout).toMatch(
      /a new root is due \(this one is to sign until .*\); the next pul/,
    );
    expect(made(project)["sha256"]).toBe(second["sha256"]);
    expect((await project.preview()).stdout).toContain("3 to update");
    const beforeUpload = uploaded(bot);
    expect((await project.up()).stdout).toMatch(/another root signs .*\(it was to serve until 20/);
    expect([isTrusted(beforeUpload, project), isTrusted(uploaded(bot), project)]).toEqual([true, true]);
    await project.preview(["--expect-no-changes"]);
  },

  "it is replaced": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const first = made(project);
    project.declare(all(bot, { commonName: "B", keyType: "rsa-2048", validityDays: 900, renewBeforeDays: 10 }));
    expect((await project.up()).stdout).not.toContain("replaced");
    expect([made(project).id, made(project)["sha256"]]).toEqual([first.id, first["sha256"]]);
    // Nothing of ours replaces it; Pulumi does on demand, with a warning, and what it signs follows in the same run.
    const said = (await project.up(["--replace", stored(project)?.urn ?? ""])).stdout;
    expect(said).toContain("replaced");
    expect(said).toContain(
      "warning: TlsCertificate cert: the new issuer is none that the webhook has uploaded in advance",
    );
    expect(made(project).id).not.toBe(first.id);
    expect(isTrusted(uploaded(bot), project)).toBe(true);
  },

  "a change by someone else is shown and repaired": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const first = made(project);
    // Nothing outside of the state knows an authority; somebody can only set the webhook without its roots.
    await telegram.outsider(bot.id).setWebhook({ url: bot.url, max_connections: 41, allowed_updates: [] });
    await project.up(["--refresh"]);
    expect(made(project)).toEqual(first);
    expect(uploaded(bot)).toBe(first["certificatePem"]);
  },

  "a removal by someone else is shown and repaired": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const first = made(project);
    await telegram.outsider(bot.id).deleteWebhook();
    await project.up(["--refresh"]);
    expect(made(project)).toEqual(first);
    expect(uploaded(bot)).toBe(first["certificatePem"]);
  },

  "it is removed": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    project.declare({
      cert: { ...certificate(bot), args: { names: [bot.host], issuer: { selfSigned: {} } } },
      bot: bot.webhook,
    });
    await project.up();
    expect(stored(project)).toBeUndefined();
    expect(isTrusted(uploaded(bot), project)).toBe(true);
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
    // A lost key is lost: the next run makes another root, and what it signs follows.
    await project.up();
    expect(made(project)["sha256"]).not.toBe(lost["sha256"]);
    expect(isTrusted(uploaded(bot), project)).toBe(true);
  },

  "what is not ours is left alone": async () => {
    const [bot, neighbour] = [botOf(telegram), botOf(telegram, "otherCert")];
    const project = await newProject();
    const declare = (rotateTrigger: string) =>
      project.declare({
        ...all(bot, { rotateTrigger }),
        other: authority({ rotateTrigger: "a" }),
        otherCert: certificate(neighbour, "other"),
        neighbour: neighbour.webhook,
      });
    declare("a");
    await project.up();
    const before = [made(project, "other"), made(project, "otherCert")];
    telegram.clearJournal();
    declare("b");
    await project.up();
    expect([made(project, "other"), made(project, "otherCert")]).toEqual(before);
    expect(calls(telegram, neighbour)).toEqual([]);
  },

  "a slow far side is waited for": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    telegram.fault({ botId: bot.id, method: "setWebhook", kind: "slow", milliseconds: 1500 });
    project.declare(all(bot, { rotateTrigger: "a" }));
    await project.up();
    expect(uploaded(bot)).toBe(made(project)["certificatePem"]);
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const description = "Bad Request: bad webhook: Unknown";
    telegram.fault({ botId: bot.id, method: "setWebhook", kind: "error", when: "erased", description });
    project.declare(all(bot, { rotateTrigger: "a" }));
    expect(both(await project.up([], { expect: 1 }))).toContain("bad webhook: Unknown");
    const second = made(project);
    // What Telegram still has trusts what is served from now on.
    expect(uploaded(bot)).not.toBe(second["certificatePem"]);
    expect(isTrusted(uploaded(bot), project)).toBe(true);
    await project.up();
    expect(made(project)).toEqual(second);
    expect(uploaded(bot)).toBe(second["certificatePem"]);
  },

  "a wrong credential is named": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const first = made(project);
    const { token } = telegram.revokeToken(bot.id);
    project.declare(all(bot, { rotateTrigger: "a" }));
    expect(both(await project.up([], { expect: 1 }))).toContain("(401)");
    const second = made(project);
    expect(second["sha256"]).not.toBe(first["sha256"]);
    project.declare({
      ...all(bot, { rotateTrigger: "a" }),
      bot: { ...bot.webhook, args: { ...bot.webhook.args, token } },
    });
    await project.up();
    expect(made(project)).toEqual(second);
    expect(isTrusted(uploaded(bot), project)).toBe(true);
  },

  "an unknown value passes the preview": async () => {
    const [first, second] = [botOf(telegram), botOf(telegram)];
    const project = await newProject();
    const { certificate: _uploads, ...args } = first.webhook.args;
    const declare = (maxConnections: number) =>
      project.declare({
        first: { ...first.webhook, args: { ...args, maxConnections } },
        ...all(second, { rotateTrigger: { $later: "a", after: "first" }, commonName: { $later: "A", after: "first" } }),
      });
    declare(10);
    expect((await project.preview()).stdout).toContain("5 to create");
    await project.up();
    const before = made(project);
    // In this preview they are unknown again; in the run they turn out to be the same.
    declare(20);
    expect((await project.preview()).stdout).toContain("4 to update");
    expect((await project.up()).stdout).toContain("1 updated");
    expect(made(project)).toEqual(before);
  },

  "a secret stays secret": async () => {
    const bot = botOf(telegram);
    const project = await newProject();
    const said: Record<string, string> = {};
    const keys: string[] = [];
    const note = async (name: string, work: Promise<{ stdout: string; stderr: string }>) => {
      said[name] = both(await work);
      if (/^(up|a )/.test(name)) keys.push(...(await privateKeysOf(project)));
    };
    project.declare(all(bot, { rotateTrigger: "a" }));
    await note("up --diff", project.up(["--diff"]));
    project.declare(all(bot, { rotateTrigger: "b" }));
    await note("preview --diff", project.preview(["--diff"]));
    await note("a rotation --diff", project.up(["--diff"]));
    await note("refresh --diff", project.refresh(["--diff"]));
    await note("stack export", project.pulumi(["stack", "export"]));
    const shown = (await project.pulumi(["stack", "export", "--show-secrets"])).stdout;
    said["backend"] = project.backendText();
    expect(new Set(keys).size).toBe(5);
    const pieces = piecesOf(...keys);
    expect(pieces.filter((piece) => shown.includes(piece)).length).toBeGreaterThan(4);
    expect(Object.keys(said).filter((name) => pieces.some((piece) => said[name]?.includes(piece)))).toEqual([]);
  },

  "it is killed half-way and run again": async () => {
    const bot = botOf(telegram);
    const project = await upWith(bot);
    const [first, firstLeaf] = [made(project), made(project, "cert")];
    // The webhook's first request takes so long that the kill comes between the rotation and the set.
    telegram.fault({ botId: bot.id, method: "getWebhookInfo", kind: "slow", milliseconds: 3000 });
    project.declare(all(bot, { rotateTrigger: "a" }));
    const running = project.start(["up", "--yes", "--skip-preview"]);
    await until(() => made(project, "cert")["sha256"] !== firstLeaf["sha256"]);
    process.kill(-running.pid, "SIGKILL");
    await project.pulumi(["cancel", "--yes"]);
    const second = made(project);
    expect(second["sha256"]).not.toBe(first["sha256"]);
    expect(isTrusted(uploaded(bot), project)).toBe(true);
    await project.up();
    expect(made(project)).toEqual(second);
    expect(uploaded(bot)).toBe(second["certificatePem"]);
    await project.preview(["--expect-no-changes"]);
  },
});
