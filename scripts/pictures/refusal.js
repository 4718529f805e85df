// What happens when a step of setting a webhook fails: what is true then, and with which code the command ends.
const { arrow, box, boxHeight, paragraph, picture } = require("./svg");

const title =
  "The five steps of setting a webhook, and beside each what happens when it fails: what the bot has then, and the code of the error.";

/** `quote`: a piece of the message; test/unit/pictures.test.ts looks both up in the code. */
const steps = [
  {
    does: { heading: "Read what is live", code: "getWebhookInfo" },
    fails: {
      ...{ code: "WEBHOOK_NOT_OURS", quote: "which this resource did not set. Nothing was written." },
      ...{
        heading: "Someone else set it",
        words: "Nothing is written. Declare that URL, or name its host in takeover.",
      },
    },
  },
  {
    does: { heading: "Check the endpoint", words: "its name, its certificate, its answer to the secret" },
    fails: {
      ...{ code: "ENDPOINT_BROKEN", quote: "is not ready" },
      ...{ heading: "It is broken", words: "Nothing is sent, so the bot keeps the webhook that it has." },
    },
  },
  {
    does: { heading: "Set the webhook", code: "setWebhook" },
    fails: {
      ...{ code: "TELEGRAM_REFUSED", quote: "is back in place" },
      heading: "Telegram refuses",
      words:
        "It has erased the old webhook by then. So the old one is set again at once, with secret and certificate: the bot works as before.",
      worse: {
        quote: "could not be put back",
        ...{
          heading: "The old one fails, too",
          words: "The bot has no webhook. Its updates wait at Telegram for a day, until the next up.",
        },
      },
    },
  },
  {
    does: { heading: "Read it back", code: "getWebhookInfo" },
    fails: {
      ...{ code: "WEBHOOK_NOT_AS_SENT", quote: "was accepted, but" },
      ...{ heading: "It is not what was sent", words: "Someone else writes to this bot. Stop that writer first." },
    },
  },
  {
    does: { heading: "Watch for some seconds", words: "for an error that is newer than the set" },
    fails: {
      ...{ code: "DELIVERY_FAILING", quote: "but Telegram could not deliver to it" },
      ...{
        heading: "Telegram cannot deliver",
        words: "The new webhook stays. The error has the cause and what to do.",
      },
    },
  },
];

const [left, stepWidth, failWidth, worseWidth, gap] = [20, 230, 320, 230, 50];
const width = left + stepWidth + gap + failWidth + gap + worseWidth + left;

function draw() {
  const elements = [];
  let y = 20;
  let below;
  for (const { does, fails } of steps) {
    const { code, heading, words, worse } = fails;
    const failed = { kind: worse ? "good" : "bad", heading, code, words };
    const doing = { kind: "ours", ...does };
    const height = Math.max(boxHeight(stepWidth, doing), boxHeight(failWidth, failed));
    if (below !== undefined) elements.push(...arrow([[left + stepWidth / 2, below], [left + stepWidth / 2, y - 3]])); // prettier-ignore
    elements.push(...box(left, y, stepWidth, height, doing));
    const x = left + stepWidth + gap;
    elements.push(...arrow([[left + stepWidth, y + height / 2], [x - 3, y + height / 2]], { isDashed: true })); // prettier-ignore
    elements.push(...box(x, y, failWidth, height, failed));
    if (worse) {
      const last = { kind: "bad", heading: worse.heading, words: worse.words };
      const end = x + failWidth + gap;
      elements.push(...arrow([[x + failWidth, y + height / 2], [end - 3, y + height / 2]], { isDashed: true })); // prettier-ignore
      elements.push(...box(end, y, worseWidth, Math.max(height, boxHeight(worseWidth, last)), last));
    }
    below = y + height;
    y = below + 30;
  }
  const done = { kind: "good", heading: "Done", code: "verified: true" };
  elements.push(...arrow([[left + stepWidth / 2, below], [left + stepWidth / 2, y - 3]])); // prettier-ignore
  elements.push(...box(left, y, stepWidth, boxHeight(stepWidth, done), done));
  const note = paragraph(
    ...[left + stepWidth + gap, y + 22, width - stepWidth - gap - 2 * left],
    "After every failure the state says what is true, and the next pulumi up begins at the top and sends the declared webhook again.",
    { look: "quiet" },
  );
  elements.push(...note.elements);
  return picture({ title, width, height: y + boxHeight(stepWidth, done) + 20 }, elements);
}

module.exports = { file: "refusal.svg", steps, draw };
