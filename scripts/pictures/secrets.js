// The two secrets of an endpoint: which one Telegram sends, which one the bot gets, and where each comes from.
const { arrow, box, boxHeight, paragraph, picture, textAt } = require("./svg");

const title =
  "Telegram sends the secret token of a WebhookSecret. The edge compares it, and hands the update to the bot with a second secret, which follows from the bot's token and which no rotation changes.";

/** What each secret is given to, and as what; test/unit/pictures.test.ts compares it with what an endpoint makes. */
const gives = {
  token: { webhook: "secretToken", route: "secretTokens" },
  second: { route: "upstreamSecret", environment: "WEBHOOK_SECRET" },
};

const way = [
  { kind: "plain", heading: "Telegram", words: "sends the update with the secret token in the header" },
  { kind: "plain", heading: "The edge", words: "compares the secret token and puts the second secret in its place" },
  { kind: "plain", heading: "The bot's process", words: "compares the header with the second secret" },
];

const sources = [
  {
    ...{ kind: "ours", heading: "The secret token", code: "WebhookSecret" },
    words: "is random. A rotation makes a new one. The edge then accepts both, so no delivery fails.",
  },
  {
    ...{ kind: "good", heading: "The second secret", code: "HMAC-SHA-256 of the bot's token" },
    words: "stays the same in a rotation, so the process is not restarted. Only a new token of the bot changes it.",
  },
];

const [left, boxWidth, gap, sourceWidth] = [20, 210, 135, 335];
const width = 2 * left + 3 * boxWidth + 2 * gap;

function draw() {
  const [top, label] = [54, { look: "quiet code" }];
  const height = Math.max(...way.map((part) => boxHeight(boxWidth, part)));
  const x = (at) => left + at * (boxWidth + gap);
  const middle = top + height / 2;
  const low = top + height + 74;
  const sourceHeight = Math.max(...sources.map((source) => boxHeight(sourceWidth, source)));
  const edgeCenter = x(1) + boxWidth / 2;
  const sourceAt = [edgeCenter - 22 - sourceWidth, edgeCenter + 22];
  const up = (at) => arrow([[at, low], [at, top + height + 3]]); // prettier-ignore
  const [toTelegram, toEdge, fromSecond, toBot] = [x(0) + 150, edgeCenter - 60, edgeCenter + 60, x(2) + 60];
  const caption = { look: "quiet", anchor: "middle" };
  const note = paragraph(
    ...[left, low + sourceHeight + 32, width - 2 * left],
    "The edge is a route of nginx, haproxy or Caddy, an HTTP API at AWS or a Worker at Cloudflare. Both secrets come in the header X-Telegram-Bot-Api-Secret-Token.",
    { look: "quiet" },
  );
  const elements = [
    textAt(left, 30, "The way of an update", { look: "text bold" }),
    ...way.flatMap((part, at) => box(x(at), top, boxWidth, height, part)),
    ...arrow([[x(0) + boxWidth, middle], [x(1) - 3, middle]]), // prettier-ignore
    ...arrow([[x(1) + boxWidth, middle], [x(2) - 3, middle]]), // prettier-ignore
    textAt(x(1) - gap / 2, middle - 10, "secret token", caption),
    textAt(x(2) - gap / 2, middle - 10, "second secret", caption),
    ...sources.flatMap((source, at) => box(sourceAt[at], low, sourceWidth, sourceHeight, source)),
    ...[toTelegram, toEdge, fromSecond, toBot].flatMap(up),
    textAt(toTelegram + 10, low - 42, gives.token.webhook, label),
    textAt(toEdge - 112, low - 14, gives.token.route, label),
    textAt(fromSecond + 10, low - 42, gives.second.route, label),
    textAt(toBot - 130, low - 14, gives.second.environment, label),
    ...note.elements,
  ];
  return picture({ title, width, height: low + sourceHeight + 32 + note.height }, elements);
}

module.exports = { file: "secrets.svg", gives, draw };
