// The contract with Pulumi's program side, on the oldest, a middle and the newest SDK: what the class registers.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fingerprint } from "../../provider/core/hash";
import { providerLine } from "../../provider/host/line";
import { copyPackage, sdk, shellEnvironment } from "../support/npm";
import { run } from "../support/process";

const program = path.join(__dirname, "..", "fixtures", "consumers", "registration.js");
/** How Pulumi's SDK marks a secret in what it sends. */
const secret = (value: string) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value });

let directory: string;

beforeAll(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-program-"));
  copyPackage(path.join(directory, "node_modules"));
  fs.copyFileSync(program, path.join(directory, "program.js"));
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

async function registered(version: string, args: object): Promise<unknown> {
  const link = path.join(directory, "node_modules", "@pulumi");
  fs.rmSync(link, { force: true });
  fs.symlinkSync(path.join(await sdk(version), "node_modules", "@pulumi"), link, "junction");
  const { stdout, stderr, code } = await run(process.execPath, ["program.js", JSON.stringify(args)], {
    cwd: directory,
    env: shellEnvironment(),
  });
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  return JSON.parse(stdout) as unknown;
}

describe("the stored line", () => {
  it("is the text that stacks hold since the first release", () => {
    expect(providerLine("TelegramWebhook")).toBe(
      "exports.handler=()=>{try{var f=require.resolve('pulumi-telegram/provider',{paths:module.paths.flatMap(d=>[d+'/.pnpm',d+'/.bun'])})}" +
        "catch(e){e.message='pulumi-telegram was not found: add it to your package.json and install it';e.stack='';throw e}" +
        "return require(f).TelegramWebhook}",
    );
  });

  it("has at most 300 bytes", () => {
    expect(Buffer.byteLength(providerLine("TelegramWebhook"))).toBeLessThanOrEqual(300);
  });
});

describe("the class TelegramWebhook", () => {
  const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
  const url = "https://bots.example.com/tg/1";
  const secretToken = "a-secret-that-nobody-may-see";

  it.each(["3.216.0", "3.248.0", "3.270.0"])(
    "registers the same type, line and properties with @pulumi/pulumi %s",
    async (version) => {
      expect(await registered(version, { token, url, secretToken, allowedUpdates: ["message"] })).toEqual([
        {
          type: "pulumi-nodejs:dynamic/telegram:TelegramWebhook",
          name: "bot",
          inputs: {
            token: secret(token),
            url,
            secretToken: secret(secretToken),
            allowedUpdates: ["message"],
            __declared: { name: "bot", values: { url: fingerprint(url) }, timeoutSeconds: 90 },
            __provider: providerLine("TelegramWebhook"),
          },
        },
      ]);
    },
    600_000,
  );
});
