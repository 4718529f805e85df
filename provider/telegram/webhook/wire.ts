// What goes over the wire: one row per argument that setWebhook is sent. Body, comparison, refresh and restore follow from it.
import { defaultConnections } from "../../constants/telegram";
import { isObject, nameOfKind } from "../../core/rules";
import { certificatesText } from "../../x509/pem";
import { normalUpdateKinds, sameUpdateKinds, shownUrl } from "../rules";
import type { WebhookFacts, WebhookInputs, WebhookState } from "./fields";
import * as kinds from "./wire-kinds";
import type { WireKind } from "./wire-kinds";

/** getWebhookInfo in our names. An absent list of updates is Telegram's default. */
export interface WebhookInfo {
  /**
   * Empty: no webhook is set. A URL with characters that do not show is written with escapes (`\u{200b}`) and ends with `…`:
   * any text can be set as URL, and none is hidden.
   */
  url: string;
  hasCustomCertificate: boolean;
  pendingUpdateCount: number;
  /** 1 to 100; missing while no webhook is set. */
  maxConnections?: number;
  /** Resolved or pinned: Telegram does not say which. Missing while it has none. */
  ipAddress?: string;
  /** Missing: Telegram's default kinds. */
  allowedUpdates?: string[];
  /** RFC 3339, the server's clock. */
  lastErrorAt?: string;
  lastErrorMessage?: string;
  lastSynchronizationErrorAt?: string;
}

/** The arguments that are not sent, and why. An argument that neither stands here nor has a row does not compile. */
export const notSent = {
  token: { because: "it names the bot, in the path of each request" },
  tokenFrom: { because: "it is where the token is read" },
  botId: { because: "it follows from the token", setsAgain: true },
  tokenFingerprint: { because: "it follows from the token" },
  dropPendingUpdatesTrigger: { because: "a change drops the waiting updates with the next set", setsAgain: true },
  reassertTrigger: { because: "a change sends everything again", setsAgain: true },
  expectBot: { because: "it is compared with the token's bot" },
  takeover: { because: "it decides what may be written over" },
  dropPendingUpdatesOnDestroy: { because: "it is for deleteWebhook" },
  preflight: { because: "it decides what is checked before" },
  verifySeconds: { because: "it decides what is watched after" },
  strictRefresh: { because: "it decides what a refresh does without an answer" },
  apiUrl: { because: "it is where everything is sent to" },
  testEnvironment: { because: "it is in the path of each request" },
  localServer: { because: "it decides which rules apply" },
} as const satisfies { [K in keyof WebhookInputs]?: { because: string; setsAgain?: true } };

export type SentName = Exclude<keyof WebhookInputs, keyof typeof notSent>;

/** The complete state that setWebhook gets. */
export type WebhookSettings = Pick<WebhookInputs, SentName>;

interface SentFile {
  fileName: string;
  type: string;
  textOf: (value: string) => string;
}

/** What is said of one argument that is sent. */
export interface WireRow<K extends SentName> {
  /** Its name in setWebhook. */
  wire: string;
  /** What Telegram does when it is left out. An argument that is then kept must always be sent, so it cannot be optional. */
  leftOut: undefined extends WebhookInputs[K] ? "reset" : "reset" | "kept";
  /** Sent as a file of this name and type, with the text in its normal form. */
  file?: SentFile;
  /** How getWebhookInfo reports it. */
  reported: { [N in keyof WebhookInfo]-?: Reported<K, N> }[keyof WebhookInfo] | "never";
  /** What is put back of it when the bot has lost its webhook. */
  restored: Restored<WebhookInputs[K]>;
}

type Reported<K extends SentName, N extends keyof WebhookInfo> = {
  /** Its name in getWebhookInfo, and in ours. */
  wire: string;
  as: N;
  /** What it may be; whatever else is sent is no answer of the Bot API's. */
  kind: WireKind<Exclude<WebhookInfo[N], undefined>>;
  isAsSent(live: WebhookInfo[N], sent: WebhookInputs[K]): boolean;
  /** What is there instead of what was sent, in words. */
  says(live: WebhookInfo[N]): string;
  /** Whether another value tells that the webhook was set anew as a whole. Our secret is then presumed lost. */
  tellsNewSet: boolean;
} & (N extends keyof WebhookFacts
  ? { asArgument?: never } // it is recorded as a fact, and the argument stays as it is
  : {
      /** What a refresh records. */
      asArgument(live: WebhookInfo[N], recorded: WebhookInputs[K]): WebhookInputs[K];
    });

type Restored<T> =
  /** Of whosever webhook it was: what is reported. */
  | { of: "anybody"; value(live: WebhookInfo): T }
  /** Of our own webhook, and never of another: what is recorded. */
  | { of: "us"; value(old: WebhookState, live: WebhookInfo): T };

