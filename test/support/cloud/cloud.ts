// The stand-in clouds for a project on the real engine: plugins for aws and cloudflare on its PATH, and what they hold and were told.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Project } from "../pulumi";

/** One call of the engine that did something, or in a preview would; secrets are open here. */
export interface CloudCall {
  method: "create" | "update" | "delete" | "invoke" | "preview create" | "preview update";
  /** Of the resource: the last part of its URN. */
  name: string;
  type: string;
  cloud: "aws" | "cloudflare";
  id?: string;
  inputs?: Record<string, unknown>;
  /** Milliseconds since 1970. */
  startedAt: number;
  at: number;
}

/** A thing as the cloud holds it. */
export interface CloudThing {
  id: string;
  type: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

export interface World {
  put(type: string, place: string, inputs: object, outputs?: object): void;
  get(type: string, place: string): CloudThing | undefined;
  remove(type: string, place: string): void;
  all(type: string): CloudThing[];
  find(type: string, isIt: (outputs: Record<string, unknown>, id: string) => boolean): CloudThing | undefined;
  lines(): CloudCall[];
  /** The next such call takes so long, or is refused with these words. */
  wantNext(fault: { method: "create" | "update" | "delete"; name: string; says?: string; seconds?: number }): void;
}

const { openWorld } = require("./world.js") as { openWorld: (folder: string) => World };
const kindsOf = (cloud: string) => (require(`./${cloud}.js`) as { kinds: Record<string, string> }).kinds;
const kinds = { aws: kindsOf("aws"), cloudflare: kindsOf("cloudflare") };

function kindIn(cloud: "aws" | "cloudflare", name: string): string {
  const kind = kinds[cloud][name];
  if (kind === undefined) throw new Error(`${cloud}.js names no kind "${name}"`);
  return kind;
}
/** A type's token by its short name in `aws.js`. */
export const awsKind = (name: string): string => kindIn("aws", name);
/** A type's token by its short name in `cloudflare.js`. */
export const cloudflareKind = (name: string): string => kindIn("cloudflare", name);

export type Cloud = ReturnType<typeof startCloud>;

/** Makes the plugins; `join` puts them on a project's PATH. The zones are those that the accounts have from the start. */
export function startCloud({
  route53 = {},
  cloudflare = {},
}: { route53?: Record<string, string>; cloudflare?: Record<string, string> } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-cloud-"));
  const world = openWorld(path.join(folder, "world"));
  for (const cloud of Object.keys(kinds)) {
    const launcher = path.join(folder, `pulumi-resource-${cloud}`);
    const command = [process.execPath, path.join(__dirname, "plugin.js"), cloud, path.join(folder, "world")];
    const words = command.map((word) => `'${word}'`).join(" ");
    fs.writeFileSync(launcher, `#!/bin/sh\nunset NODE_OPTIONS\nexec ${words}\n`, { mode: 0o755 });
  }
  for (const [id, name] of Object.entries(route53)) world.put(awsKind("zone"), id, { name });
  for (const [id, name] of Object.entries(cloudflare)) world.put(cloudflareKind("zone"), id, { name });
  let seen = 0;
  return {
    world,
    join: (project: Project) => {
      project.environment["PATH"] = [folder, project.environment["PATH"]].join(path.delimiter);
    },
    /** The calls since the last look, in the order in which they ended. */
    told: () => {
      const lines = world.lines().slice(seen);
      seen += lines.length;
      return lines;
    },
    /** All that programs made and have not taken away, as `type id`. */
    standing: () => {
      const made = Object.values(kinds).flatMap((all) => Object.values(all).filter((kind) => !kind.endsWith(":Zone")));
      return made.flatMap((kind) => world.all(kind).map(({ id }) => `${kind} ${id}`));
    },
    dispose: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

/** Calls as a test writes them down: `create shop-api`. */
export const brief = (calls: readonly CloudCall[]): string[] =>
  calls.map(({ method, name, type }) => `${method} ${name ?? type}`);
