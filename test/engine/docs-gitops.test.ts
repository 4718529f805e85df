// What docs/gitops.md and docs/secrets.md promise, with their own commands and program, on a real engine and a real S3 server.
import { readFileSync } from "node:fs";
import path from "node:path";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { startMoto } from "../support/moto";
import { blocksOf, codeIn, piecesOf, rowsBelow, transpiled } from "../support/pages";
import { run } from "../support/process";
import type { RunResult } from "../support/process";
import { createProject } from "../support/pulumi";
import type { Project, PulumiOptions } from "../support/pulumi";
import { until } from "../support/until";
import { both } from "../support/webhooks";

const page = "docs/gitops.md";
const [deployment = "", deploymentAtGitlab = "", github = "", gitlab = "", , , fork = ""] = blocksOf(page, "yaml");
const program = transpiled(blocksOf("docs/secrets.md", "ts")[0] ?? "");
const id = "123456789";
const url = "https://bots.example.com/tg/4fd1c2a9";
jest.setTimeout(300_000); // up to ten commands of some seconds, on a machine that others use too
let telegram: FakeTelegram;
let project: Project;
let token: string;
/** All that was printed, for the page that explains Pulumi's own messages. */
let said = "";

beforeEach(async () => {
  telegram = await startFakeTelegram();
  telegram.setHost("bots.example.com", { connect: "127.0.0.1:9" });
  telegram.setHost("evil.example.net", { connect: "127.0.0.1:9" });
  ({ token } = telegram.addBot({ id: Number(id) }));
  project = await createProject({ program });
});
afterEach(async () => {
  await telegram.close();
  await project.dispose();
});

const env = () => ({ TELEGRAM_API_URL: telegram.apiUrl, TELEGRAM_PREFLIGHT: "false", BOT_TOKEN: token });
const pulumi = async (args: readonly string[], options: PulumiOptions = {}) => {
  const result = await project.pulumi(args, { ...options, env: { ...env(), ...options.env } });
  said += both(result);
  return result;
};
const up = ["up", "--yes", "--skip-preview"];
const driftJob = ["refresh", "--preview-only", "--expect-no-changes"];
const foreign = async () => {
  await telegram.clock.advance(1); // the slot of a second for the next setWebhook
  await telegram.outsider(id).setWebhook({ url: "https://evil.example.net/x" });
};

/** Whether a text has the bot's token, or its secret, in clear. */
function isIn(text: string): { token: boolean; secretToken: boolean } {
  const { secretToken } = telegram.state(id);
  if (secretToken === null) throw new Error("the webhook has no secret");
  return { token: text.includes(token.split(":")[1] ?? ""), secretToken: text.includes(secretToken) };
}

/** What a step of GitHub's runs: the block below the last `run:`. */
const lastRun = (yaml: string) => /\n( +)run: \|\n([^]*)$/.exec(yaml)?.[2]?.replace(/^ +/gm, "") ?? "";
/** The commands of a GitLab job, without the installation. */
const script = (yaml: string) =>
  /script:\n([^]*)$/.exec(yaml)?.[1]?.replace(/^ +- /gm, "").replace("npm ci\n", "") ?? "";

/** Runs it as the runners do: bash that stops at the first failure. */
async function runner(commands: string, environment: NodeJS.ProcessEnv = env()): Promise<RunResult> {
  const options = { cwd: project.directory, env: { ...project.environment, ...environment } };
  const result = await run("bash", ["-e", "-c", commands], options);
  said += both(result);
  return result;
}

test("the deployment job sets the webhook; the drift jobs end with 0 without drift, with 7 and its line after somebody wrote, with 1 for a dead token", async () => {
  const strict = () => ({ ...env(), TELEGRAM_STRICT_REFRESH: "true" });
  const jobs = () => Promise.all([runner(lastRun(github), strict()), runner(script(gitlab), strict())]);
  expect(deployment).toContain(`- run: ${script(deploymentAtGitlab)}`);
  expect(both(await runner(script(deploymentAtGitlab)))).toContain("Resources:\n    + ");
  expect(telegram.state(id).url).toBe(url);
  expect((await jobs()).map(({ code }) => code)).toEqual([0, 0]);
  await foreign();
  const drift = await jobs();
  expect(drift.map(({ code }) => code)).toEqual([7, 7]);
  expect(drift[0]?.stdout).toContain("::error::drift, or a rotation or renewal is due");
  for (const result of drift)
    expect(both(result)).toContain("its webhook is now https://evil.example.net/…, another host.");
  expect(telegram.state(id).url).toBe("https://evil.example.net/x");
  await pulumi([...up, "--refresh"]);
  expect(telegram.state(id).url).toBe(url);
  telegram.revokeToken(id);
  expect((await jobs()).map(({ code }) => code)).toEqual([1, 1]);
});

