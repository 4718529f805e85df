// Programs that declare DNS records, and a webhook that may depend on them, driven through the real CLI.
import { readFileSync, rmSync } from "node:fs";
import * as path from "node:path";
import { createProject } from "./pulumi";
import type { Project, ProjectArgs, PulumiOptions } from "./pulumi";

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
  /** Runs an update and reads its log of events; that one holds debug lines with secrets in the clear, so it is not part of `said`. */
  traced(command: readonly string[], options?: PulumiOptions): Promise<Traced>;
};

/** What was done with each record, in order: `{ record: ["create-replacement", "replace", "delete-replaced"] }`. */
export type Operations = Record<string, string[]>;

export interface Traced {
  said: string;
  /** What the preview showed, with --diff and without --skip-preview. */
  foreseen: Operations;
  done: Operations;
}

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
    async traced(command, options = {}) {
      const log = path.join(project.directory, "events.jsonl");
      rmSync(log, { force: true });
      const env = { ...options.env, PULUMI_DEBUG_COMMANDS: "true" };
      const { stdout, stderr } = await project.pulumi([...command, "--event-log", log], { ...options, env });
      const events = readFileSync(log, "utf8").split("\n").filter(Boolean);
      const done: Operations = {};
      for (const event of events) {
        const { metadata } = (JSON.parse(event) as { resourcePreEvent?: PreEvent }).resourcePreEvent ?? {};
        if (!metadata?.type.endsWith("DnsRecord") || metadata.op === "same") continue;
        (done[metadata.urn.replace(/^.*::/, "")] ??= []).push(metadata.op);
      }
      return { said: stdout + stderr, foreseen: foreseenIn(stdout), done };
    },
  };
}

/** In the text that a preview prints with --diff, up to the update that follows it. */
function foreseenIn(text: string): Operations {
  const [preview = ""] = text.split("\nUpdating (");
  const shown = preview.matchAll(/DnsRecord: \(([\w-]+)\)\n(?: +\[id=.*\n)? +\[urn=.*::([\w-]+)\]/g);
  const operations: Operations = {};
  for (const [, operation = "", name = ""] of shown) (operations[name] ??= []).push(operation);
  return operations;
}

interface PreEvent {
  metadata: { op: string; type: string; urn: string };
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
