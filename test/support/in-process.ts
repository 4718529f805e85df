// A stack of one resource on the host in this process: check, diff and the operations in the engine's order, without it.
import { randomBytes } from "node:crypto";
import { fingerprint } from "../../provider/core/hash";
import { Ledger } from "../../provider/core/ledger";
import type { Logic } from "../../provider/core/logic";
import { pause } from "../../provider/core/retry";
import { dynamicProvider } from "../../provider/host/dynamic";
import { Busy } from "../../provider/host/watch";
import { logics } from "../../provider/registry";

type Values = Record<string, unknown>;

/** What the CLI would show of a failed operation. */
export interface Failed {
  message: string;
  id?: string;
  properties?: Values;
}

export interface InProcess {
  /** The recorded state, or nothing. */
  state(): Values | undefined;
  lines: string[];
  /** Check and, if something is to do, create, update or replace. Rejects with the failures of check, or of the operation. */
  up(args: Values): Promise<"same" | "created" | "updated" | "replaced">;
  /** Reads, and records what was read. */
  refresh(): Promise<void>;
  destroy(): Promise<void>;
}

/** Where time comes from: the fake server's clock, so that waits cost none. */
interface Time {
  now(): Date;
  advance(seconds: number): Promise<void>;
}

/** `config` is the provider's configuration: "telegram:token". */
export function inProcess<I extends object, F extends object & { [K in keyof I]?: never }>(
  config: Record<string, string> = {},
  time?: Time,
  logic = logics.TelegramWebhook as unknown as Logic<I, F>,
): InProcess {
  const lines: string[] = [];
  let stored: { id: string; outs: Values } | undefined;
  // Each command is a process of its own: a new provider with an empty ledger.
  const command = async () => {
    const provider = dynamicProvider(logic, {
      now: () => time?.now() ?? new Date(),
      random: Math.random,
      randomBytes,
      sleep: (seconds, signal) => time?.advance(seconds) ?? pause(seconds, signal),
      write: (line) => lines.push(line),
      ledger: new Ledger(),
      busy: new Busy(),
    });
    await provider.configure({ config: { get: (key) => config[key] } });
    return provider;
  };
  const keep = async (work: Promise<{ id: string; outs: Values }>) => {
    stored = await work.catch((error: Failed) => {
      if (error.id !== undefined && error.properties) stored = { id: error.id, outs: error.properties };
      throw error;
    });
  };
  return {
    lines,
    state: () => stored?.outs,
    async up(args) {
      const provider = await command();
      const declared = { name: "bot", values: { url: fingerprint(String(args["url"])) } };
      const { inputs, failures } = await provider.check({}, { ...args, declared, __provider: "line" });
      if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
      const news = { ...inputs, __provider: "line" };
      const old = stored;
      if (!old) {
        await keep(provider.create(news));
        return "created";
      }
      const { changes, replaces, deleteBeforeReplace } = await provider.diff(old.id, old.outs, news);
      if (replaces.length > 0) {
        if (deleteBeforeReplace) await provider.delete(old.id, old.outs);
        await keep(provider.create(news));
        if (!deleteBeforeReplace) await provider.delete(old.id, old.outs);
        return "replaced";
      }
      if (changes) await keep(provider.update(old.id, old.outs, news).then(({ outs }) => ({ id: old.id, outs })));
      return changes ? "updated" : "same";
    },
    async refresh() {
      if (!stored) return;
      const { id, props } = await (await command()).read(stored.id, stored.outs);
      stored = id !== undefined && props ? { id, outs: props } : undefined;
    },
    async destroy() {
      if (stored) await (await command()).delete(stored.id, stored.outs);
      stored = undefined;
    },
  };
}
