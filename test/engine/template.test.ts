// The template as `pulumi new` makes a project of it, with the packed package, up to its first webhook.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { startFakeTelegram } from "../../testing";
import { npm, packTarball } from "../support/npm";
import { createProject, repository } from "../support/pulumi";

test("a project of the template asks for a token and a URL, and registers the webhook with a secret", async () => {
  const telegram = await startFakeTelegram({ resolveEverything: {} });
  const root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "pulumi-telegram-template-"));
  // For its backend and its stack; the program is the template's.
  const project = await createProject({ name: "my-bot", program: "", linkPackage: false });
  try {
    const folder = path.join(root, "my-bot");
    const template = path.join(repository, "template");
    await project.pulumi(["new", template, "--generate-only", "--yes", "--name", "my-bot", "--dir", folder]);
    const made = fs.readFileSync(path.join(folder, "package.json"), "utf8");
    const tarball = await packTarball(root);
    fs.writeFileSync(path.join(folder, "package.json"), made.replace('"^0.1.0"', JSON.stringify(`file:${tarball}`)));
    await npm(folder, ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"]);

    const bot = telegram.addBot();
    const place = ["-C", folder, "--config-file", path.join(project.directory, "Pulumi.test.yaml")];
    // `npm run typecheck` judges the template's types.
    const env = {
      TELEGRAM_API_URL: telegram.apiUrl,
      TELEGRAM_PREFLIGHT: "false",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    };
    const missing = await project.pulumi(["preview", ...place], { env, expect: "any" });
    expect(missing.stdout + missing.stderr).toContain("Missing required configuration variable 'my-bot:url'");
    await project.config("my-bot:url", "https://bots.example.com/telegram");
    await project.config("telegram:token", bot.token, { secret: true });
    await project.up(place, { env });
    expect(telegram.state(bot.id)).toMatchObject({ url: "https://bots.example.com/telegram" });
    expect(telegram.state(bot.id).secretToken).toMatch(/^[\w-]{43}$/);
  } finally {
    await project.dispose();
    await telegram.close();
    fs.rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}, 600_000);
