// CertificateAuthority answers the table of questions on the real engine, with a certificate of it that a webhook uploads for.
// One stack has an authority and a bot for each question; test/support/certificate-story.ts has its steps.
import { X509Certificate } from "node:crypto";
import { anchorOf } from "../../provider/x509/chain";
import { blocksOf, holds } from "../../provider/x509/pem";
import { certificateStory } from "../support/certificate-story";
import type { Seen } from "../support/certificate-story";
import { answerAll } from "../support/questions";
import { piecesOf } from "../support/rotation";
import type { Declared } from "../support/rotation";

const certificate = (host: string, issuer: object): Declared => ({
  type: "TlsCertificate",
  args: { names: [host], issuer },
});
const issuedBy = (name: string) => ({
  privateCa: { certificatePem: { $out: [name, "certificatePem"] }, privateKeyPem: { $out: [name, "privateKeyPem"] } },
});
let newToken: string;

const { story, foreseen, made, again, shown, changed, mended, killed, recovered, settled, exported, ended } =
  certificateStory({
    own: ["renewed"],
    parts: (name, host, args) => ({
      [name]: { type: "CertificateAuthority", args },
      [`${name}-cert`]: certificate(host, issuedBy(name)),
    }),
    uploads: (name) => `${name}-cert`,
    args: {
      made: { commonName: "Mine", rotateTrigger: "a" },
      demanded: { commonName: "B", keyType: "rsa-2048", validityDays: 900, renewBeforeDays: 10 },
      unknown: (later) => ({ rotateTrigger: later("a"), commonName: later("A") }),
    },
    withoutIt: ({ host, webhook }) => ({
      "removed-cert": certificate(host, { selfSigned: {} }),
      "removed-bot": webhook,
    }),
    dueAfterDays: 3286,
    stages: {
      first: ({ of }) => of("renewed"),
      second: ({ of, telegram, bots }) => {
        newToken ??= telegram.revokeToken(bots.renewed.id).token;
        return of("renewed", { rotateTrigger: "a" });
      },
      third: ({ of }) => of("renewed", { rotateTrigger: "a" }, { token: newToken }),
    },
  });

/** Whether Telegram, with what was uploaded, trusts what the bot's certificate serves. */
function isTrusted(upload: string, { made: of }: Seen, name: string): boolean {
  const anchor = anchorOf(of(`${name}-cert`)["certificatePem"] ?? "", upload);
  return anchor !== undefined && holds(upload, anchor);
}
/** The same with what the webhook has at that moment. */
const isTrustedNow = (seen: Seen, name: string) => isTrusted(seen.uploaded(name), seen, name);

