// Cells of the fault table in which trying again is in vain: a dead token, and a name that the server remembers as missing.
import type { FakeTelegram } from "../../testing";
import { certified, newBot, none } from "./fault-cells";
import type { Cell, Trouble } from "./fault-cells";

const kept = { url: certified, verified: true, secretInForce: true, hasCustomCertificate: true };
const repairable = { url: certified, verified: false, secretInForce: true, hasCustomCertificate: true };
const lost = { url: "", verified: false, secretInForce: false, hasCustomCertificate: false };
const dead: Trouble = { kind: "error", code: 401, description: "Unauthorized" };
const erased: Trouble = { kind: "error", when: "erased", description: "Bad Request: bad webhook: Unknown" };

/** A token that was revoked before, or dies between two calls of one operation. A revoked one takes the webhook with it. */
export function deadTokenCells(telegram: FakeTelegram): Cell[] {
  const [a, b, c, d] = [newBot(telegram), newBot(telegram), newBot(telegram), newBot(telegram)];
  const [e, f, g, h] = [newBot(telegram), newBot(telegram), newBot(telegram), newBot(telegram)];
  const says = (method: string, bot: { id: string }) =>
    new RegExp(`telegram ${method} for bot ${bot.id} at \\S+ was refused \\(401\\): "Unauthorized"`);
  return [
    {
      name: "create: 401 revoked",
      operation: "create",
      bot: a.bot,
      plan: () => void telegram.revokeToken(a.bot.id),
      args: a.next,
      succeeds: false,
      says: says("getWebhookInfo", a.bot),
      live: none,
    },
    {
      name: "create: 401 at the set",
      operation: "create",
      bot: b.bot,
      plan: () => b.hit(dead),
      args: b.next,
      succeeds: false,
      says: says("setWebhook", b.bot),
      live: none,
    },
    {
      name: "update: 401 revoked",
      operation: "update",
      bot: c.bot,
      first: c.first,
      plan: () => void telegram.revokeToken(c.bot.id),
      args: c.next,
      succeeds: false,
      says: says("getWebhookInfo", c.bot),
      live: none,
      recorded: kept,
    },
    {
      name: "update: 401 at the set",
      operation: "update",
      bot: d.bot,
      first: d.first,
      plan: () => d.hit(dead),
      args: d.next,
      succeeds: false,
      says: says("setWebhook", d.bot),
      live: d.ours,
      recorded: kept,
    },
    {
      name: "restore: 401 at the restore",
      operation: "restore",
      bot: e.bot,
      first: e.first,
      plan: () => {
        e.hit(erased);
        e.hit(dead);
      },
      args: e.next,
      succeeds: false,
      says: /"bad webhook: Unknown"\..*could not be put back: .*was refused \(401\): "Unauthorized"\. The server does not accept this token\. Set the one that @BotFather shows now, .* bot \d+ has no webhook now/,
      live: none,
      recorded: lost,
    },
    {
      name: "read back: 401 after the set",
      operation: "read back",
      bot: f.bot,
      first: f.first,
      // The first look is answered; the one after the set is not.
      plan: () => {
        telegram.fault({ kind: "slow", milliseconds: 0, botId: f.bot.id, method: "getWebhookInfo" });
        f.hit(dead, "getWebhookInfo");
      },
      args: f.next,
      succeeds: false,
      says: /setWebhook for bot \d+ was accepted, but it could not be read back\. Run pulumi up again/,
      live: f.wanted,
      recorded: { url: f.bot.url, verified: false, secretInForce: true },
    },
    {
      name: "remove: 401 revoked",
      operation: "remove",
      bot: g.bot,
      first: g.first,
      plan: () => void telegram.revokeToken(g.bot.id),
      args: {},
      succeeds: true,
      notes: new RegExp(`bot ${g.bot.id} .*the token is dead \\(401\\), and with it the webhook; nothing to remove`),
      live: none,
    },
    {
      name: "remove: 401 at the removal",
      operation: "remove",
      bot: h.bot,
      first: h.first,
      plan: () => h.hit(dead, "deleteWebhook"),
      args: {},
      succeeds: true,
      notes: new RegExp(`bot ${h.bot.id} .*the token is dead \\(401\\)`),
      live: h.ours,
    },
  ];
}

/** A host that comes into DNS after Telegram has looked: it keeps failing until Telegram forgets, and the text is Telegram's. */
export function negativeCacheCells(telegram: FakeTelegram, untilSeconds: number): Cell[] {
  const [a, b, c, d] = [newBot(telegram), newBot(telegram), newBot(telegram), newBot(telegram)];
  const says = /was refused \(400\): "bad webhook: Failed to resolve host: Name or service not known"/;
  const address = { shown: "149.154.175.50", connect: "127.0.0.1:9" };
  /** Somebody asks for the name while it is not there yet; the bot that asks is nobody's. */
  const tooLate = async (url: string) => {
    const { hostname } = new URL(url);
    telegram.setHost(hostname, { none: true });
    await telegram.outsider(telegram.addBot().id).setWebhook({ url });
    telegram.setHost(hostname, address);
  };
  return [
    {
      name: "create: 400 remembered as unresolved",
      operation: "create",
      bot: a.bot,
      plan: () => tooLate(a.bot.url),
      args: a.next,
      succeeds: false,
      says,
      live: none,
      untilSeconds,
    },
    {
      name: "update: 400 remembered as unresolved",
      operation: "update",
      bot: b.bot,
      first: b.first,
      plan: () => tooLate(b.bot.url),
      args: b.next,
      succeeds: false,
      says: new RegExp(`${says.source}.* is back in place\\.`),
      live: b.ours,
      recorded: repairable,
      untilSeconds,
    },
    {
      name: "restore: the earlier host is remembered as unresolved",
      operation: "restore",
      bot: c.bot,
      first: c.bot.args,
      plan: async () => {
        await tooLate(c.bot.url);
        c.hit(erased);
      },
      args: { ...c.bot.args, maxConnections: 7 },
      succeeds: false,
      says: /is back in place, pinned to 149\.154\.175\.50 until the next pulumi up/,
      live: { ...c.wanted, maxConnections: 41, ipFixed: true },
      recorded: { url: c.bot.url, verified: false, secretInForce: true },
      untilSeconds,
    },
    {
      name: "restore: neither host resolves any more",
      operation: "restore",
      bot: d.bot,
      first: d.bot.args,
      plan: () => telegram.setHost(new URL(d.bot.url).hostname, { none: true }),
      args: { ...d.bot.args, url: "https://nowhere.example.com/x" },
      succeeds: false,
      says: new RegExp(`${says.source}.*is back in place, pinned to 149\\.154\\.175\\.50 until the next pulumi up`),
      live: { ...d.wanted, maxConnections: 41, ipFixed: true },
      recorded: { url: d.bot.url, verified: false },
      untilSeconds,
    },
  ];
}
