// What a value of getWebhookInfo may be: one kind for each of its parameters. Whatever else a server sends is said, not taken.
import { isIP } from "node:net";
import { shortened } from "../../core/failure";
import { isWhole } from "../../core/rules";
import { mostLocalConnections } from "../../constants/telegram";
import { liveUrl } from "./live-url";

/** What a value is read as when it is not of its kind. */
export const unfit = Symbol("not of its kind");

export interface WireKind<T> {
  /** For a sentence: "max_connections is not a whole number of 1 to 100000". */
  called: string;
  /** Nothing: Telegram does not know it yet. */
  read(raw: unknown): T | undefined | typeof unfit;
}

const longestWords = 1000;
const mostKinds = 1000;
const lastSecond = 253_402_300_799; // 9999-12-31T23:59:59Z, the last one that RFC 3339 has

/** Any text, since a webhook that is not seen could be neither told nor replaced; empty: no webhook is set. */
export const url: WireKind<string> = {
  called: "a URL",
  read: (raw) => (typeof raw === "string" ? liveUrl(raw) : unfit),
};

export const yesOrNo: WireKind<boolean> = {
  called: "true or false",
  read: (raw) => (typeof raw === "boolean" ? raw : unfit),
};

export const count: WireKind<number> = whole(0, Number.MAX_SAFE_INTEGER);

export const connections: WireKind<number> = whole(1, mostLocalConnections);

/** Resolved or pinned; `<unknown>` while the name was not looked up. */
export const address: WireKind<string> = {
  called: "an IP address",
  read: (raw) => {
    if (raw === "<unknown>") return undefined;
    return typeof raw === "string" && isIP(raw) !== 0 ? raw : unfit;
  },
};

/** Names of kinds of updates, also of kinds that this version does not know. */
export const updateKinds: WireKind<string[]> = {
  called: "a list of kinds of updates",
  read: (raw) => {
    const isGood = Array.isArray(raw) && raw.length <= mostKinds && raw.every((one) => isKindName(one));
    return isGood ? (raw as string[]) : unfit;
  },
};

/** Seconds since 1970, as RFC 3339. */
export const time: WireKind<string> = {
  called: "a time in seconds since 1970",
  read: (raw) => (isWhole(raw, 0, lastSecond) ? new Date(Number(raw) * 1000).toISOString() : unfit),
};

/** What Telegram says, which may quote an endpoint: no longer than is ever read. */
export const words: WireKind<string> = {
  called: "a text",
  read: (raw) => (typeof raw === "string" ? shortened(raw, longestWords) : unfit),
};

function whole(least: number, most: number): WireKind<number> {
  const called = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  return {
    called: `a whole number of ${called}`,
    read: (raw) => (isWhole(raw, least, most) ? (raw as number) : unfit),
  };
}

function isKindName(one: unknown): boolean {
  return typeof one === "string" && /^[a-z_]{1,64}$/.test(one);
}
