// TlsCertificate answers the table of questions on the real engine, with a webhook at the fake Bot API server that uploads.
// One stack has a certificate and a bot for each question; test/support/certificate-story.ts has its steps.
import { X509Certificate } from "node:crypto";
import { blocksOf } from "../../provider/x509/pem";
import { certificateStory } from "../support/certificate-story";
import { answerAll } from "../support/questions";
import { certificateProject, piecesOf } from "../support/rotation";
import type { CertificateBot, Declared } from "../support/rotation";
import { both } from "../support/webhooks";

const certificate = (host: string, args: Record<string, unknown>): Declared => ({
  type: "TlsCertificate",
  args: { names: [host], issuer: { selfSigned: {} }, ...args },
});
const authority = (args: Record<string, unknown> = {}): Declared => ({ type: "CertificateAuthority", args });
const issuedBy = (root: string, key = root) => ({
  privateCa: { certificatePem: { $out: [root, "certificatePem"] }, privateKeyPem: { $out: [key, "privateKeyPem"] } },
});
const unpublished = ({ webhook }: CertificateBot): Declared => {
  const { certificate: _uploads, ...args } = webhook.args;
  return { ...webhook, args };
};

const { story, foreseen, made, again, shown, changed, mended, killed, recovered, settled, exported, ended } =
  certificateStory({
    own: ["renamed"],
    parts: (name, host, args) => ({ [name]: certificate(host, args) }),
    uploads: (name) => name,
    args: {
      made: { rotateTrigger: "a" },
      demanded: { keyType: "rsa-2048", validityDays: 90, renewBeforeDays: 10, rotateTrigger: "a" },
      unknown: (later, host) => ({ names: [later(host)], rotateTrigger: later("a"), validityDays: later(90) }),
    },
    withoutIt: (bot) => ({ "removed-bot": unpublished(bot) }),
    dueAfterDays: 336,
    stages: {
      first: ({ of }) => ({ ca: authority(), ...of("renamed", { rotateTrigger: "a" }) }),
      second: ({ of, bots }) => of("renamed", { rotateTrigger: "a", names: [bots.renamed.host, "www.example.com"] }),
      third: ({ of, bots }) => of("renamed", { issuer: issuedBy("ca"), names: [bots.renamed.host, "*.example.com"] }),
    },
  });

