// The fault table: what can go wrong with a call × in which operation. One bot a cell; the truth is the fake server's store.
import type { FakeTelegram, Fault } from "../../testing";
import { pem } from "./bad-input";
import { testBot } from "./webhooks";
import type { TestBot } from "./webhooks";

type Trouble = Omit<Fault, "botId" | "method">;

/** What Telegram refuses, each after it has erased what was there. Source: spec/telegram-server §3.1. */
const refusals: Record<string, string> = {
  "invalid url": "Bad Request: invalid webhook URL specified",
  "long secret": "Bad Request: secret token is too long",
  "bad secret": "Bad Request: secret token contains unallowed characters",
  "big certificate": "Bad Request: certificate size is too big (3145729 bytes)",
  port: "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
  http: "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
  "bad address": "Bad Request: bad webhook: Invalid IP address specified",
  IPv6: "Bad Request: bad webhook: IPv6-only addresses are not allowed",
  reserved: "Bad Request: bad webhook: IP address 10.0.0.4 is reserved",
  unresolved: "Bad Request: bad webhook: Failed to resolve host: Name or service not known",
  "no certificate":
    "Bad Request: bad webhook: Failed to set custom certificate file{error:05800088:x509 certificate routines::no certificate or crl found}",
  unknown: "Bad Request: bad webhook: Unknown",
};

const refused = Object.entries(refusals).map(([name, description]): [string, Trouble] => [
  `400 ${name}`,
  { kind: "error", code: 400, description, when: "erased" },
]);

/** What may pass: the same call, a little later, is answered. Before, in the middle of, and after it took effect. */
const passing: [string, Trouble][] = [
  ["429", { kind: "429", retryAfter: 1 }],
  ...(["409", "500", "502-html", "reset", "cut-json", "timeout"] as const).flatMap((kind) =>
    (kind === "409" ? (["before", "erased"] as const) : (["before", "erased", "after"] as const)).map(
      (when): [string, Trouble] => [`${kind} ${when}`, { kind, when }],
    ),
  ),
];

export type Operation = "create" | "take over" | "update" | "restore" | "read back" | "remove";

export interface Cell {
  name: string;
  operation: Operation;
  bot: TestBot;
  /** Arguments of the first apply, if the cell begins with one. */
  first?: Record<string, unknown>;
  /** Plans what goes wrong; called when \`first\` is up, right before \`args\` are applied or the bot is removed. */
  plan(): void | Promise<void>;
  args: Record<string, unknown>;
  /** Whether the operation succeeds in the end. */
  succeeds: boolean;
  /** What the error says. */
  says?: RegExp;
  /** What the server holds afterwards. */
  live: { url: string; secretToken?: string | null; certificate?: string | null };
  /** What the state holds afterwards; missing: the resource is not in it. */
  recorded?: Record<string, unknown>;
}

/** All cells, for a server that forgets good look-ups at once (positiveCacheSeconds: 0); each with a bot of its own and two updates that wait. */
export function faultTable(telegram: FakeTelegram): Cell[] {
  const cells: Cell[] = [];
  for (const [fault, trouble] of refused) {
    cells.push(...refusedCells(telegram, fault, trouble));
  }
  for (const [fault, trouble] of passing) {
    cells.push(...passingCells(telegram, fault, trouble));
  }
  cells.push(...unresolvedCells(telegram));
  return cells;
}

const certificate = pem("self-signed");
const certified = "https://bots.example.com/tg/x";
const foreignUrl = "https://foreign.example.com/hook";

/** A bot with two waiting updates, and what its webhook is declared with. */
function newBot(telegram: FakeTelegram) {
  const bot = testBot(telegram);
  telegram.setHost("bots.example.com", { shown: "149.154.175.50", connect: "127.0.0.1:9" });
  telegram.setHost("foreign.example.com", { shown: "149.154.175.51", connect: "127.0.0.1:9" });
  telegram.message(bot.id, { text: "one" });
  telegram.message(bot.id, { text: "two" });
  const first = { ...bot.args, url: certified, certificate };
  const ours = { url: certified, secretToken: bot.args["secretToken"] as string, certificate };
  const next = { ...bot.args, maxConnections: 7 };
  const wanted = { url: bot.url, secretToken: bot.args["secretToken"] as string, certificate: null };
  const hit = (trouble: Trouble, method = "setWebhook", times = 1) => {
    telegram.fault({ ...trouble, botId: bot.id, method, times });
  };
  const outsider = async () => {
    await telegram.outsider(bot.id).setWebhook({ url: foreignUrl, max_connections: 3, secret_token: "theirs" });
  };
  return { bot, first, ours, next, wanted, hit, outsider };
}

