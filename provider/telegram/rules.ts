// What Telegram allows in a webhook: tokens, secrets and the rest; addresses, certificates and update kinds lie beside.
// Telegram removes the old webhook before it looks at the new one, so all that can be refused is refused here, first.
// Sources: tdlib/telegram-bot-api (01a3679), td (49b3bcb), core.telegram.org/bots/api; read Oct 2026.
import { isIP } from "node:net";
import { holdsToken, hostProblem, type BotApiServer } from "./addresses";
import { isObject, isWhole, isWithin, nameOfKind, shownKey } from "../core/rules";
import { socketAddressOf } from "../probe/dns-address";
import { botIdLimit, botUsername, longestToken, mostConnections, mostLocalConnections } from "../constants/telegram";

export * from "./addresses";
export * from "./certificates";
export { triggerProblem } from "../core/rules";
export { secretTokenProblem } from "../constants/secret-token";
export {
  allUpdateKinds,
  allowedUpdatesProblem,
  normalUpdateKinds,
  sameUpdateKinds,
  unknownUpdateKinds,
} from "./update-kinds";

/** The bot's id: the digits before a token's colon. Nothing for a text that does not begin like a token. */
export function botIdOf(token: string): string | undefined {
  return /^([1-9]\d*):/.exec(token)?.[1];
}

/**
 * What keeps a text from being a bot token. Telegram itself answers 401 or 404 to these and does not say why.
 * Source: `ClientManager::send` (no leading 0, at most 80 characters, id below 2^54).
 */
export function tokenProblem(token: string): string | undefined {
  const shape = "<digits>:<letters and digits>, as @BotFather gave it";
  if (token.trim() === "") return `must not be empty; give ${shape}`;
  if (token !== token.trim()) return "must have no spaces or line breaks around it; trim it";
  if (/^["'].*["']$/.test(token)) return "must have no quotes around it; remove them";
  if (token.includes("://")) return `must be the token alone, not a URL; give ${shape}`;
  if (/^bot\d/i.test(token)) return 'must be the token alone; remove "bot" in front of it';
  if (!token.includes(":")) return `must be the whole token; got a text without a colon, give ${shape}`;
  if (token.startsWith("0")) return `must not begin with 0; give ${shape}`;
  const id = botIdOf(token);
  if (id === undefined) return `must begin with the bot's id, digits only, before the colon; give ${shape}`;
  if (BigInt(id) >= botIdLimit) return `must begin with a bot's id below 2^54; give ${shape}`;
  if (token.length > longestToken) return `must be at most ${longestToken} characters; got ${token.length} characters`;
  if (token.length === id.length + 1) return `must be the whole token; got nothing after the colon, give ${shape}`;
  if (/^\d+:[A-Za-z0-9_-]+$/.test(token)) return undefined;
  return `must have only A-Z, a-z, 0-9, _ and - after the colon; give ${shape}`;
}

/** `maxConnections`: Telegram clamps without a word, which would read as a change each time. Source: `Client.cpp`. */
export function maxConnectionsProblem(n: number, { localServer }: BotApiServer): string | undefined {
  const most = localServer ? mostLocalConnections : mostConnections;
  if (Number.isInteger(n) && n >= 1 && n <= most) return undefined;
  return `must be ${Number.isInteger(n) ? "" : "a whole number, "}1 to ${most}; got ${n}`;
}

/** `expectBot`: the bot's numeric id, or its @username (5 to 32 of A-Z, a-z, 0-9, _). Source: core.telegram.org/bots. */
export function expectBotProblem(value: string): string | undefined {
  if (holdsToken(value) || value.includes(":"))
    return "must be the bot's id or @username, not its token; give the digits before the colon";
  if (/^[1-9]\d{0,16}$/.test(value) && BigInt(value) < botIdLimit) return undefined;
  if (value.startsWith("@") && botUsername.test(value.slice(1))) return undefined;
  const cure = botUsername.test(value) && !/^\d/.test(value) ? `; write @${value}` : "";
  return `must be a bot's numeric id, or its username with @ and 5 to 32 letters, digits or _${cure}`;
}

/** `takeover`: true, false, or the hosts or URLs of webhooks that may be replaced. */
export function takeoverProblem(value: unknown): string | undefined {
  if (typeof value === "boolean") return undefined;
  if (!Array.isArray(value)) return `must be true, false or a list of hosts or URLs; got ${nameOfKind(value)}`;
  const items: unknown[] = value;
  for (const [index, item] of items.entries()) {
    const at = `item ${index + 1}`;
    if (typeof item !== "string") return `must be a list of strings; ${at} is ${nameOfKind(item)}`;
    if (holdsToken(item)) return `must not contain a bot token; give only the host for ${at}`;
    const isGood = item.includes("://")
      ? /^https?:\/\/[^\s/?#]+\S*$/i.test(item) && URL.canParse(item)
      : !hostProblem(item);
    if (!isGood) return `must list hosts (old.example.com) or whole URLs (https://…); ${at} is neither`;
  }
  return undefined;
}

/** `preflight`: `false`, or an object of the settings of `TelegramWebhookArgs.preflight`. Ours, not Telegram's. */
export function preflightProblem(value: unknown): string | undefined {
  if (value === false) return undefined;
  if (!isObject(value))
    return `must be false or an object; got ${value === true ? "true, leave it out for all checks" : nameOfKind(value)}`;
  const switches = ["dns", "tls", "http", "require", "allowPrivateAddresses"];
  const seconds: Record<string, number> = { timeoutSeconds: 1, settleSeconds: 0 };
  const all = [...switches, "nameServers", ...Object.keys(seconds)];
  for (const [key, setting] of Object.entries(value)) {
    if (!all.includes(key)) return `must have only ${all.join(", ")}; got ${shownKey(key)}`;
    if (setting === undefined) continue;
    if (switches.includes(key) && typeof setting !== "boolean")
      return `must have true or false as ${key}; got ${nameOfKind(setting)}`;
    if (key === "nameServers" && !isNameServerList(setting)) {
      return 'must have a list of ip:port as nameServers, such as ["9.9.9.9:53"]';
    }
    const least = seconds[key];
    if (least !== undefined && !isWithin(setting, least, 600)) {
      return `must have ${least} to 600 as ${key}; got ${typeof setting === "number" ? setting : nameOfKind(setting)}`;
    }
  }
  return undefined;
}

/** `verifySeconds`: 0 (do not watch) to 120, fractions too. */
export function verifySecondsProblem(n: number): string | undefined {
  return isWithin(n, 0, 120) ? undefined : `must be 0 to 120; got ${n}`;
}

/** `rotateAfterDays`: whole days, at most ten years. */
export function rotateAfterDaysProblem(n: number): string | undefined {
  return isWhole(n, 1, 3650) ? undefined : `must be a whole number of 1 to 3650; got ${n}`;
}

function isNameServerList(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string" && isNameServer(item))
  );
}

function isNameServer(text: string): boolean {
  return /[\d\]]:\d{1,5}$/.test(text) && !isIP(text) && socketAddressOf(text) !== undefined;
}
