// The chain of an endpoint: the way of an update, and the order in which one `pulumi up` makes the parts.
const { arrow, box, boxHeight, paragraph, picture, textAt } = require("./svg");

const title =
  "Above: an update goes from Telegram through the name and the proxy server to the bot. Below: one pulumi up makes record, certificate and secret, then the route, then the webhook.";

/** The way of an update. `by`: the child that makes this part. */
const way = [
  { heading: "Telegram", words: "has an update for the bot", kind: "plain" },
  { heading: "bots.example.com", words: "is the machine's address", by: "record" },
  { heading: "nginx, haproxy or Caddy", words: "shows the certificate and compares the secret", by: "route" },
  { heading: "the bot's process", words: "gets updates from Telegram only", kind: "plain" },
];

/** The children by the step in which they are made; test/unit/pictures.test.ts compares them with the component's own. */
const children = {
  record: { step: 1, heading: "DnsRecord", words: "is ready when every name server of the zone answers with it" },
  certificate: { step: 1, heading: "TlsCertificate", words: "is made, or renewed in time" },
  secret: { step: 1, heading: "WebhookSecret", words: "is made, or rotated" },
  route: {
    ...{ step: 2, heading: "ProxyRoute" },
    words:
      "is written, checked by the server, loaded and asked with the secret. If it does not answer, the old files come back",
  },
  webhook: {
    ...{ step: 3, heading: "TelegramWebhook" },
    words:
      "looks at the name, the certificate and the answer, as Telegram will. Then it is set, read back and watched for some seconds",
  },
};

/** Which child waits for which. */
const needs = [
  ["certificate", "route"],
  ["secret", "route"],
  ["record", "webhook"],
  ["secret", "webhook"],
  ["route", "webhook"],
];

const width = 900;
const left = 20;
const heading = (y, text) => textAt(left, y, text, { look: "text bold" });

/** The way of an update, from `y` down; returns where it ends, too. */
function drawWay(y) {
  const [boxWidth, gap] = [194, 28];
  const height = Math.max(...way.map((part) => boxHeight(boxWidth, part)));
  const elements = way.flatMap(({ by, kind = "ours", ...content }, at) => {
    const x = left + at * (boxWidth + gap);
    const center = y + height / 2;
    const from = at > 0 ? arrow([[x - gap + 2, center], [x - 3, center]]) : []; // prettier-ignore
    const look = { look: "quiet", anchor: "middle" };
    const maker = by && textAt(x + boxWidth / 2, y + height + 20, `made by ${children[by].heading}`, look);
    return [...from, ...box(x, y, boxWidth, height, { kind, ...content }), ...(maker ? [maker] : [])];
  });
  return { elements, end: y + height + 20 };
}

const stepWidth = 236;

/** Where each child stands: the first step's below each other, the other two in the middle beside them. */
function placesFrom(y) {
  const places = {};
  let end = y;
  for (const [role, { step, heading: title, words }] of Object.entries(children)) {
    const content = { kind: "ours", heading: title, code: `<name>-${role}`, words };
    const height = boxHeight(stepWidth, content);
    const x = left + (step - 1) * (stepWidth + 76);
    const top = step === 1 ? end : y + (end - 22 - y - height) / 2;
    places[role] = { x, top, height, right: x + stepWidth, center: x + stepWidth / 2, bottom: top + height, content };
    if (step === 1) end += height + 22;
  }
  return { places, end: end - 22 };
}

/** An arrow for each pair of children of which one waits for the other. */
function drawNeeds({ record, certificate, secret, route, webhook }) {
  const [side, turn] = [24, secret.right + 38];
  const [ofCertificate, ofRoute] = [certificate, route].map(({ top, height }) => top + height / 2);
  const low = secret.bottom - 18;
  const paths = {
    "certificate route": [[certificate.right, ofCertificate], [route.x - 3, ofCertificate]], // prettier-ignore
    "secret route": [[secret.right, secret.top + side], [turn, secret.top + side], [turn, route.bottom - side], [route.x - 3, route.bottom - side]], // prettier-ignore
    "route webhook": [[route.right, ofRoute], [webhook.x - 3, ofRoute]], // prettier-ignore
    "record webhook": [[record.right, record.top + side], [webhook.center, record.top + side], [webhook.center, webhook.top - 3]], // prettier-ignore
    "secret webhook": [[secret.right, low], [webhook.center, low], [webhook.center, webhook.bottom + 3]], // prettier-ignore
  };
  const ofAcme = [[record.center, record.bottom], [record.center, certificate.top - 3]]; // prettier-ignore
  return [...needs.flatMap((pair) => arrow(paths[pair.join(" ")])), ...arrow(ofAcme, { isDashed: true })];
}

function draw() {
  const ways = drawWay(46);
  const top = ways.end + 42;
  const { places, end } = placesFrom(top + 44);
  const note = paragraph(
    ...[left, end + 34, width - 2 * left],
    "An arrow leads from a part to the one that waits for it. The dashed one is there when an ACME server signs the certificate: it asks for the name first. A rotation takes the same order, and pulumi destroy the opposite one.",
    { look: "quiet" },
  );
  const elements = [
    heading(30, "How an update comes to the bot"),
    ...ways.elements,
    heading(top, "The order of one pulumi up"),
    ...[places.record, places.route, places.webhook].map(({ x }, at) =>
      textAt(x, top + 30, `Step ${at + 1}`, { look: "quiet" }),
    ),
    ...Object.values(places).flatMap(({ x, top: y, height, content }) => box(x, y, stepWidth, height, content)),
    ...drawNeeds(places),
    ...note.elements,
  ];
  return picture({ title, width, height: end + 34 + note.height }, elements);
}

module.exports = { file: "endpoint.svg", children, needs, draw };
