// Drift with a cause: what somebody else did to a webhook, and who does such things.
import { defaultConnections } from "../../facts/telegram";
import { shownUrl } from "../rules";
import { differences, isOwned, recordedSettings, unlike } from "./compare";
import type { WebhookState } from "./fields";
import type { WebhookInfo } from "./wire";

/**
 * One line about a foreign change since the last read; nothing when there is none. What is suspected is said as such:
 * getWebhookInfo does not tell who wrote. `isTokenDead`: it was read with another token than the recorded one.
 */
export function driftLine(old: WebhookState, live: WebhookInfo, isTokenDead: boolean): string | undefined {
  const isRecorded = old.url === "" ? live.url === "" : differences(recordedSettings(old), live) === undefined;
  if (isRecorded) return undefined;
  const happened =
    isTokenDead && live.url === ""
      ? "the recorded token is dead (it was revoked, or renewed), and the webhook is gone with it."
      : whatHappened(old, live);
  return `${happened} ${waiting(live.pendingUpdateCount)} pulumi up --refresh repairs it.`;
}

/** Whether whoever wrote has written the whole webhook: its secret, which nobody can read, is then presumed lost. */
export function isWrittenAnew(old: WebhookState, live: WebhookInfo): boolean {
  return unlike(recordedSettings(old), live).some(({ tellsNewSet }) => tellsNewSet);
}

function whatHappened(old: WebhookState, live: WebhookInfo): string {
  if (live.url === "") {
    return (
      "its webhook is gone. Usual causes: a process polls with this token (frameworks delete the webhook first), " +
      "or a bot deletes it on shutdown."
    );
  }
  if (live.url !== old.url && isOwned(old, live.url)) return "somebody set its webhook to this stack's url again.";
  if (live.url !== old.url) return `its webhook is now ${shownUrl(live.url)}${writerOf(old, live.url)}.`;
  if (
    live.maxConnections === defaultConnections &&
    old.maxConnections !== defaultConnections &&
    !live.hasCustomCertificate
  ) {
    return (
      `its webhook was registered again with Telegram's defaults (${defaultConnections} connections, no certificate), as frameworks do at ` +
      "start: the secret is presumed lost. Let the process serve only, or give it our secret and settings."
    );
  }
  return `its webhook was changed: ${differences(recordedSettings(old), live)}.`;
}

/** Who registers such a URL, as far as it can be told. */
function writerOf(old: WebhookState, url: string): string {
  const { hostname, pathname } = new URL(url);
  const platform = platforms.find(([host]) => host.test(hostname))?.[1];
  if (/^\/telegraf\/[0-9a-f]{64}$/.test(pathname)) {
    return ", on the hashed path that Telegraf makes: bot.launch with a webhook registers at start";
  }
  if (platform !== undefined) return `, ${platform}`;
  const isSameHost = URL.canParse(old.url) && new URL(old.url).hostname === hostname;
  return isSameHost ? ", another port or path of the same host" : ", another host";
}

/** Hosts of those who take webhooks over. Source: what users report (telegram-behaviour.md), read Oct 2026. */
const platforms: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\.)(?:telegram\.org|t\.me)$|tgcloud/i, "Telegram Serverless: `npx tgcloud webhook sync` registers it"],
  [
    /(?:^|\.)(?:ngrok(?:-free)?\.(?:app|dev|io)|trycloudflare\.com|loca\.lt|localhost\.run|serveo\.net)$/i,
    "a developer's tunnel",
  ],
  [/(?:^|\.)(?:n8n\.cloud|make\.com|integromat\.com|zapier\.com|pipedream\.net)$/i, "an automation platform"],
];

function waiting(count: number): string {
  if (count === 0) return "No update waits.";
  return count === 1 ? "1 update waits." : `${count} updates wait.`;
}