function refusedCells(telegram: FakeTelegram, fault: string, trouble: Trouble): Cell[] {
  const description = String(trouble.description).replace("Bad Request: ", "");
  const says = new RegExp(`was refused \\(400\\): "${escaped(description)}"`);
  const none = { url: "", secretToken: null, certificate: null };
  const back = { url: foreignUrl, secretToken: null, certificate: null };
  const [a, b, c, d] = [newBot(telegram), newBot(telegram), newBot(telegram), newBot(telegram)];
  const isHost = fault === "400 unresolved";
  return [
    {
      name: `create: ${fault}`,
      operation: "create",
      bot: a.bot,
      plan: () => a.hit(trouble),
      args: a.next,
      succeeds: false,
      says,
      live: none,
    },
    {
      name: `take over: ${fault}`,
      operation: "take over",
      bot: b.bot,
      plan: async () => {
        await b.outsider();
        b.hit(trouble);
      },
      args: { ...b.next, takeover: true },
      succeeds: false,
      says: new RegExp(`${says.source}.* is back in place`),
      live: back,
    },
    {
      name: `update: ${fault}`,
      operation: "update",
      bot: c.bot,
      first: c.first,
      plan: () => c.hit(trouble),
      args: c.next,
      succeeds: false,
      says: new RegExp(`${says.source}.* is back in place\\.`),
      live: c.ours,
      recorded: { url: certified, verified: false, secretInForce: true, hasCustomCertificate: true },
    },
    {
      name: `restore: ${fault}`,
      operation: "restore",
      bot: d.bot,
      first: d.first,
      // A host that does not resolve is pinned to its last address, so it fails twice before nothing is left to try.
      plan: () => d.hit(trouble, "setWebhook", isHost ? 3 : 2),
      args: d.next,
      succeeds: false,
      says: new RegExp(`${says.source}.*could not be put back:.*${escaped(description)}.*has no webhook now`),
      live: none,
      recorded: { url: "", verified: false, secretInForce: false, hasCustomCertificate: false },
    },
  ];
}

function passingCells(telegram: FakeTelegram, fault: string, trouble: Trouble): Cell[] {
  const [a, b, c, d, e, f] = [1, 2, 3, 4, 5, 6].map(() => newBot(telegram)) as [New, New, New, New, New, New];
  const up = { verified: true, secretInForce: true };
  const refusal: Trouble = { kind: "error", when: "erased", description: "Bad Request: bad webhook: Unknown" };
  const isBefore = trouble.when === undefined || trouble.when === "before";
  const reading: Trouble = { ...trouble, when: "before" };
  return [
    {
      name: `create: ${fault}`,
      operation: "create",
      bot: a.bot,
      plan: () => a.hit(trouble),
      args: a.next,
      succeeds: true,
      live: a.wanted,
      recorded: { ...up, url: a.bot.url },
    },
    {
      name: `take over: ${fault}`,
      operation: "take over",
      bot: b.bot,
      plan: async () => {
        await b.outsider();
        b.hit(trouble);
      },
      args: { ...b.next, takeover: ["foreign.example.com"] },
      succeeds: true,
      live: b.wanted,
      recorded: { ...up, url: b.bot.url, previousUrl: foreignUrl },
    },
    {
      name: `update: ${fault}`,
      operation: "update",
      bot: c.bot,
      first: c.first,
      plan: () => c.hit(trouble),
      args: c.next,
      succeeds: true,
      live: c.wanted,
      recorded: { ...up, url: c.bot.url },
    },
    {
      name: `restore: ${fault}`,
      operation: "restore",
      bot: d.bot,
      first: d.first,
      plan: () => {
        d.hit(refusal);
        d.hit(trouble);
      },
      args: d.next,
      succeeds: false,
      says: /is back in place/,
      live: d.ours,
      recorded: { url: certified, verified: false, secretInForce: true },
    },
    ...(isBefore && trouble.kind !== "409"
      ? [
          {
            name: `read back: ${fault}`,
            operation: "read back" as const,
            bot: e.bot,
            first: e.first,
            // The first look is answered; the ones after the set are hit.
            plan: () => {
              telegram.fault({ kind: "slow", milliseconds: 0, botId: e.bot.id, method: "getWebhookInfo" });
              e.hit(reading, "getWebhookInfo", 2);
            },
            args: e.next,
            succeeds: true,
            live: e.wanted,
            recorded: { ...up, url: e.bot.url },
          },
        ]
      : []),
    ...(trouble.when !== "erased" && trouble.kind !== "409"
      ? [
          {
            name: `remove: ${fault}`,
            operation: "remove" as const,
            bot: f.bot,
            first: f.first,
            plan: () => {
              f.hit(reading, "getWebhookInfo");
              f.hit(trouble, "deleteWebhook");
            },
            args: {},
            succeeds: true,
            live: { url: "", secretToken: null, certificate: null },
          },
        ]
      : []),
  ];
}

type New = ReturnType<typeof newBot>;

/** A real host that Telegram could not find, and still remembers so: the earlier webhook is pinned to its address. */
function unresolvedCells(telegram: FakeTelegram): Cell[] {
  const a = newBot(telegram);
  const host = new URL(a.bot.url).hostname;
  return [
    {
      name: "update: the earlier host does not resolve any more",
      operation: "restore",
      bot: a.bot,
      first: a.bot.args,
      plan: () => telegram.setHost(host, { none: true }),
      args: { ...a.bot.args, url: "https://nowhere.example.com/x" },
      succeeds: false,
      says: /is back in place, pinned to 149\.154\.175\.50 until the next pulumi up/,
      live: { url: a.bot.url, secretToken: a.bot.args["secretToken"] as string },
      recorded: { url: a.bot.url, verified: false },
    },
  ];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