/** In the order in which they are sent and told. */
export const wire = {
  url: {
    wire: "url",
    leftOut: "reset",
    reported: {
      wire: "url",
      as: "url",
      kind: kinds.url,
      isAsSent: (live, sent) => live === sent,
      says: (live) => `url is ${shownUrl(live)}`,
      asArgument: (live) => live,
      tellsNewSet: true,
    },
    restored: { of: "anybody", value: ({ url }) => url },
  },
  maxConnections: {
    wire: "max_connections",
    leftOut: "reset",
    reported: {
      wire: "max_connections",
      as: "maxConnections",
      kind: kinds.connections,
      isAsSent: (live, sent) => live === sent,
      says: (live) => `maxConnections is ${live}`,
      asArgument: (live, recorded) => live ?? recorded,
      tellsNewSet: true,
    },
    restored: { of: "anybody", value: ({ maxConnections }) => maxConnections ?? defaultConnections },
  },
  allowedUpdates: {
    wire: "allowed_updates",
    leftOut: "kept",
    reported: {
      wire: "allowed_updates",
      as: "allowedUpdates",
      kind: kinds.updateKinds,
      isAsSent: (live, sent) => sameUpdateKinds(live, sent),
      says: (live) => `allowedUpdates is ${live?.join(", ") ?? "the default"}`,
      asArgument: (live, recorded) => sameUpdateKinds(live, recorded) ? recorded : normalUpdateKinds(live ?? "default"), // prettier-ignore
      tellsNewSet: false, // they are changed in place
    },
    restored: { of: "anybody", value: ({ allowedUpdates }) => allowedUpdates ?? [] },
  },
  certificate: {
    wire: "certificate",
    leftOut: "reset",
    // As a text it would be ignored.
    file: { fileName: "certificate.pem", type: "application/x-pem-file", textOf: certificatesText },
    reported: {
      wire: "has_custom_certificate",
      as: "hasCustomCertificate",
      kind: kinds.yesOrNo,
      isAsSent: (live, sent) => live === (sent !== undefined),
      says: (live) => (live ? "a certificate is uploaded" : "no certificate is uploaded"),
      tellsNewSet: true,
    },
    restored: {
      of: "us",
      value: (old, { hasCustomCertificate }) => (hasCustomCertificate ? old.certificate : undefined),
    },
  },
  ipAddress: {
    wire: "ip_address",
    leftOut: "reset",
    reported: {
      wire: "ip_address",
      as: "ipAddress",
      kind: kinds.address,
      isAsSent: (live, sent) => sent === undefined || live === sent, // a resolved one is reported too
      says: (live) => `ipAddress is ${live}`,
      asArgument: (live, recorded) => (recorded === undefined ? undefined : (live ?? recorded)),
      tellsNewSet: false, // it may have been resolved anew
    },
    restored: { of: "us", value: (old, { ipAddress }) => (old.ipAddress === undefined ? undefined : ipAddress) },
  },
  secretToken: {
    wire: "secret_token",
    leftOut: "reset",
    reported: "never",
    restored: { of: "us", value: (old) => (old.secretInForce ? old.secretToken : undefined) },
  },
} satisfies { [K in SentName]: WireRow<K> };

type ReportedName = Extract<(typeof wire)[SentName]["reported"], { as: string }>["as"];

/** What getWebhookInfo reports that nobody sets. */
const observed = {
  pendingUpdateCount: { wire: "pending_update_count", kind: kinds.count },
  lastErrorAt: { wire: "last_error_date", kind: kinds.time },
  lastErrorMessage: { wire: "last_error_message", kind: kinds.words },
  lastSynchronizationErrorAt: { wire: "last_synchronization_error_date", kind: kinds.time },
} satisfies { [N in Exclude<keyof WebhookInfo, ReportedName>]: Pick<Reported<SentName, N>, "wire" | "kind"> };

/** What every answer has. */
const always: readonly string[] = ["url", "hasCustomCertificate", "pendingUpdateCount"] satisfies (keyof WebhookInfo)[];

/** A row as the code that goes through all of them reads it: the types that bind it to its argument have done their work. */
export interface AnyRow {
  wire: string;
  file?: SentFile;
  reported: "never" | AnyReported;
  restored: Restored<unknown>;
}
interface AnyReported {
  wire: string;
  as: keyof WebhookInfo;
  kind: WireKind<unknown>;
  isAsSent(live: unknown, sent: unknown): boolean;
  says(live: unknown): string;
  asArgument?(live: unknown, recorded: unknown): unknown;
  tellsNewSet: boolean;
}

export const rows = Object.entries(wire) as [SentName, AnyRow][];

/** The arguments that only another setWebhook can bring into force. */
export const setAgainFor: readonly (keyof WebhookInputs)[] = [
  ...rows.map(([name]) => name),
  ...Object.entries(notSent).flatMap(([name, reason]) => ("setsAgain" in reason ? [name as keyof typeof notSent] : [])),
];

/** What a request carries, in Telegram's names. */
export interface Sent {
  parameters: Record<string, unknown>;
  files: { name: string; value: string; fileName: string; type: string }[];
}

/** The whole of a setWebhook: what is left out is reset. */
export function sentWith(settings: WebhookSettings, dropPendingUpdates: boolean): Sent {
  const sent: Sent = { parameters: {}, files: [] };
  for (const [name, { wire: parameter, file }] of rows) {
    const value = settings[name];
    if (value === undefined) continue;
    if (file) {
      const { textOf, ...rest } = file;
      sent.files.push({ name: parameter, value: textOf(String(value)), ...rest });
    } else sent.parameters[parameter] = value;
  }
  if (dropPendingUpdates) sent.parameters["drop_pending_updates"] = true;
  return sent;
}

/** What getWebhookInfo answered, in our names; or, as a clause, what of it is no answer of getWebhookInfo. */
export function infoFrom(raw: unknown): WebhookInfo | { odd: string } {
  if (!isObject(raw)) return { odd: `its result is ${nameOfKind(raw)}` };
  const reported = rows.flatMap(([, row]) => (row.reported === "never" ? [] : [row.reported]));
  const all = [...reported, ...Object.entries(observed).map(([as, row]) => ({ as, ...row }))];
  const info: Record<string, unknown> = {};
  for (const { wire: parameter, as, kind } of all) {
    const told = Object.hasOwn(raw, parameter) ? (raw[parameter] ?? undefined) : undefined;
    if (told === undefined && always.includes(as)) return { odd: `its ${parameter} is missing` };
    const value = told === undefined ? undefined : kind.read(told);
    if (value === kinds.unfit) return { odd: `its ${parameter} is not ${kind.called}` };
    if (value !== undefined) info[as] = value;
  }
  return info as unknown as WebhookInfo;
}
