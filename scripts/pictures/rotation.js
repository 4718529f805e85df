// A rotation without loss: which secret Telegram sends, which ones the edge accepts, and what the bot is given, moment by moment.
const { box, boxHeight, paragraph, picture, textAt } = require("./svg");

const title =
  "A rotation in five moments. The edge accepts the second secret before Telegram sends it, and the first one until it is revoked. The bot is given the same value all the time.";

/** `sent`: by Telegram; `accepted`: by the edge. test/unit/pictures.test.ts compares them with what the WebhookSecret makes. */
const moments = [
  { name: "before", words: "version 1 is in force", sent: [1], accepted: [1] },
  { name: "up: the secret", words: "rotateTrigger has another value, so version 2 is made", sent: [1], accepted: [1] },
  { name: "up: the route", words: "the edge takes both, and a probe proves it", sent: [1], accepted: [2, 1] },
  { name: "up: the webhook", words: "setWebhook with version 2", sent: [2], accepted: [2, 1] },
  { name: "a later up", words: "revokePreviousTrigger has another value", sent: [2], accepted: [2] },
];

const left = 20;
const labelWidth = 160;
const columnWidth = 170;
const width = left + labelWidth + moments.length * columnWidth + left;
const kinds = { 1: "plain", 2: "ours" };

/** The versions as coloured boxes, one below the other. */
function versions(list, x, y) {
  const inside = columnWidth - 10;
  const height = boxHeight(inside, { words: "x" });
  return list.flatMap((version, at) =>
    box(x, y + at * (height + 6), inside, height, { kind: kinds[version], words: `version ${version}` }),
  );
}

function draw() {
  const elements = [];
  const column = (at) => left + labelWidth + at * columnWidth;
  moments.forEach(({ name, words }, at) => {
    elements.push(textAt(column(at), 36, `${at + 1}. ${name}`, { look: "text bold" }));
    elements.push(...paragraph(column(at), 58, columnWidth - 12, words, { look: "quiet" }).elements);
  });
  const lane = (label, y, cells) =>
    elements.push(
      `<line class="line" x1="${left}" y1="${y - 10}" x2="${width - left}" y2="${y - 10}" stroke-width="0.5"/>`,
      textAt(left, y + 24, label, { look: "text bold" }),
      ...cells,
    );
  const each = (y, of) => moments.flatMap((moment, at) => versions(of(moment), column(at), y));
  lane(
    "Telegram sends",
    140,
    each(140, ({ sent }) => sent),
  );
  lane(
    "the edge accepts",
    206,
    each(206, ({ accepted }) => accepted),
  );
  const y = 312;
  const all = moments.length * columnWidth - 10;
  const words =
    "WEBHOOK_SECRET of its environment: it follows from the token and stays, so the process is not restarted";
  lane("the bot is given", y, box(column(0), y, all, boxHeight(all, { words }), { kind: "good", words }));
  const note = paragraph(
    ...[left, y + 72, width - 2 * left],
    "Moments 2 to 4 are one pulumi up. If it fails or is killed between them, Telegram goes on sending version 1, which the edge still accepts.",
    { look: "quiet" },
  );
  elements.push(...note.elements);
  return picture({ title, width, height: y + 72 + note.height }, elements);
}

module.exports = { file: "rotation.svg", moments, draw };
