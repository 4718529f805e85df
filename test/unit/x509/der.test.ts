// What is read from DER, and when the library that reads it is loaded.
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import path from "node:path";
import { KeyUsageFlags } from "@peculiar/x509";
import { detailsOf } from "../../../provider/x509/der";
import { make } from "../tls/lint-rows";

const top = path.join(__dirname, "../../..");

/** The packages that a check of a webhook with this certificate loads, in a process of its own. */
function loadedByCheck(certificate: string | undefined): string[] {
  const program = `
    const { logics } = require("./provider/registry.ts");
    const { checkInputs } = require("./provider/core/fields.ts");
    const args = {
      token: "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      url: "https://bot.example.com/tg",
      certificate: ${JSON.stringify(certificate)},
    };
    const { findings } = checkInputs(logics.TelegramWebhook, args, { isUnknown: () => false, now: new Date() });
    const problems = findings.filter(({ level }) => level === "problem");
    const names = Object.keys(require.cache).map((file) => /node_modules\\/(@peculiar\\/[^/]+)/.exec(file)?.[1]);
    console.log(JSON.stringify([problems, [...new Set(names)].filter((name) => name !== undefined)]));`;
  const words = ["-r", "ts-node/register/transpile-only", "-e", program];
  const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: top, encoding: "utf8", timeout: 60_000 });
  if (stdout === "") throw new Error(stderr);
  const [problems, packages] = JSON.parse(stdout) as [object[], string[]];
  expect(problems).toEqual([]);
  return packages;
}

test("a preview of a webhook without a certificate loads nothing that reads DER", async () => {
  expect(loadedByCheck(undefined)).toEqual([]);
  const { pem } = await make({ cn: "bot.example.com" });
  const loaded = loadedByCheck(pem);
  expect(loaded).toEqual(expect.arrayContaining(["@peculiar/asn1-schema", "@peculiar/asn1-x509"]));
  expect(loaded).not.toContain("@peculiar/x509");
});

test("extensions are found where they are, whatever bytes look like them", async () => {
  // A name that contains the bytes of a keyUsage extension with keyCertSign.
  const decoy = Buffer.from("0603551d0f0101ff0404030202840000", "hex").toString("latin1");
  const { pem } = await make({ cn: decoy, ca: true, pathLength: 200, usages: KeyUsageFlags.digitalSignature });
  expect(detailsOf(new X509Certificate(pem))).toMatchObject({
    version: 3,
    basicConstraints: { isAuthority: true, pathLength: 200 },
    keyUsage: ["digitalSignature"],
    signatureAlgorithm: "1.2.840.10045.4.3.2",
  });
});

test("what is not there is left out", async () => {
  const { pem } = await make({ cn: "bot.example.com" });
  expect(detailsOf(new X509Certificate(pem))).toEqual({
    version: 3,
    signatureAlgorithm: "1.2.840.10045.4.3.2",
    subjectKeyId: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
  });
});
