// Drift with a cause: what somebody else did to a webhook, and who does such things.
import { defaultConnections } from "../../constants/telegram";
import { noticeParts } from "../notices";
import { shownUrl } from "../rules";
import { differences, isOwned, recordedSettings, differingSettings } from "./compare";
import type { WebhookState } from "./fields";
import { hostOfLive } from "./live-url";
import type { WebhookInfo } from "./wire";

/**
 * One line about a foreign change since the last read; nothing when there is none. What is suspected is said as such:
 * getWebhookInfo does not tell who wrote. `isTokenDead`: it was read with another token than the recorded one.
 */
export function driftLine(old: WebhookState, live: WebhookInfo, isTokenDead: boolean): string | undefined {
  const isRecorded = old.url === "" ? live.url === "" : differences(recordedSettings(old), live) === undefined;
  if (isRecorded) return undefined;
  const happened = isTokenDead && live.url === "" ? noticeParts.tokenDead() : whatHappened(old, live);
  return noticeParts.drift({ happened, waiting: waiting(live.pendingUpdateCount) });
}

/** Whether whoever wrote has written the whole webhook: its secret, which nobody can read, is then presumed lost. */
export function isWrittenAnew(old: WebhookState, live: WebhookInfo): boolean {
  return differingSettings(recordedSettings(old), live).some(({ tellsNewSet }) => tellsNewSet);
}

function whatHappened(old: WebhookState, live: WebhookInfo): string {
  if (live.url === "") return noticeParts.gone();
  if (live.url !== old.url && isOwned(old, live.url)) return noticeParts.ownUrl();
  if (live.url !== old.url) return noticeParts.otherUrl({ url: shownUrl(live.url), writer: writerOf(old, live.url) });
  if (
    live.maxConnections === defaultConnections &&
    old.maxConnections !== defaultConnections &&
    !live.hasCustomCertificate
  ) {
    return noticeParts.defaults({ connections: defaultConnections });
  }
  return noticeParts.changed({ differences: differences(recordedSettings(old), live) ?? "" });
}

/** Who registers such a URL, as far as it can be told. */
function writerOf(old: WebhookState, url: string): string {
  const host = hostOfLive(url);
  if (host === undefined) return "";
  if (/^[^?#]*\/\/[^/?#]*\/telegraf\/[0-9a-f]{64}(?:[?#]|$)/.test(url)) return noticeParts.telegraf();
  const platform = platforms.find(([pattern]) => pattern.test(host))?.[1];
  if (platform !== undefined) return platform;
  return hostOfLive(old.url) === host ? noticeParts.sameHost() : noticeParts.otherHost();
}

/** Hosts of those who take webhooks over. Source: what users report (telegram-behaviour.md), read Oct 2026. */
const platforms: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\.)(?:telegram\.org|t\.me)$|tgcloud/i, noticeParts.serverless()],
  [
    /(?:^|\.)(?:ngrok(?:-free)?\.(?:app|dev|io)|trycloudflare\.com|loca\.lt|localhost\.run|serveo\.net)$/i,
    noticeParts.tunnel(),
  ],
  [/(?:^|\.)(?:n8n\.cloud|make\.com|integromat\.com|zapier\.com|pipedream\.net)$/i, noticeParts.automation()],
];

function waiting(count: number): string {
  if (count === 0) return noticeParts.noUpdates();
  return count === 1 ? noticeParts.oneUpdate() : noticeParts.updates({ count });
}
