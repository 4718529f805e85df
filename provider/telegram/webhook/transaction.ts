// Sets a webhook so that whatever fails, the bot is left with one: read back, decide, put the earlier one back.
import { isFailure, reworded } from "../../core/failure";
import type { Failure } from "../../core/failure-types";
import { backOff, retry } from "../../core/retry";
import { isConflict, isTokenRejected, isPassing, isHostUnresolved } from "../failures";
import type { Bot, TelegramApi } from "../api";
import { botName } from "../api";
import { parts } from "../errors";
import { lines } from "../notices";
import { shownUrl } from "../rules";
import { differences } from "./compare";
import { rawUrl } from "./live-url";
import type { WebhookInfo, WebhookSettings } from "./wire";

/** What setWebhook is to do, and what to put back if the bot loses what it had. */
export interface SetRequest {
  wanted: WebhookSettings;
  before: WebhookInfo;
  /** What was there before, as completely as it is known; missing: nothing was there. */
  earlier: WebhookSettings | undefined;
  dropPendingUpdates: boolean;
  /** Added when Telegram could not resolve the host: what is known of the name. */
  resolverNote: string;
  /** Whether a webhook that somebody sets meanwhile may be written over. */
  mayReplace(url: string): boolean;
}

export type SetResult =
  /** `live` is missing when it could not be read back. */
  | { isSet: true; at: Date; live?: WebhookInfo }
  /** `live` is missing when nobody can tell what is there now. */
  | { isSet: false; failure: Failure; live?: WebhookInfo; isRestored: boolean };

const rounds = 5;
const restoreSeconds = 600;

/** Sends the complete state until Telegram has accepted or refused it. Waiting updates are dropped at most once. */
export async function setSafely(api: TelegramApi, bot: Bot, order: SetRequest): Promise<SetResult> {
  for (let round = 1; ; round += 1) {
    let error: Failure;
    try {
      const at = await api.setWebhook(bot, order.wanted, order.dropPendingUpdates && round === 1);
      return { isSet: true, at, ...(await look(api, bot)) };
    } catch (thrown) {
      if (!isFailure(thrown) || isTokenRejected(thrown)) throw thrown;
      error = thrown;
    }
    const because = (says: string) => reworded(error, `${said} ${says}`);
    const said = error.message + (isHostUnresolved(error) ? ` ${order.resolverNote}` : "");
    const { live } = await look(api, bot);
    if (!isConflict(error) && !isPassing(error)) return putBack(api, bot, order, because, live);
    if (live && hasArrived(order, error, live)) return { isSet: true, at: bot.context.now(), live };
    if (live && live.url !== "" && !order.mayReplace(live.url)) {
      return {
        isSet: false,
        failure: because(parts.otherWriter({ url: shownUrl(live.url) })),
        live,
        isRestored: false,
      };
    }
    if (round === rounds || bot.context.signal.aborted) return putBack(api, bot, order, because, live);
    if (isConflict(error)) bot.context.log(lines.overtaken({ bot: botName(bot) }));
    await bot.context.sleep(isConflict(error) ? 1 + bot.context.random() : backOff(round, bot.context.random()));
  }
}

/**
 * Before it was something else that can be seen, now it is as wanted: what was sent has arrived. Not after a conflict: ours was
 * overtaken, and what looks alike is somebody else's, with another secret.
 */
function hasArrived({ wanted, before }: SetRequest, error: Failure, live: WebhookInfo): boolean {
  if (isConflict(error) || !isVerified(live)) return false;
  return differences(wanted, live) === undefined && differences(wanted, before) !== undefined;
}

/** While Telegram still looks up the name it reports the new URL without an address; that set may yet be refused. Recorded. */
function isVerified({ ipAddress }: WebhookInfo): boolean {
  return ipAddress !== undefined;
}

/** What is there now; nothing when nobody can tell. The deadline does not keep us from looking. */
async function look(api: TelegramApi, bot: Bot): Promise<{ live?: WebhookInfo }> {
  const context = bot.context.signal.aborted ? bot.context.beyond(30) : bot.context;
  try {
    return { live: await api.getWebhookInfo({ ...bot, context }) };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return {};
  }
}

/** After a failure: the bot keeps what it has, or gets back what it had, and the text says which. */
async function putBack(
  api: TelegramApi,
  bot: Bot,
  { earlier, before }: SetRequest,
  because: (says: string) => Failure,
  live: WebhookInfo | undefined,
): Promise<SetResult> {
  if (live === undefined) {
    return {
      isSet: false,
      failure: because(parts.unknownNow({ bot: botName(bot) })),
      isRestored: false,
    };
  }
  if (live.url !== "")
    return {
      isSet: false,
      failure: because(parts.hasWebhook({ bot: botName(bot), url: shownUrl(live.url) })),
      live,
      isRestored: false,
    };
  if (earlier === undefined)
    return { isSet: false, failure: because(parts.noWebhookAsBefore({ bot: botName(bot) })), live, isRestored: false };
  const url = shownUrl(earlier.url);
  const lost = before.hasCustomCertificate && earlier.certificate === undefined ? parts.withoutCertificate() : "";
  const result = await restore(api, { ...bot, context: bot.context.beyond(restoreSeconds) }, earlier, before.ipAddress);
  if (result.isRestored) {
    return {
      isSet: false,
      failure: because(parts.restored({ url, how: `${lost}${result.note}` })),
      ...(await look(api, bot)),
      isRestored: true,
    };
  }
  return {
    isSet: false,
    failure: because(parts.notRestored({ url, said: result.said, bot: botName(bot) })),
    live,
    isRestored: false,
    ...(await look(api, bot)),
  };
}

type Restored = { isRestored: true; note: string } | { isRestored: false; said: string };

/** At once and persistently, for up to ten minutes; a host that does not resolve is pinned to its last known address. */
async function restore(
  api: TelegramApi,
  bot: Bot,
  earlier: WebhookSettings,
  address: string | undefined,
): Promise<Restored> {
  const url = rawUrl(earlier.url);
  if (url === undefined) return { isRestored: false, said: parts.tooLong() };
  let settings = earlier;
  const work = async (): Promise<Restored> => {
    try {
      await api.setWebhook(bot, { ...settings, url }, false);
      return {
        isRestored: true,
        note: settings === earlier ? "" : parts.pinned({ address: settings.ipAddress ?? "" }),
      };
    } catch (error) {
      if (isHostUnresolved(error) && address !== undefined && settings.ipAddress === undefined) {
        settings = { ...settings, ipAddress: address };
        return work();
      }
      const { live } = await look(api, bot);
      if (!isConflict(error) && live?.url === settings.url && isVerified(live)) return { isRestored: true, note: "" };
      throw error;
    }
  };
  const what = `telegram setWebhook for ${botName(bot)}, putting back ${shownUrl(earlier.url)}`;
  const again = (error: unknown) => isPassing(error) || isConflict(error);
  try {
    return await retry(work, bot.context, { what, again, attempts: Infinity });
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { isRestored: false, said: error.message };
  }
}
