// The journal: every call that reached the Bot API, with its parameters in clear and without any token.
import { createHash } from "node:crypto";
import type { Call } from "./parameters";
import type { JournalEntry, JournalFilter } from "./types";

/** Anything that looks like a token, within a longer text too. */
const TOKEN = /(\d{3,}):[A-Za-z0-9_-]{30,}/g;

const MOST_REMEMBERED = 64;

export interface JournalCall {
  at: string;
  by: "client" | "outsider";
  token: string;
  test: boolean;
  method: string;
  call: Call;
  userAgent: string | undefined;
}

export class Journal {
  private list: JournalEntry[] = [];
  private count = 0;
  private readonly tokens = new Set<string>();
  /** The last texts that were masked: deliveries repeat them. */
  private readonly masked = new Map<string, string>();

  /** Texts that must never be shown. */
  hide(token: string): void {
    if (token.length < 8 || this.tokens.has(token)) return;
    this.tokens.add(token);
    this.masked.clear();
  }

  /** The text with every token cut down to its id. */
  mask(text: string): string {
    const known = this.masked.get(text);
    if (known !== undefined) return known;
    let masked = text.replace(TOKEN, "$1:***");
    for (const token of this.tokens) masked = masked.replaceAll(token, `${botIdOf(token)}:***`);
    if (this.masked.size >= MOST_REMEMBERED) this.masked.clear();
    this.masked.set(text, masked);
    return masked;
  }

  /** Writes a call down as it arrives; its status is filled in when it is answered. */
  open({ at, by, token, test, method, call, userAgent }: JournalCall): JournalEntry {
    this.hide(token);
    const parameters = [...call.parameters].map(([name, value]) => [this.mask(name), this.mask(value)]);
    const files = [...call.files].map(([name, content]) => {
      return [this.mask(name), { size: content.length, sha256: createHash("sha256").update(content).digest("hex") }];
    });
    const entry: JournalEntry = {
      n: ++this.count,
      at,
      by,
      botId: botIdOf(token),
      test,
      method: this.mask(method),
      parameters: Object.fromEntries(parameters) as Record<string, string>,
      files: Object.fromEntries(files) as JournalEntry["files"],
      encoding: call.encoding,
      ...(userAgent === undefined ? {} : { userAgent: this.mask(userAgent) }),
      status: 0,
      description: "",
    };
    this.list.push(entry);
    return entry;
  }

  entries(filter: JournalFilter = {}): JournalEntry[] {
    const { botId, method, by } = filter;
    const wanted = (entry: JournalEntry) =>
      (botId === undefined || entry.botId === String(botId)) &&
      (method === undefined || entry.method.toLowerCase() === method.toLowerCase()) &&
      (by === undefined || entry.by === by);
    return structuredClone(this.list.filter(wanted));
  }

  clear(): void {
    this.list = [];
  }
}

export const botIdOf = (token: string): string => /^(\d+):/.exec(token)?.[1] ?? "";
