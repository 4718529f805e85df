// Programs with certificates, authorities and the webhooks that upload for them, driven through the real CLI.
import type { FakeTelegram } from "../../testing";
import { startFakeTelegram } from "../../testing";
import { createProject } from "./pulumi";
import type { Project } from "./pulumi";
import { testBot } from "./webhooks";
import type { TestBot } from "./webhooks";

/**
 * One resource of a program. In its arguments `{ $out: [name, output] }` is an output of a resource before it, and
 * `{ $first: name }` the first certificate of that one's certificatePem, `{ $later: value, after: name }` a value that is known only
 * when the webhook, or the account, of that name is.
 */
export interface Declared {
  type: "TelegramWebhook" | "TlsCertificate" | "CertificateAuthority" | "AcmeAccount";
  args: Record<string, unknown>;
  /** Names of resources before it. */
  dependsOn?: string[];
}

const source = `
const fs = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const telegram = require("pulumi-telegram");
const made = {};
function value(given) {
  if (Array.isArray(given)) return given.map(value);
  if (typeof given !== "object" || given === null) return given;
  if (given.$out) return made[given.$out[0]][given.$out[1]];
  if (given.$first) return made[given.$first].certificatePem.apply((pem) => pem.split(/(?<=-----END CERTIFICATE-----\\n)/)[0]);
  if (given.$later !== undefined) {
    const { registeredAt, thumbprint } = made[given.after];
    return (registeredAt ?? thumbprint).apply(() => given.$later);
  }
  return Object.fromEntries(Object.entries(given).map(([key, item]) => [key, value(item)]));
}
for (const [name, { type, args, dependsOn = [] }] of Object.entries(JSON.parse(fs.readFileSync("declared.json", "utf8")))) {
  made[name] = new telegram[type](name, value(args), { dependsOn: dependsOn.map((other) => made[other]) });
  const { certificatePem, privateKeyPem, uploadPem } = made[name];
  if (certificatePem) exports[name] = { certificatePem, privateKeyPem, uploadPem };
  if (type !== "TlsCertificate") continue;
  // What a route does: it brings certificate and key to the endpoint as soon as they are there.
  pulumi.all([certificatePem, privateKeyPem]).apply(([cert, key]) => {
    if (!pulumi.runtime.isDryRun()) fs.writeFileSync(name + ".served.json", JSON.stringify({ cert, key }));
  });
}
`;

export type CertificateProject = Project & { declare(declared: Record<string, Declared>): void };

/** A project whose program declares what `declare` last said. */
export async function certificateProject(): Promise<CertificateProject> {
  const project = await createProject({ program: source });
  const declare: CertificateProject["declare"] = (declared) => project.write("declared.json", JSON.stringify(declared));
  declare({});
  return { ...project, declare };
}

/** A fake server for the tests of one file, and projects that are disposed after each. Registers the hooks. */
export function certificateProjects(ready: (telegram: FakeTelegram) => void): () => Promise<CertificateProject> {
  const projects: Project[] = [];
  let telegram: FakeTelegram;
  beforeAll(async () => {
    telegram = await startFakeTelegram();
    ready(telegram);
  });
  afterEach(async () => {
    await Promise.all(projects.splice(0).map((project) => project.dispose()));
  });
  afterAll(() => telegram.close());
  return async () => {
    const project = await certificateProject();
    projects.push(project);
    return project;
  };
}

/** A bot, and its webhook that uploads what this resource says. */
export function botOf(telegram: FakeTelegram, uploads = "cert") {
  const bot = testBot(telegram);
  const quiet = { preflight: false, verifySeconds: 0 };
  const webhook: Declared = {
    type: "TelegramWebhook",
    args: { ...bot.args, ...quiet, certificate: { $out: [uploads, "uploadPem"] } },
  };
  return { ...bot, host: new URL(bot.url).hostname, webhook };
}
export type CertificateBot = TestBot & { host: string; webhook: Declared };

/** What the state, as a project holds it or as it was, has of a resource in clear. */
export function madeOf(project: Pick<Project, "state">, name: string): Record<string, string> & { id: string } {
  const { id = "", outputs = {} } = project.state().resources.find(({ urn }) => urn.endsWith(`::${name}`)) ?? {};
  const texts = Object.entries(outputs).filter(([, value]) => typeof value === "string");
  return { ...(Object.fromEntries(texts) as Record<string, string>), id };
}

/** Every private key in an export with secrets shown. */
export function privateKeysIn(exported: string): string[] {
  const text = exported.replaceAll("\\\\n", "\n").replaceAll("\\n", "\n");
  return [
    ...new Set([...text.matchAll(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/g)].map(([pem]) => pem)),
  ];
}

/** Moves the time at which a resource is to retire by so many days into the past, in the file of the stack. */
export function age(project: Project, name: string, days: number): void {
  const file = JSON.parse(project.stateText()) as { checkpoint: { latest: ReturnType<Project["state"]> } };
  const outputs = file.checkpoint.latest.resources.find(({ urn }) => urn.endsWith(`::${name}`))?.outputs ?? {};
  outputs["retiresAt"] = new Date(Date.parse(String(outputs["retiresAt"])) - days * 86_400_000)
    .toISOString()
    .replace(".000Z", "Z");
  project.restoreState(JSON.stringify(file));
}

/** Pieces of every private key in these texts: none of them may be seen anywhere. */
export function piecesOf(...privateKeys: string[]): string[] {
  return privateKeys.flatMap((pem) => {
    const body = pem.replace(/-----[^-]+-----|\s/g, "");
    const der = Buffer.from(body, "base64");
    // The first 36 bytes of a PKCS#8 key say its kind; the private scalar follows. A line has 64 characters.
    const base64 = Buffer.from(pem).toString("base64");
    return [body.slice(48, 64), body.slice(66, 90), der.subarray(36, 60).toString("hex"), base64.slice(120, 150)];
  });
}
