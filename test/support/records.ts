// Programs that declare DNS records, and a webhook that may depend on them, driven through the real CLI.
import { createProject } from "./pulumi";
import type { Project, ProjectArgs } from "./pulumi";

/** One resource of a program. `$secret` in an argument is a secret, `$later` a value that a first preview does not know. */
export interface RecordDeclaration {
  /** Default DnsRecord. */
  type?: "DnsRecord" | "TelegramWebhook";
  args: Record<string, unknown>;
  /** `dependsOn` holds names of resources declared before. */
  options?: Record<string, unknown>;
}

const source = `
const fs = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const telegram = require("pulumi-telegram");
const declarations = JSON.parse(fs.readFileSync("records.json", "utf8"));
const made = {};
function value(given) {
  if (given?.$later !== undefined) return made[given.after].publishedAt.apply(() => given.$later);
  if (given?.$secret !== undefined) return pulumi.secret(given.$secret);
  if (Array.isArray(given)) return given.map(value);
  if (typeof given !== "object" || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([key, item]) => [key, value(item)]));
}
for (const [name, { type = "DnsRecord", args, options = {} }] of Object.entries(declarations)) {
  const dependsOn = (options.dependsOn ?? []).map((other) => made[other]);
  made[name] = new telegram[type](name, value(args), { ...options, dependsOn });
}
exports.names = Object.fromEntries(Object.entries(made).map(([name, one]) => [name, one.fqdn]));
exports.ways = Object.fromEntries(Object.entries(made).map(([name, one]) => [name, one.via]));
`;

export type RecordProject = Omit<Project, "outputs"> & {
  declare(declarations: Record<string, RecordDeclaration | RecordDeclaration["args"]>): void;
  /** What the state holds of a resource, secrets encrypted. */
  outputs(name?: string): Record<string, unknown> | undefined;
  urn(name?: string): string;
  id(name?: string): string | undefined;
  /** What a command does with each record, in order: `{ record: ["create-replacement", "replace", "delete-replaced"] }`. */
  operations(command: readonly string[]): Promise<Record<string, string[]>>;
};

/** A project whose program declares what `declare` last said. */
export async function recordProject(more: Partial<ProjectArgs> = {}): Promise<RecordProject> {
  const project = await createProject({ program: source, ...more });
  const found = (name: string) => project.state().resources.find(({ urn }) => urn.endsWith(`::${name}`));
  const declare: RecordProject["declare"] = (declarations) => {
    const entries = Object.entries(declarations).map(([name, one]) => [name, "args" in one ? one : { args: one }]);
    project.write("records.json", JSON.stringify(Object.fromEntries(entries)));
  };
  declare({});
  return {
    ...project,
    declare,
    outputs: (name = "record") => found(name)?.outputs,
    urn: (name = "record") => found(name)?.urn ?? "",
    id: (name = "record") => found(name)?.id,
    async operations(command) {
      const { events } = await project.events(command);
      const done: Record<string, string[]> = {};
      for (const { resourcePreEvent } of events) {
        const { metadata } = (resourcePreEvent ?? {}) as { metadata?: { op: string; type: string; urn: string } };
        if (!metadata?.type.endsWith("DnsRecord") || metadata.op === "same") continue;
        (done[metadata.urn.replace(/^.*::/, "")] ??= []).push(metadata.op);
      }
      return done;
    },
  };
}

/** A maker of projects that are disposed after each test of the file. Registers the hook. */
export function recordProjects(): typeof recordProject {
  const projects: RecordProject[] = [];
  afterEach(async () => {
    await Promise.all(projects.splice(0).map((project) => project.dispose()));
  });
  return async (more) => {
    const project = await recordProject(more);
    projects.push(project);
    return project;
  };
}
