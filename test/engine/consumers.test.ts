// The packed package as its users install it: every package manager and program form, from nothing to destroyed.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { providerLine } from "../../provider/host/line";
import { startFakeTelegram, type FakeTelegram } from "../../testing";
import { npm, packageManager, packTarball } from "../support/npm";
import { run } from "../support/process";
import { createProject, repository, type Project } from "../support/pulumi";

const fixtures = path.join(__dirname, "..", "fixtures", "consumers");
const consumers = ["npm", "pnpm", "pnpm-transitive", "yarn"];

let telegram: FakeTelegram;
let root: string;

beforeAll(async () => {
  telegram = await startFakeTelegram({ resolveEverything: {} });
  root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "pulumi-telegram-consumers-"));
  for (const name of consumers) fs.cpSync(path.join(fixtures, name), path.join(root, name), { recursive: true });
  fs.renameSync(await packTarball(root), path.join(root, "pulumi-telegram.tgz"));
  const npmArgs = ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  const [pnpm, yarn] = await Promise.all([packageManager("pnpm"), packageManager("yarn")]);
  await Promise.all([
    npm(path.join(root, "npm"), npmArgs),
    pnpm(path.join(root, "pnpm"), ["install", "--prefer-offline"]),
    pnpm(path.join(root, "pnpm-transitive"), ["install", "--prefer-offline"]),
    yarn(path.join(root, "yarn"), ["install", "--prefer-offline", "--non-interactive"]),
  ]);
}, 600_000);

afterAll(async () => {
  await telegram.close();
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});

interface Consumer {
  project: Project;
  botId: string;
  env: NodeJS.ProcessEnv;
  /** Says where the program is; the state is the project's. */
  place: string[];
}

/** A stack of its own and a bot of its own for the program in `folder`. */
async function withConsumer<T>(folder: string, name: string, work: (consumer: Consumer) => Promise<T>): Promise<T> {
  const project = await createProject({ name, program: "", linkPackage: false });
  const { id: botId, token } = telegram.addBot();
  const env = { TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_URL: telegram.apiUrl };
  const place = ["-C", folder, "--config-file", path.join(project.directory, "Pulumi.test.yaml")];
  try {
    return await work({ project, botId, env, place });
  } finally {
    await project.dispose();
  }
}

/** What the bot and the state have seen so far. */
function seenOf({ project, botId }: Consumer) {
  const webhooks = project.state().resources.filter(({ type }) => type.endsWith(":TelegramWebhook"));
  const calls = telegram.journal({ botId }).map(({ method }) => method);
  return {
    live: telegram.state(botId).url,
    writes: calls.filter((method) => method !== "getWebhookInfo" && method !== "getMe"),
    recorded: webhooks.map(({ id, inputs }) => ({ id, line: inputs?.["__provider"] })),
  };
}

const setUp = (botId: string, url: string) => ({
  live: url,
  writes: ["setWebhook"],
  recorded: [{ id: botId, line: providerLine("TelegramWebhook") }],
});
const tornDown = { live: "", writes: ["setWebhook", "deleteWebhook"], recorded: [] };

/** A refresh finds the package just as a destroy does, so that most programs do without one. */
async function livesAndEnds(
  folder: string,
  name: string,
  { refresh = false, env = {}, hostname = "" } = {},
): Promise<void> {
  await withConsumer(folder, name, async (consumer) => {
    const { project, place, botId } = consumer;
    const options = { env: { ...consumer.env, ...env } };
    const url = `https://bots.example.com${hostname === "" ? `/${name}` : `:8443/tg/${botId}`}`;
    if (hostname !== "") await project.config(`${name}:hostname`, hostname);
    await project.up(place, options);
    expect(seenOf(consumer)).toEqual(setUp(botId, url));
    if (refresh) {
      await project.refresh([...place, "--expect-no-changes"], options);
      expect(seenOf(consumer)).toEqual(setUp(botId, url));
    }
    await project.destroy(place, options);
    expect(seenOf(consumer)).toEqual(tornDown);
  });
}