answerAll("TlsCertificate", {
  "it is made": async () => {
    const { made: of, uploaded, stored } = await made();
    const { host } = story.bots.made;
    const { id, certificatePem = "", uploadPem = "", notBefore, notAfter, sha256 } = of("made");
    const read = new X509Certificate(certificatePem);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(stored("made")?.type).toBe("pulumi-nodejs:dynamic/telegram:TlsCertificate");
    expect(read.checkHost(host)).toBe(host);
    expect(sha256).toBe(read.fingerprint256.replaceAll(":", "").toLowerCase());
    expect([Date.parse(notBefore ?? ""), Date.parse(notAfter ?? "")]).toEqual([
      Date.parse(read.validFrom),
      Date.parse(read.validTo),
    ]);
    expect(blocksOf(uploadPem)).toHaveLength(2);
    expect(uploaded("made")).toBe(uploadPem);
    expect(Object.keys(stored("made")?.outputs ?? {}).sort()).toEqual([
      ...["__declared", "__provider", "certificatePem", "issuer", "keyType", "names", "nextPem", "nextPrivateKeyPem"],
      ...["notAfter", "notBefore", "privateKeyPem", "renewBeforeDays", "retiresAt", "rotateTrigger", "schemaVersion"],
      ...["sha256", "uploadPem", "validityDays"],
    ]);
  },

  "a second run does nothing": async () => {
    const before = await made();
    // It previews, refreshes and updates.
    const { text, made: of } = await again();
    expect(text).toContain("29 unchanged");
    expect(of("made")).toEqual(before.made("made"));
    await settled();
  },

  "it is changed in place": async () => {
    const before = await shown();
    const { text, preview, update, made: of, uploaded } = await changed();
    // Seven certificates and their webhooks, which follow, the one before the unknown one, and the two webhooks that others have written.
    expect(preview).toContain("17 to update");
    const [first, second] = [before.made("rotated"), of("rotated")];
    expect(update).toMatch(/TlsCertificate rotated: a new certificate serves from now on .*rotateTrigger changed/);
    expect(second.id).toBe(first.id);
    expect(blocksOf(first["uploadPem"] ?? "")).toContain(second["certificatePem"]?.trim());
    expect(uploaded("rotated")).toBe(second["uploadPem"]);

    // A refresh renews nothing; that it is due is a change to Pulumi, and the line says that it is ours.
    expect(before.text).toMatch(/aged: a renewal is due \(it is to serve until .*\); pulumi up does it/);
    expect(before.made("aged")["sha256"]).toBe((await made()).made("aged")["sha256"]);
    expect(update).toMatch(/aged: a new certificate serves .*\(it was to serve until 20/);
    expect(of("aged")["sha256"]).not.toBe(before.made("aged")["sha256"]);
    expect(uploaded("aged")).toBe(of("aged")["uploadPem"]);

    // With --diff Pulumi prints what it warns of, in the preview and in the update, to the other stream.
    const warnings = [...text.matchAll(/warning: TlsCertificate renamed: names change from .*none is lost/g)];
    expect(warnings).toHaveLength(2);
    const renamed = new X509Certificate(of("renamed")["certificatePem"] ?? "");
    expect(renamed.checkHost("www.example.com")).toBeDefined();
    await settled();
  },

  "it is replaced": async () => {
    const first = (await shown()).made("demanded");
    const { text, made: of } = await changed();
    expect(text).not.toContain("replaced");
    expect(of("demanded").id).toBe(first.id);
    // Nothing of ours replaces it; Pulumi does on demand, and the webhook follows in the same run.
    const other = await mended();
    expect(other.text).toContain("1 replaced");
    expect(other.made("demanded").id).not.toBe(first.id);
    expect(other.uploaded("demanded")).toBe(other.made("demanded")["uploadPem"]);
  },

  "a change by someone else is shown and repaired": async () => {
    // Nothing outside of the state knows a certificate; somebody can only set the webhook without it.
    const [first, { made: of, uploaded }] = [(await again()).made("drifted"), await changed()];
    expect((await shown()).uploaded("drifted")).toBe("");
    expect(of("drifted")).toEqual(first);
    expect(uploaded("drifted")).toBe(first["uploadPem"]);
  },

  "a removal by someone else is shown and repaired": async () => {
    const [first, { made: of, uploaded }] = [(await again()).made("emptied"), await changed()];
    expect((await shown()).uploaded("emptied")).toBe("");
    expect(of("emptied")).toEqual(first);
    expect(uploaded("emptied")).toBe(first["uploadPem"]);
  },

  "it is removed": async () => {
    expect((await changed()).stored("removed")).toBeDefined();
    const { stored, uploaded } = await mended();
    expect(stored("removed")).toBeUndefined();
    expect(stored("removed-bot")).toBeDefined();
    expect(uploaded("removed")).toBe("");
    expect((await ended()).resources).toEqual([]);
  },

  "it is removed when it is already gone": async () => {
    const lost = (await changed()).made("gone");
    expect((await mended()).calls("gone")).toEqual([]);
    // A lost key is lost: the next run makes another one, and the webhook follows.
    const { made: of, uploaded } = await recovered();
    expect(of("gone")["sha256"]).not.toBe(lost["sha256"]);
    expect(uploaded("gone")).toBe(of("gone")["uploadPem"]);
  },

  "what is not ours is left alone": async () => {
    const other = (await made()).made("made");
    const { made: of, calls, uploaded } = await changed();
    expect(of("made")).toEqual(other);
    expect(calls("made")).toEqual([]);
    expect(uploaded("made")).toBe(other["uploadPem"]);
  },

  "a slow far side is waited for": async () => {
    const { made: of, uploaded } = await changed();
    expect(of("slow")["sha256"]).not.toBe((await made()).made("slow")["sha256"]);
    expect(uploaded("slow")).toBe(of("slow")["uploadPem"]);
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const first = (await made()).made("refused");
    const { text, made: of, uploaded } = await changed();
    expect(text).toContain("bad webhook: Unknown");
    const second = of("refused");
    // What Telegram still has trusts what is served from now on.
    expect(uploaded("refused")).toBe(first["uploadPem"]);
    expect(blocksOf(uploaded("refused"))).toContain(second["certificatePem"]?.trim());
    const after = await mended();
    expect(after.made("refused")).toEqual(second);
    expect(after.uploaded("refused")).toBe(second["uploadPem"]);
  },

  "a wrong credential is named": async () => {
    const project = await certificateProject();
    try {
      const cert = certificate(story.bots.made.host, { issuer: issuedBy("a", "b") });
      project.declare({ a: authority({ commonName: "A" }), b: authority({ commonName: "B" }), cert });
      // In the first preview the keys are not known; in the run they are, and it is refused before anything is made.
      expect(both(await project.up([], { expect: 1 }))).toContain(
        "issuer must have the private key of the first certificate in certificatePem as privateKeyPem; got another's",
      );
      expect(project.state().resources.find(({ type }) => type.endsWith(":TlsCertificate"))).toBeUndefined();
    } finally {
      await project.dispose();
    }
  },

  "an unknown value passes the preview": async () => {
    expect(JSON.parse((await foreseen()).text)).toMatchObject({ changeSummary: { create: 29 } });
    const before = (await made()).made("unknown");
    // In this preview they are unknown again; in the run they turn out to be the same, as the certificate and its webhook.
    const { preview, update, made: of, calls } = await changed();
    expect(preview).toContain("17 to update");
    expect(update).toContain("14 updated");
    expect(calls("unknown")).toEqual([]);
    expect(of("unknown")).toEqual(before);
  },

  "a secret stays secret": async () => {
    const { masked, shown } = await exported();
    const { said, keys } = await ended();
    expect(keys).toHaveLength(38);
    const pieces = piecesOf(...keys);
    expect(pieces.filter((piece) => shown.includes(piece)).length).toBeGreaterThan(4);
    expect(said.flatMap((text) => (pieces.some((piece) => text.includes(piece)) ? [text] : []))).toEqual([]);
    expect(said).toHaveLength(13);
    expect(masked).toContain('"privateCa"');
    expect((await made()).text).toMatch(/selfSigned/);
  },

  "it is killed half-way and run again": async () => {
    const { made: of, uploaded } = await killed();
    const second = of("killed");
    expect(second["sha256"]).not.toBe((await mended()).made("killed")["sha256"]);
    expect(blocksOf(uploaded("killed"))).toContain(second["certificatePem"]?.trim());
    const after = await recovered();
    expect(after.made("killed")).toEqual(second);
    expect(after.uploaded("killed")).toBe(second["uploadPem"]);
    await settled();
  },
});
