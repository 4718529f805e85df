// A stack of one resource on the host in this process: check, diff and the operations in the engine's order, without it.
import { randomBytes } from "node:crypto";
import { fingerprint } from "../../provider/core/hash";
import { Ledger } from "../../provider/core/ledger";
import type { Logic } from "../../provider/core/logic";
import { httpClient } from "../../provider/net/http";
import { sharedServices } from "../../provider/core/shared";
import { pause } from "../../provider/core/retry";
import { dynamicProvider } from "../../provider/host/dynamic";
import { InFlight } from "../../provider/host/watch";
import { logics } from "../../provider/registry";

type Values = Record<string, unknown>;

/** Connections are made once, however many processes are played. */
const http = httpClient();

/** What the CLI would show of a failed operation. */
export interface Failed {
  message: string;
  id?: string;
  properties?: Values;
}

type Done = "same" | "created" | "updated" | "replaced";

export interface InProcess {
  /** The recorded state of the resource, or nothing. */
  state(name?: string): Values | undefined;
  /** All resources in the state. */
  names(): string[];
  lines: string[];
  /**
   * Check and, if something is to do, create, update or replace; then what the program does not declare any more (under
   * another name) is deleted. Rejects with the failures of check, or of the operation.
   */
  up(args: Values, name?: string): Promise<Done>;
  /** `up --refresh`: both in one process. */
  upRefresh(args: Values, name?: string): Promise<Done>;
  /** Whether `up` would do something. */
  preview(args: Values, name?: string): Promise<"same" | "changes">;
  /** Reads, and records what was read. */
  refresh(): Promise<void>;
  destroy(): Promise<void>;
}

/** Where time comes from: the fake server's clock, so that waits cost none. */
interface Time {
  now(): Date;
  advance(seconds: number): Promise<void>;
  random?(): number;
}

/** `config` is the provider's configuration: "telegram:token". */
export function inProcess<I extends object, F extends object & { [K in keyof I]?: never }>(
  config: Record<string, string> = {},
  time?: Time,
  logic = logics.TelegramWebhook as unknown as Logic<I, F>,
): InProcess {
  const lines: string[] = [];
  const stored = new Map<string, { id: string; outs: Values }>();
  // Each command is a process of its own: a new provider with an empty ledger.
  const command = async () => {
    const provider = dynamicProvider(logic, {
      now: () => time?.now() ?? new Date(),
      randomBytes,
      random: () => time?.random?.() ?? Math.random(),
      sleep: (seconds, signal) => time?.advance(seconds) ?? pause(seconds, signal),
      write: (line) => lines.push(line),
      http,
      ledger: new Ledger(),
      inFlight: new InFlight(),
      wayProblem: () => undefined,
      ...sharedServices(),
    });
    await provider.configure({ config: { get: (key) => config[key] } });
    return provider;
  };
  type Provider = Awaited<ReturnType<typeof command>>;
  const keep = async (name: string, work: Promise<{ id: string; outs: Values }>) => {
    const made = await work.catch((error: Failed) => {
      if (error.id !== undefined && error.properties) stored.set(name, { id: error.id, outs: error.properties });
      throw error;
    });
    stored.set(name, made);
  };
  const check = async (provider: Provider, args: Values, name: string) => {
    const declared = { name, values: { url: fingerprint(String(args["url"])) } };
    const { inputs, failures } = await provider.check({}, { ...args, __declared: declared, __provider: "line" });
    if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
    return { ...inputs, __provider: "line" };
  };
  const apply = async (provider: Provider, news: Values, name: string) => {
    const old = stored.get(name);
    if (!old) {
      await keep(name, provider.create(news));
      return "created";
    }
    const { changes, replaces, deleteBeforeReplace } = await provider.diff(old.id, old.outs, news);
    if (replaces.length > 0) {
      if (deleteBeforeReplace) await provider.delete(old.id, old.outs);
      await keep(name, provider.create(news));
      if (!deleteBeforeReplace) await provider.delete(old.id, old.outs);
      return "replaced";
    }
    if (changes)
      await keep(
        name,
        provider.update(old.id, old.outs, news).then(({ outs }) => ({ id: old.id, outs })),
      );
    return changes ? "updated" : "same";
  };
  const removeAll = async (provider: Provider, keeps?: string) => {
    for (const [name, { id, outs }] of [...stored]) {
      if (name === keeps) continue;
      await provider.delete(id, outs);
      stored.delete(name);
    }
  };
  const up = async (provider: Provider, args: Values, name: string) => {
    const done = await apply(provider, await check(provider, args, name), name);
    await removeAll(provider, name);
    return done;
  };
  const refresh = async (provider: Provider) => {
    for (const [name, { id, outs }] of [...stored]) {
      const { id: found, props } = await provider.read(id, outs);
      if (found !== undefined && props) stored.set(name, { id: found, outs: props });
      else stored.delete(name);
    }
  };
  return {
    lines,
    state: (name = "bot") => stored.get(name)?.outs,
    names: () => [...stored.keys()],
    up: async (args, name = "bot") => up(await command(), args, name),
    async upRefresh(args, name = "bot") {
      const provider = await command();
      await refresh(provider);
      return up(provider, args, name);
    },
    async preview(args, name = "bot") {
      const provider = await command();
      const news = await check(provider, args, name);
      const old = stored.get(name);
      if (!old || stored.size > 1) return "changes";
      return (await provider.diff(old.id, old.outs, news)).changes ? "changes" : "same";
    },
    refresh: async () => refresh(await command()),
    async destroy() {
      await removeAll(await command());
    },
  };
}
