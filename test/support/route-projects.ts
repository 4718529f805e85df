// Programs that declare routes, secrets and webhooks, driven through the real CLI.
import { createProject } from "./pulumi";
import type { Project } from "./pulumi";

const source = `
const fs = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const telegram = require("pulumi-telegram");
const made = {};
function value(given) {
  if (Array.isArray(given)) return given.map(value);
  if (typeof given !== "object" || given === null) return given;
  if (given.$of !== undefined) return made[given.$of][given.output];
  if (given.$later !== undefined) return made[given.after].id.apply(() => given.$later);
  return Object.fromEntries(Object.entries(given).map(([key, item]) => [key, value(item)]));
}
for (const [name, { type, args, dependsOn = [] }] of Object.entries(JSON.parse(fs.readFileSync("declared.json", "utf8")))) {
  made[name] = new telegram[type](name, value(args), { dependsOn: dependsOn.map((other) => made[other]) });
}
exports.urls = Object.fromEntries(Object.entries(made).map(([name, one]) => [name, one.url]));
`;

/** In arguments \`{ $of: name, output }\` is an output of a resource above, \`{ $later, after }\` a value unknown in a preview. */
export interface Declared {
  type: "ProxyRoute" | "WebhookSecret" | "TelegramWebhook";
  args: Record<string, unknown>;
  dependsOn?: string[];
}

export type RouteProject = Project & { declare(declared: Record<string, Declared>): void };

export async function routeProject(): Promise<RouteProject> {
  const project = await createProject({ program: source });
  const declare: RouteProject["declare"] = (declared) => project.write("declared.json", JSON.stringify(declared));
  declare({});
  return { ...project, declare };
}