test("a fork's preview needs no secret and asks nobody", async () => {
  const { code, stdout } = await runner(lastRun(fork), {
    PULUMI_CONFIG_PASSPHRASE: "of-a-stack-that-is-thrown-away",
    TELEGRAM_API_URL: telegram.apiUrl,
  });
  expect({ code, plan: /\d+ to create/.exec(stdout)?.[0] }).toEqual({ code: 0, plan: "3 to create" });
  expect(telegram.journal()).toEqual([]);
});

test("with tokenFrom, a variable or a file, the token is in nothing that Pulumi keeps, and what is secret is sealed", async () => {
  await pulumi(up);
  const file = path.join(project.directory, "bot-token");
  project.write("bot-token", `${token}\n`);
  project.write("index.js", program.replace('{ env: "BOT_TOKEN" }', `{ file: ${JSON.stringify(file)} }`));
  await pulumi(up, { env: { BOT_TOKEN: "" } });
  await pulumi(driftJob, { env: { BOT_TOKEN: "" } });
  expect(isIn(project.backendText())).toEqual({ token: false, secretToken: false });
  const columns = rowsBelow("docs/secrets.md", "## Which data lies in the state");
  for (const { type, outputs = {} } of project.state().resources.filter((one) => one.outputs && one.id && one.custom)) {
    const row = columns.find(([name]) => name === `\`${type.split(":").at(-1)}\``);
    if (row === undefined) continue;
    const sealed = Object.keys(outputs).filter((name) => JSON.stringify(outputs[name]).includes("ciphertext"));
    expect([type, sealed.sort()]).toEqual([
      type,
      codeIn(row[1])
        .filter((name) => name in outputs)
        .sort(),
    ]);
  }
});

test("a plan has no secret, refuses another program, and does not see what changed at Telegram", async () => {
  await pulumi(up);
  await pulumi(["preview", "--save-plan=plan.json"]);
  const plan = readFileSync(path.join(project.directory, "plan.json"), "utf8");
  expect(isIn(plan)).toEqual({ token: false, secretToken: false });
  await foreign();
  await pulumi([...up, "--plan=plan.json"]);
  expect(telegram.state(id).url).toBe("https://evil.example.net/x");
  project.write("index.js", program.replace("4fd1c2a9", "another"));
  expect(both(await pulumi([...up, "--plan=plan.json"], { expect: 1 }))).toContain("violates plan");
});

test("on S3 a second up is refused while one runs, and after kill -9 cancel and up bring the webhook once", async () => {
  const moto = await startMoto();
  try {
    await fetch(`${moto.endpoint}/bots`, { method: "PUT" });
    const query = `region=us-east-1&endpoint=${moto.endpoint}&s3ForcePathStyle=true&disableSSL=true`;
    const keys = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
    const s3 = { ...keys, PULUMI_BACKEND_URL: `s3://bots?${query}`, PULUMI_STACK: "prod" };
    await pulumi(["stack", "init", "prod"], { env: s3 });
    telegram.fault({ botId: id, method: "setWebhook", kind: "slow", milliseconds: 60_000, when: "after" });
    const first = project.start(up, { ...env(), ...s3 });
    await until(() => telegram.state(id).url !== "", 90);
    const second = both(await pulumi(up, { env: s3, expect: 1 }));
    expect(second).toContain("the stack is currently locked by 1 lock(s)");
    first.kill("SIGKILL");
    await project.recover({ env: s3 });
    await telegram.clock.advance(60);
    await pulumi(up, { env: s3 });
    expect(telegram.state(id)).toMatchObject({ url, maxConnections: 41 });
    await pulumi(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"], { env: s3 });
    await pulumi(driftJob, { env: s3 });
    expect(telegram.journal({ botId: id, method: "deleteWebhook" })).toEqual([]);
  } finally {
    await moto.stop();
  }
});

test("exit codes 1, 2 and 6 are as the page says", async () => {
  await pulumi(["preview", "--stack", "no-such"], { expect: 6 });
  await pulumi(["up"], { expect: 2 });
  await pulumi(["config", "set", "--secret", "some", "value"]);
  await pulumi(["config", "--show-secrets"], { env: { PULUMI_CONFIG_PASSPHRASE: "wrong" }, expect: 1 });
});

test("the tests above have seen each of Pulumi's own messages that Troubleshooting quotes", () => {
  const quoted = rowsBelow("docs/troubleshooting.md", "## Pulumi's own messages").flatMap(([cell]) => codeIn(cell));
  expect(quoted.flatMap(piecesOf).filter((piece) => !said.includes(piece))).toEqual([]);
});