describe("a program that installed the package lives and ends", () => {
  it.each([
    ["npm, in CommonJS", "commonjs", "npm/commonjs"],
    ["npm, in ECMAScript modules", "esm", "npm/esm"],
    ["pnpm", "pnpm", "pnpm"],
    ["pnpm, as a dependency of a dependency", "pnpm-transitive", "pnpm-transitive"],
    ["yarn", "yarn", "yarn"],
  ])("with %s", async (_, name, folder) => {
    await livesAndEnds(path.join(root, folder), name);
  });

  it("with npm, in TypeScript that ts-node compiles", async () => {
    await livesAndEnds(path.join(root, "npm"), "typescript", { refresh: true });
  });

  it("with npm, in TypeScript that tsc compiled before", async () => {
    const folder = path.join(root, "npm", "precompiled");
    const tsc = path.join(root, "npm", "node_modules", "typescript", "bin", "tsc");
    const compiled = await run(process.execPath, [tsc, "-p", folder], { cwd: folder });
    expect(compiled).toMatchObject({ stdout: "", stderr: "", code: 0 });
    await livesAndEnds(folder, "precompiled");
  });

  it("with the Automation API and an inline program", async () => {
    const cwd = path.join(root, "npm");
    await withConsumer(cwd, "automation", async (consumer) => {
      const env = { ...consumer.project.environment, ...consumer.env };
      const automation = async (...commands: string[]) => {
        const { code, stderr } = await run(process.execPath, ["automation/index.js", ...commands], { cwd, env });
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      };
      await automation("up", "refresh");
      expect(seenOf(consumer)).toEqual(setUp(consumer.botId, "https://bots.example.com/automation"));
      await automation("destroy");
      expect(seenOf(consumer)).toEqual(tornDown);
    });
  });
});

describe("this checkout", () => {
  it("is a program that lives and ends", async () => {
    const env = { TELEGRAM_PREFLIGHT: "false" };
    await livesAndEnds(repository, "quickstart", { refresh: true, env, hostname: "bots.example.com" });
  });

  it("says in one sentence what to set when there is no token and no host", async () => {
    await withConsumer(repository, "quickstart", async ({ project, place }) => {
      const { code, stdout, stderr } = await project.pulumi(["preview", ...place], { expect: "any" });
      expect(code).not.toBe(0);
      expect(diagnostics(stdout + stderr)).toEqual([
        expect.stringMatching(/^set TELEGRAM_BOT_TOKEN to .* and run `pulumi config set hostname .*`npm start`.*$/),
      ]);
    });
  });
});

describe("a package that is missing at refresh", () => {
  it("is told in one sentence", async () => {
    const folder = path.join(root, "npm", "commonjs");
    const installed = path.join(root, "npm", "node_modules", "pulumi-telegram");
    await withConsumer(folder, "commonjs", async ({ project, place, env }) => {
      await project.up(place, { env });
      fs.renameSync(installed, path.join(root, "aside"));
      const refreshed = project.refresh(place, { env, expect: "any" });
      const { code, stdout, stderr } = await refreshed.finally(() =>
        fs.renameSync(path.join(root, "aside"), installed),
      );
      expect(code).not.toBe(0);
      const sentence = "pulumi-telegram was not found: add it to your package.json and install it";
      expect(diagnostics(stdout + stderr).sort()).toEqual([sentence, "update failed"]);
      expect(stdout + stderr).not.toMatch(/require stack|^\s+at /im);
    });
  });
});

/** What is said under "Diagnostics:", each sentence once: Pulumi's host prints an error that the engine then reports too. */
function diagnostics(output: string): string[] {
  const text = output.slice(output.indexOf("\nDiagnostics:\n") + 1).split(/\n(?=\S)/)[0] ?? "";
  const lines = text
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
  const said = lines.filter((line) => line !== "" && !/^[\w:/-]+ \([\w-]+\):$/.test(line));
  return [...new Set(said.map((line) => line.replace(/^error: /i, "").replace(/:$/, "")))];
}
