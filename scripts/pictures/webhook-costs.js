// What a webhook costs over a resource that does nothing: bench/results/webhooks.json as bars.
const { plot } = require("./plot");
const { paragraph, picture } = require("./svg");
const { about, rows, state } = require("../../bench/results/webhooks.json");

const title =
  "Bars for up, no-op up, refresh and destroy: the time with webhooks divided by the time with resources that do nothing; and the bytes that each has in the state.";

const left = 20;
const width = 290;
const labelWidth = 130;
const whole = 940;
const percent = (part) => `${Math.round(part * 100)} %`;

/** A ratio that is nearer to its goal than the noise is no verdict. */
function verdictOf({ ratio, goal, noise }) {
  if (noise === undefined || Math.abs(ratio - goal) < noise) return { kind: "plain", verdict: "no verdict" };
  return ratio <= goal ? { kind: "good", verdict: "reached" } : { kind: "bad", verdict: "missed" };
}

/** The ratio of processor seconds, which other programs on the machine hardly change. */
function processorWords({ webhook, noop }) {
  const [ours, others] = [webhook.processorSeconds, noop.processorSeconds];
  return ours === undefined || others === undefined ? "" : `; of processor time ${(ours / others).toFixed(2)}`;
}

const sizes = [...new Set(rows.map(({ size }) => size))];
/** The bars of each number of webhooks. */
const ratios = sizes.map((size) => ({
  heading: `${size} ${size === 1 ? "webhook" : "webhooks"}: time as a ratio to no-op resources`,
  rows: rows
    .filter((row) => row.size === size)
    .map((row) => {
      const { kind, verdict } = verdictOf(row);
      const noise = row.noise === undefined ? "unknown" : percent(row.noise);
      const words = `${row.ratio.toFixed(2)} (goal ${row.goal}, noise ${noise}: ${verdict})${processorWords(row)}`;
      return { label: row.operation, value: row.ratio, words, kind };
    }),
}));

const isSmall = state.webhook <= state.goal;
const bytes = {
  heading: "Bytes of one resource in the state",
  rows: [
    {
      label: "webhook",
      value: state.webhook,
      words: `${state.webhook} (goal ${state.goal}: ${isSmall ? "reached" : "missed"})`,
      kind: isSmall ? "good" : "bad",
    },
    { label: "no-op resource", value: state.noop, words: `${state.noop}`, kind: "plain" },
  ],
};

function draw() {
  const elements = [];
  let y = 14;
  const add = (parts) => {
    const made = plot({ x: left, y, width, labelWidth, ...parts });
    elements.push(...made.elements);
    y += made.height + 16;
  };
  const max = Math.max(...rows.map(({ ratio }) => ratio));
  for (const { heading, rows: bars } of ratios) add({ heading, rows: bars, max, marks: [1] });
  add({ heading: bytes.heading, rows: bytes.rows, max: Math.max(state.webhook, state.noop) });
  const note = paragraph(
    ...[left, y + 10, whole - 2 * left],
    `Median of ${about.rounds} rounds, ${about.at.slice(0, 10)}; ${about.processors} processors, load ${about.load.toFixed(1)} before and ${about.loadAfter.toFixed(1)} after; engine ${about.engine}, Node ${about.node.slice(1)}. The dashed line is the no-op resource.`,
    { look: "quiet" },
  );
  elements.push(...note.elements);
  return picture({ title, width: whole, height: y + 14 + note.height }, elements);
}

module.exports = { file: "webhook-costs.svg", ratios, bytes, verdictOf, draw };
