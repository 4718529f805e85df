// The fault table: what can go wrong with a call × in which operation. One bot a cell; the truth is the fake server's store.
import type { FakeTelegram } from "../../testing";
import { certified, escaped, foreignUrl, newBot, none, seenOfTheirs } from "./fault-cells";
import type { Cell, New, Trouble } from "./fault-cells";
import { deadTokenCells, negativeCacheCells } from "./fault-cells-final";

/** What Telegram refuses, each after it has erased what was there. Source: the Bot API server's `Client.cpp`. */
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

/**
 * All cells, for a server that forgets good look-ups at once (positiveCacheSeconds: 0) and remembers failed ones for
 * `negativeCacheSeconds`; each with a bot of its own and two updates that wait.
 */
export function faultTable(telegram: FakeTelegram, negativeCacheSeconds: number): Cell[] {
  const cells: Cell[] = [];
  for (const [fault, trouble] of refused) {
    cells.push(...refusedCells(telegram, fault, trouble));
  }
  for (const [fault, trouble] of passing) {
    cells.push(...passingCells(telegram, fault, trouble));
  }
  cells.push(...deadTokenCells(telegram), ...negativeCacheCells(telegram, negativeCacheSeconds));
  return cells;
}

function refusedCells(telegram: FakeTelegram, fault: string, trouble: Trouble): Cell[] {
  const description = String(trouble.description).replace("Bad Request: ", "");
  const says = new RegExp(`was refused \\(400\\): "${escaped(description)}"`);
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
      live: seenOfTheirs,
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
              e.hit(trouble, "getWebhookInfo", 2);
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
              if (isBefore) f.hit(trouble, "getWebhookInfo");
              f.hit(trouble, "deleteWebhook");
            },
            args: {},
            succeeds: true,
            live: none,
          },
        ]
      : []),
  ];
}
