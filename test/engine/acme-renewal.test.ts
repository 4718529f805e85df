// A certificate of an ACME server is renewed through the real CLI: a drift job is silent until the server wants it, then says why, and the job of docs/gitops.md does it.
import { startFakeTelegram } from "../../testing";
import { startBind9 } from "../support/bind9";
import { inDays } from "../support/faketime";
import { blocksOf } from "../support/pages";
import { startPebble } from "../support/pebble";
import { freePort } from "../support/ports";
import { run } from "../support/process";
import { botOf, certificateProject, madeOf } from "../support/rotation";
import { both } from "../support/webhooks";

jest.setTimeout(300_000);

/** What the page's renewal jobs run, for GitHub and for GitLab. */
const jobs = blocksOf("docs/gitops.md", "yaml").flatMap((yaml) =>
  [...yaml.matchAll(/^ +- (?:run: )?(pulumi up .*--target .*)$/gm)].map(([, command = ""]) => command),
);

test("a drift job is silent until the server wants a certificate renewed, and the renewal job renews it and nothing else", async () => {
  expect(jobs).toHaveLength(2);
  expect(new Set(jobs).size).toBe(1);
  const records = "$TTL 60\n@ SOA ns a.example.test. 1 60 60 600 5\n@ NS ns\nns A 127.0.0.1\n";
  const address = "127.0.0.1";
  const bind9 = await startBind9({ address, port: await freePort(), zones: { "example.test": records } });
  const server = `${address}:${bind9.port}`;
  const [pebble, telegram] = await Promise.all([startPebble({ dns: server }), startFakeTelegram()]);
  const project = await certificateProject();
  try {
    project.environment["NODE_EXTRA_CA_CERTS"] = pebble.caFile;
    const account = Object.fromEntries(
      ["directoryUrl", "accountUrl", "privateKeyPem"].map((name) => [name, { $out: ["account", name] }]),
    );
    const challenge = { dns01: { via: { rfc2136: { server } }, zone: "example.test", nameServers: [server] } };
    const { certificate: _none, ...webhook } = botOf(telegram).webhook.args;
    project.declare({
      account: { type: "AcmeAccount", args: { directoryUrl: pebble.directoryUrl } },
      cert: { type: "TlsCertificate", args: { names: ["bot.example.test"], issuer: { acme: { account, challenge } } } },
      bot: { type: "TelegramWebhook", args: webhook, dependsOn: ["cert"] },
      other: { type: "TlsCertificate", args: { names: ["other.example.test"], issuer: { selfSigned: {} } } },
    });
    // As on a runner: nothing is kept from one job to the next.
    let count = 0;
    const job = (more: NodeJS.ProcessEnv = {}) => ({
      env: { PULUMI_TELEGRAM_CACHE: `${project.directory}/cache${(count += 1)}`, ...more },
    });
    const drift = (expect: number) =>
      project.pulumi(["refresh", "--preview-only", "--expect-no-changes"], { ...job(), expect });
    await project.up([], job());
    const first = madeOf(project, "cert");
    expect(both(await drift(0))).not.toContain("is due");

    const [leaf = ""] = (first["certificatePem"] ?? "").split(/(?<=-----END CERTIFICATE-----\n)/);
    const suggestedWindow = { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" };
    await pebble.setRenewalInfo(leaf, JSON.stringify({ suggestedWindow }));
    await project.preview(["--expect-no-changes"], job()); // it asks nobody
    const due =
      /TlsCertificate cert: a renewal is due \(its issuer asks for a renewal from 2026-01-01T\S+ on\); pulumi up does it\./g;
    // The CLI prints it as it comes, and again at the end.
    const [, atTheEnd = ""] = (await drift(7)).stdout.split("Diagnostics:");
    expect(atTheEnd.match(due)).toHaveLength(1);

    const options = { cwd: project.directory, env: { ...project.environment, ...job().env } };
    const renewal = await run("bash", ["-e", "-c", jobs[0] ?? ""], options);
    expect({ code: renewal.code, text: both(renewal) }).toMatchObject({ code: 0 });
    expect(both(renewal)).toMatch(/TlsCertificate cert: a new certificate was issued \(its issuer asked for a renewal/);
    expect(madeOf(project, "cert")["sha256"]).not.toBe(first["sha256"]);
    await project.preview(["--expect-no-changes"], job());
    expect(both(await project.preview([], job(inDays(62).env)))).toMatch(
      /TlsCertificate cert: a renewal is due \((?:it is to serve until|its issuer asks)/,
    );
  } finally {
    await project.dispose();
    await telegram.close();
    await pebble.stop();
    await bind9.stop();
  }
});
