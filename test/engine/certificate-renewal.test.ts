// Renewal through the real CLI with the clock moved: due in one preview, done by one up, nothing in the next preview.
import { execFileSync } from "node:child_process";
import type { FakeTelegram } from "../../testing";
import { inDays } from "../support/faketime";
import { botOf, certificateProjects, madeOf } from "../support/rotation";
import type { CertificateProject, Declared } from "../support/rotation";

let telegram: FakeTelegram;
const newProject = certificateProjects((started) => {
  telegram = started;
});

/** Whether Telegram, with this upload, trusts what is served, so many days from now. */
function isTrusted(project: CertificateProject, upload: string, served: string, host: string, days: number): boolean {
  project.write("upload.pem", upload);
  project.write("served.pem", served);
  const time = String(Math.floor(Date.now() / 1000) + days * 86_400);
  const flags = ["-no-CApath", "-no-CAstore", "-purpose", "sslserver", "-verify_hostname", host, "-attime", time];
  try {
    execFileSync("openssl", ["verify", "-CAfile", "upload.pem", ...flags, "served.pem"], {
      cwd: project.directory,
      stdio: "ignore",
    });
    return true;
  } catch {
    return false; // openssl ends with 2
  }
}

test("a certificate and its authority are renewed when the clock says so, once, and what was uploaded before trusts them", async () => {
  const bot = botOf(telegram, "leaf");
  const own = botOf(telegram, "own");
  const project = await newProject();
  const issuer = {
    privateCa: { certificatePem: { $out: ["ca", "certificatePem"] }, privateKeyPem: { $out: ["ca", "privateKeyPem"] } },
  };
  project.declare({
    ca: { type: "CertificateAuthority", args: { validityDays: 700, renewBeforeDays: 100 } },
    leaf: { type: "TlsCertificate", args: { names: [bot.host], issuer } },
    own: { type: "TlsCertificate", args: { names: [own.host], issuer: { selfSigned: {} } } },
    bot: bot.webhook,
    ownBot: own.webhook,
  } satisfies Record<string, Declared>);
  await project.up();

  const names = ["ca", "leaf", "own"];
  const sums = () => names.map((name) => madeOf(project, name)["sha256"]);
  const uploads = () => [bot, own].map(({ id }) => telegram.state(id).certificate ?? "");
  const renewal = async (days: number, due: boolean[]) => {
    const [before, uploaded] = [sums(), uploads()];
    await project.preview(["--expect-no-changes"], inDays(days - 2));
    // Everything that uses what is due shows an update as well.
    expect((await project.preview([], inDays(days))).stdout).toMatch(/to update/);
    const { stdout } = await project.up([], inDays(days));
    expect(stdout).toContain("(it was to serve until 20");
    const after = sums();
    expect(after.map((sum, at) => sum !== before[at])).toEqual(due);
    await project.preview(["--expect-no-changes"], inDays(days));
    for (const [at, { host }] of [bot, own].entries()) {
      const served = madeOf(project, at === 0 ? "leaf" : "own")["certificatePem"] ?? "";
      expect(isTrusted(project, uploaded[at] ?? "", served, host, days)).toBe(true);
      expect(isTrusted(project, uploads()[at] ?? "", served, host, days + 30)).toBe(true);
    }
  };
  await renewal(336, [false, true, true]);
  await renewal(601, [true, true, false]);
});
