// What a framework for bots is to a BotEndpoint: which updates it can take, and what its process must be told.
import { allUpdateKinds } from "../../provider/telegram/rules";

/** A kind of update, as in `allUpdateKinds`. */
export type UpdateKind = (typeof allUpdateKinds)[number];

/** Telegram's kinds in the order of their invention, up to this one: what a framework of that time knows. */
export const kindsUpTo = (last: UpdateKind): UpdateKind[] => allUpdateKinds.slice(0, allUpdateKinds.indexOf(last) + 1);

/** What the process of a bot needs to know of its endpoint. All plain: it is called inside an apply. */
export interface BotProcess {
  /** Where Telegram delivers: https://host[:port]/path. */
  url: string;
  /** The path that the process sees, beginning with "/" (a route may change it). */
  path: string;
  /** IPv4 address to listen on; undefined where a unix socket, or the platform, decides. */
  listen?: string;
  /** Port to listen on; undefined with a unix socket, and where the platform gives PORT itself. */
  port?: number;
  /** Unix socket to listen on. */
  socket?: string;
  /** What the process checks in X-Telegram-Bot-Api-Secret-Token (behind a route: the stable one). undefined: nothing comes. */
  secretToken?: string;
  maxConnections: number;
  /** [] for Telegram's default. */
  allowedUpdates: string[];
  /** The address that the webhook is pinned to, if it is. A framework that registers without it unpins the webhook. */
  ipAddress?: string;
  /** The process serves TLS itself, with the certificate in its environment. */
  servesTls: boolean;
  /** The certificate that the framework must upload when it registers itself (PEM), if any. */
  uploadPem?: string;
}

export interface Preset<Name extends string = string> {
  /** As in `preset:`; its file and its page have the same name. */
  name: Name;
  /** Kinds of updates that the framework can parse; left out: all (what it does not know, it ignores). Asking for another one is a warning. */
  kinds?: readonly UpdateKind[];
  /** What the webhook asks for when the program says nothing. */
  allowedUpdates: "default" | readonly UpdateKind[];
  /** What the webhook gets when the program says nothing; left out: 41, the default of TelegramWebhook. */
  maxConnections?: number;
  /** More than this is a warning; left out: as many as Telegram allows. */
  mostConnections?: number;
  /** Whether the framework compares X-Telegram-Bot-Api-Secret-Token itself. */
  checksSecret: boolean;
  /** Whether it calls setWebhook at start whatever it is told. Such a process is told the secret that the edge also accepts from Telegram. */
  registersItself: boolean;
  /**
   * Further variables of the process's environment, beyond the common ones (TELEGRAM_BOT_TOKEN, TELEGRAM_API_URL,
   * WEBHOOK_URL, WEBHOOK_PATH, WEBHOOK_SECRET, LISTEN, PORT or SOCKET, WEBHOOK_CERTIFICATE_PEM, WEBHOOK_PRIVATE_KEY_PEM).
   */
  environment?(process: BotProcess): Record<string, string>;
}

/** Declares a preset with its name as a type. */
export function preset<Name extends string>(declared: Preset<Name>): Preset<Name> {
  return declared;
}
