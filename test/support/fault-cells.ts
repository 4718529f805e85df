// One cell of the fault table: its shape, and the bot that it has for itself.
import type { FakeTelegram, Fault, WebhookState } from "../../testing";
import { pem } from "./bad-input";
import { testBot } from "./webhooks";
import type { TestBot } from "./webhooks";

export type Trouble = Omit<Fault, "botId" | "method">;
export type Operation = "create" | "take over" | "update" | "restore" | "read back" | "remove";

/** Everything that the server stores of a webhook and that does not change by itself. */
export type Live = Pick<
  WebhookState,
  "url" | "secretToken" | "certificate" | "maxConnections" | "ipFixed" | "allowedUpdates"
>;

export interface Cell {
  name: string;
  operation: Operation;
  bot: TestBot;
  /** Arguments of the first apply, if the cell begins with one. */
  first?: Record<string, unknown>;
  /** Plans what goes wrong; called when `first` is up, right before `args` are applied or the bot is removed. */
  plan(): void | Promise<void>;
  args: Record<string, unknown>;
  /** Whether the operation succeeds in the end. */
  succeeds: boolean;
  /** What the error says. */
  says?: RegExp;
  /** A line of the log. */
  notes?: RegExp;
  /** What the server holds afterwards. */
  live: Live;
  /** What the state holds afterwards; missing: the resource is not in it. */
  recorded?: Record<string, unknown>;
  /** The server asks nobody for a host while it remembers that there was none: this long, a repair is in vain. */
  untilSeconds?: number;
}

export const certified = "https://bots.example.com/tg/x";
export const foreignUrl = "https://foreign.example.com/hook";
const certificate = pem("self-signed");

export const none: Live = {
  url: "",
  secretToken: null,
  certificate: null,
  maxConnections: 0,
  ipFixed: false,
  allowedUpdates: null,
};
/** The webhook of somebody else, and what can be put back of it. */
export const theirs: Live = { ...none, url: foreignUrl, secretToken: "theirs", maxConnections: 3 };
export const seenOfTheirs: Live = { ...theirs, secretToken: null };

/** What of a stored webhook is compared. */
export function liveOf(telegram: FakeTelegram, bot: TestBot): Live {
  const { url, secretToken, certificate: uploaded, maxConnections, ipFixed, allowedUpdates } = telegram.state(bot.id);
  return { url, secretToken, certificate: uploaded, maxConnections, ipFixed, allowedUpdates };
}

/** A bot with two waiting updates, and what its webhook is declared with: first with a certificate, then without. */
export function newBot(telegram: FakeTelegram) {
  const bot = testBot(telegram);
  telegram.setHost("bots.example.com", { shown: "149.154.175.50", connect: "127.0.0.1:9" });
  telegram.setHost("foreign.example.com", { shown: "149.154.175.51", connect: "127.0.0.1:9" });
  telegram.message(bot.id, { text: "one" });
  telegram.message(bot.id, { text: "two" });
  const secretToken = bot.args["secretToken"] as string;
  const first = { ...bot.args, url: certified, certificate };
  const ours: Live = { ...none, url: certified, secretToken, certificate, maxConnections: 41 };
  const next = { ...bot.args, maxConnections: 7 };
  const wanted: Live = { ...none, url: bot.url, secretToken, maxConnections: 7 };
  const hit = (trouble: Trouble, method = "setWebhook", times = 1) => {
    telegram.fault({ ...trouble, botId: bot.id, method, times });
  };
  const outsider = async () => {
    await telegram.outsider(bot.id).setWebhook({ url: foreignUrl, max_connections: 3, secret_token: "theirs" });
  };
  return { bot, first, ours, next, wanted, hit, outsider };
}

export type New = ReturnType<typeof newBot>;

export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
