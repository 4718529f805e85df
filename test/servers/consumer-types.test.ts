// The types of the package and of every sub-path, as releases of TypeScript from 4.9 on read them, with each module setting.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { copyPackage, typeScript } from "../support/npm";
import { run } from "../support/process";
import { repository } from "../support/pulumi";

const compile = path.join(__dirname, "..", "fixtures", "consumers", "compile.cjs");
const program = `
import { BotEndpoint, TelegramWebhook, WebhookSecret } from "pulumi-telegram";
import "pulumi-telegram/provider";
import { startFakeTelegram } from "pulumi-telegram/testing";
import { ProviderTlsCertificate } from "pulumi-telegram/tls";
import { AwsDnsRecord } from "pulumi-telegram/aws";
import { CloudflareDnsRecord } from "pulumi-telegram/cloudflare";

const secret = new WebhookSecret("secret", {});
export const webhook = new TelegramWebhook("webhook", { url: "https://bots.example.com/x", secretToken: secret.current });
export const endpoint = new BotEndpoint("bot", { hostname: "bots.example.com", dns: "skip", server: "skip", certificate: { selfSigned: {} } });
export const others = [startFakeTelegram, ProviderTlsCertificate, AwsDnsRecord, CloudflareDnsRecord];
// @ts-expect-error what is read is no "any"
new TelegramWebhook("wrong", { url: 5 });
// @ts-expect-error
new AwsDnsRecord("wrong", { zone: 5 });
`;

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "pulumi-telegram-types-"));
  const modules = path.join(folder, "node_modules");
  copyPackage(modules);
  for (const name of ["@pulumi", "@types"]) {
    if (!fs.existsSync(path.join(modules, name)))
      fs.symlinkSync(path.join(repository, "node_modules", name), path.join(modules, name));
  }
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true }));
  fs.writeFileSync(path.join(folder, "main.ts"), program);
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const all = ["node", "node16", "nodenext", "bundler"];

test.each([
  ["4.9.5", all.filter((name) => name !== "bundler")],
  ["5.4.5", all],
  ["5.9.3", all],
  ["6.0.3", all],
])("TypeScript %s reads every sub-path with each module setting", async (version, settings) => {
  const { stdout, stderr } = await run(process.execPath, [compile, await typeScript(version), folder], { cwd: folder });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual(Object.fromEntries(settings.map((name) => [name, []])));
});
