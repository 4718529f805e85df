// Watches a webhook that was just set for an error newer than the set: "Webhook was set" says nothing about working.
import type { Bot, TelegramApi } from "../api";
import { isFailure } from "../../core/failure";
import type { DeliveryError } from "../delivery-errors";
import { explainDeliveryError, quotedDeliveryError } from "../delivery-errors";
import type { WebhookInfo } from "./wire";

export interface WatchResult {
  /** The last look; missing when none was possible. */
  live?: WebhookInfo;
  /** An error since the set. */
  error?: DeliveryError & { message: string };
}

const everySeconds = 1;

/** `at` is when Telegram accepted the set, `lastErrorAt` when it failed: both are Telegram's clock, in whole seconds. */
export function errorSince(at: Date, live: WebhookInfo): WatchResult["error"] {
  const { lastErrorAt, lastErrorMessage: message } = live;
  if (lastErrorAt === undefined || message === undefined) return undefined;
  // The answer may be dated one second after an error that came first.
  if (Date.parse(lastErrorAt) < at.getTime() - 1000) return undefined;
  return { ...explainDeliveryError(message), message: quotedDeliveryError(message) };
}

/** Looks until `seconds` are over, or an error is there. An unreadable look ends it: what was set stays accepted. */
export async function watch(api: TelegramApi, bot: Bot, at: Date, seconds: number): Promise<WatchResult> {
  const { context } = bot;
  const end = context.now().getTime() + seconds * 1000;
  let seen: WatchResult = {};
  while (context.now().getTime() < end && !context.signal.aborted) {
    await context.sleep(Math.min(everySeconds, (end - context.now().getTime()) / 1000));
    try {
      const live = await api.getWebhookInfo(bot);
      const error = errorSince(at, live);
      seen = { live, ...(error && { error }) };
      if (error) return seen;
    } catch (error) {
      if (!isFailure(error)) throw error;
      return seen;
    }
  }
  return seen;
}