answerAll("CertificateAuthority", {
  "it is made": async () => {
    const seen = await made();
    const { id, certificatePem = "", uploadPem, sha256 } = seen.made("made");
    const read = new X509Certificate(certificatePem);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(seen.stored("made")?.type).toBe("pulumi-nodejs:dynamic/telegram:CertificateAuthority");
    expect([read.ca, read.subject.split("\n")[0]]).toEqual([true, "CN=Mine"]);
    expect(sha256).toBe(read.fingerprint256.replaceAll(":", "").toLowerCase());
    expect([blocksOf(certificatePem).length, uploadPem]).toEqual([2, certificatePem]);
    expect(seen.uploaded("made")).toBe(certificatePem);
    expect(isTrustedNow(seen, "made")).toBe(true);
    expect(Object.keys(seen.stored("made")?.outputs ?? {}).sort()).toEqual([
      ...["__declared", "__provider", "certificatePem", "commonName", "keyType", "nextPem", "nextPrivateKeyPem"],
      ...["notAfter", "notBefore", "privateKeyPem", "renewBeforeDays", "retiresAt", "rotateTrigger", "schemaVersion"],
      ...["sha256", "uploadPem", "validityDays"],
    ]);
  },

  "a second run does nothing": async () => {
    const before = await made();
    // It previews, refreshes and updates.
    const { text, made: of } = await again();
    expect(text).toContain("41 unchanged");
    expect(of("made")).toEqual(before.made("made"));
    await settled();
  },

  "it is changed in place": async () => {
    const [before, after] = [await shown(), await changed()];
    const { preview, update, made: of, uploaded } = after;
    // In the preview of an update the new root is not known, so what it signs shows an update as well: seven authorities
    // with certificate and webhook, the one before the unknown one, and the two webhooks that others have written.
    expect(preview).toContain("24 to update");
    const [first, second] = [before.made("rotated"), of("rotated")];
    const [firstLeaf, leaf] = [before.made("rotated-cert"), of("rotated-cert")];
    expect(update).toMatch(/rotated: another root signs from now on .*rotateTrigger changed/);
    expect([second.id, leaf.id]).toEqual([first.id, firstLeaf.id]);
    expect(blocksOf(second["certificatePem"] ?? "")[0]).toBe(blocksOf(first["certificatePem"] ?? "")[1]);
    expect(leaf["sha256"]).not.toBe(firstLeaf["sha256"]);
    // Both the webhook before and the one of now trust what is served now, which was signed in the same run.
    const trusting = (name: string) => [isTrusted(before.uploaded(name), after, name), isTrustedNow(after, name)];
    expect(trusting("rotated")).toEqual([true, true]);
    expect(uploaded("rotated")).toBe(second["certificatePem"]);

    // A refresh rotates nothing; that it is due is a change to Pulumi, and the line says that it is ours.
    expect(before.text).toMatch(/aged: a new root is due \(this one is to sign until .*\); the next pul/);
    expect(before.made("aged")["sha256"]).toBe((await made()).made("aged")["sha256"]);
    expect(update).toMatch(/aged: another root signs .*\(it was to serve until 20/);
    expect(of("aged")["sha256"]).not.toBe(before.made("aged")["sha256"]);
    expect(trusting("aged")).toEqual([true, true]);
    await settled();
  },

  "it is replaced": async () => {
    const first = (await shown()).made("demanded");
    const { text, made: of } = await changed();
    expect(text).not.toContain("replaced");
    expect([of("demanded").id, of("demanded")["sha256"]]).toEqual([first.id, first["sha256"]]);
    // Nothing of ours replaces it; Pulumi does on demand, with a warning, and what it signs follows in the same run.
    const other = await mended();
    expect(other.text).toContain("1 replaced");
    expect(other.text).toContain(
      "warning: TlsCertificate demanded-cert: the webhook has not uploaded the new issuer in advance",
    );
    expect(other.made("demanded").id).not.toBe(first.id);
    expect(isTrustedNow(other, "demanded")).toBe(true);
  },

  "a change by someone else is shown and repaired": async () => {
    // Nothing outside of the state knows an authority; somebody can only set the webhook without its roots.
    const [first, { made: of, uploaded }] = [(await again()).made("drifted"), await changed()];
    expect((await shown()).uploaded("drifted")).toBe("");
    expect(of("drifted")).toEqual(first);
    expect(uploaded("drifted")).toBe(first["certificatePem"]);
  },

  "a removal by someone else is shown and repaired": async () => {
    const [first, { made: of, uploaded }] = [(await again()).made("emptied"), await changed()];
    expect((await shown()).uploaded("emptied")).toBe("");
    expect(of("emptied")).toEqual(first);
    expect(uploaded("emptied")).toBe(first["certificatePem"]);
  },

  "it is removed": async () => {
    expect((await changed()).stored("removed")).toBeDefined();
    const seen = await mended();
    expect(seen.stored("removed")).toBeUndefined();
    expect(isTrustedNow(seen, "removed")).toBe(true);
    expect((await ended()).resources).toEqual([]);
  },

  "it is removed when it is already gone": async () => {
    const lost = (await changed()).made("gone");
    expect((await mended()).calls("gone")).toEqual([]);
    // A lost key is lost: the next run makes another root, and what it signs follows.
    const seen = await recovered();
    expect(seen.made("gone")["sha256"]).not.toBe(lost["sha256"]);
    expect(isTrustedNow(seen, "gone")).toBe(true);
  },

  "what is not ours is left alone": async () => {
    const names = ["made", "made-cert"];
    const [before, { made: of, calls }] = [await made(), await changed()];
    expect(names.map(of)).toEqual(names.map(before.made));
    expect(calls("made")).toEqual([]);
  },

  "a slow far side is waited for": async () => {
    const { made: of, uploaded } = await changed();
    expect(of("slow")["sha256"]).not.toBe((await made()).made("slow")["sha256"]);
    expect(uploaded("slow")).toBe(of("slow")["certificatePem"]);
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const seen = await changed();
    expect(seen.text).toContain("bad webhook: Unknown");
    const second = seen.made("refused");
    // What Telegram still has trusts what is served from now on.
    expect(seen.uploaded("refused")).not.toBe(second["certificatePem"]);
    expect(isTrustedNow(seen, "refused")).toBe(true);
    const after = await mended();
    expect(after.made("refused")).toEqual(second);
    expect(after.uploaded("refused")).toBe(second["certificatePem"]);
  },

  "a wrong credential is named": async () => {
    const first = (await made()).made("renewed");
    const { text, made: of } = await changed();
    expect(text).toMatch(new RegExp(`bot ${story.bots.renewed.id} .*\\(401\\)`));
    const second = of("renewed");
    expect(second["sha256"]).not.toBe(first["sha256"]);
    const after = await mended();
    expect(after.made("renewed")).toEqual(second);
    expect(isTrustedNow(after, "renewed")).toBe(true);
  },

  "an unknown value passes the preview": async () => {
    expect(JSON.parse((await foreseen()).text)).toMatchObject({ changeSummary: { create: 41 } });
    const before = (await made()).made("unknown");
    // In this preview they are unknown again; in the run they turn out to be the same, as what the authority signs.
    const { preview, update, made: of, calls } = await changed();
    expect(preview).toContain("24 to update");
    expect(update).toContain("19 updated");
    expect(calls("unknown")).toEqual([]);
    expect(of("unknown")).toEqual(before);
  },

  "a secret stays secret": async () => {
    const { shown } = await exported();
    const { said, keys } = await ended();
    expect(keys).toHaveLength(59);
    const pieces = piecesOf(...keys);
    expect(pieces.filter((piece) => shown.includes(piece)).length).toBeGreaterThan(4);
    expect(said.flatMap((text) => (pieces.some((piece) => text.includes(piece)) ? [text] : []))).toEqual([]);
    expect(said).toHaveLength(13);
  },

  "it is killed half-way and run again": async () => {
    const seen = await killed();
    const second = seen.made("killed");
    expect(second["sha256"]).not.toBe((await mended()).made("killed")["sha256"]);
    expect(isTrustedNow(seen, "killed")).toBe(true);
    const after = await recovered();
    expect(after.made("killed")).toEqual(second);
    expect(after.uploaded("killed")).toBe(second["certificatePem"]);
    await settled();
  },
});
