// What one check may ask of DNS servers: each question once, so many in all, so many at the same time. The servers decide what
// there is to ask next, so that without a bound one name could lead to any number of questions.
import { setMaxListeners } from "node:events";
import { ask } from "./dns-client";
import type { QueryType, Reply, NoReply } from "./dns-client";

/** A zone has 13 name servers at most where it must fit a packet; those beyond are named as not asked. */
export const mostNameServers = 16;

export interface DnsBudget {
  /** Never throws; a question beyond the budget is not asked, and the `noReply` says so. */
  ask(address: string, name: string, type: QueryType, isRecursive?: boolean): Promise<Reply | NoReply>;
  /** Whether one more name may be looked at, an alias's target for one. */
  mayLookAt(name: string): boolean;
  /** Which bound ended the check, a clause; nothing while none did. */
  spent(): string | undefined;
  /** The names that were looked at. */
  names(): string[];
}

export interface DnsBounds {
  questions: number;
  names: number;
  atOnce: number;
}

const usual: DnsBounds = { questions: 200, names: 32, atOnce: 16 };

export function dnsBudget(signal: AbortSignal, bounds: Partial<DnsBounds> = {}): DnsBudget {
  const { questions, names, atOnce } = { ...usual, ...bounds };
  setMaxListeners(0, signal); // each question under way listens to it; Node warns from the eleventh on
  const known = new Map<string, Promise<Reply | NoReply>>();
  const waiting: (() => void)[] = [];
  const lookedAt: string[] = [];
  let running = 0;
  let spent: string | undefined;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running < atOnce) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  return {
    ask(address, name, type, isRecursive = false) {
      const key = [address, name.toLowerCase(), type, isRecursive].join(" ");
      const answer = known.get(key);
      if (answer) return answer;
      if (known.size >= questions) {
        spent ??= `it takes more than ${questions} questions to name servers`;
        return Promise.resolve({ noReply: `was not asked, since a check asks ${questions} questions at most` });
      }
      const asked = inTurn(() => ask(address, name, type, { signal, recursive: isRecursive }));
      known.set(key, asked);
      return asked;
    },
    mayLookAt(name) {
      lookedAt.push(name);
      if (lookedAt.length > names) spent ??= `its aliases (CNAME) lead to more than ${names} names`;
      return lookedAt.length <= names;
    },
    spent: () => spent,
    names: () => [...new Set(lookedAt)],
  };
}
