// What a route costs its proxy server: bench/results/edge.json as bars, in two pictures.
const { plot } = require("./plot");
const { paragraph, picture } = require("./svg");
const { about, changes, latencies, reloads } = require("../../bench/results/edge.json");

const left = 20;
const whole = 940;
const sizes = [1, 100, 1000];
const nameOf = (size) => `${size.toLocaleString("en")} ${size === 1 ? "route" : "routes"}`;
const names = Object.keys(about.versions);
const headingOf = (server) => `${server} ${about.versions[server]}`;
const notMeasured = { words: "not measured" };

/** An update through the route, for each server and number of routes. */
const updates = names.map((server) => ({
  heading: headingOf(server),
  rows: sizes.map((size) => {
    const label = nameOf(size);
    const of = (way) => latencies.find((row) => row.server === server && row.routes === size && row.way === way)?.p50;
    const [route, again] = [of("route"), of("bare again")];
    if (route === undefined) return { label, ...notMeasured };
    const words = `${route.ratio.toFixed(2)} (${route.milliseconds.toFixed(2)} ms; the bare proxy once more: ${again.ratio.toFixed(2)})`;
    return { label, value: route.ratio, words };
  }),
}));

/** All routes made at once, and some at a time. */
const made = names.map((server) => ({
  heading: headingOf(server),
  rows: sizes.map((size) => {
    const label = nameOf(size);
    const own = changes.filter((row) => row.server === server && row.routes === size);
    const all = own.find(({ atOnce }) => atOnce === size)?.make;
    if (all === undefined) return { label, ...notMeasured };
    const some = own.find(({ atOnce }) => atOnce !== size);
    const reload = reloads.find((row) => row.server === server && row.routes === size);
    const words = [
      wordsOf(all),
      ...(some === undefined ? [] : [`${some.atOnce} at a time: ${wordsOf(some.make)}`]),
      `a reload takes ${reload.medianSeconds} s`,
    ];
    return { label, value: all.seconds, words: words.join("; ") };
  }),
}));

function wordsOf({ seconds, reloads: count }) {
  return `${seconds.toFixed(1)} s, ${count} ${count === 1 ? "reload" : "reloads"}`;
}

const machine = `${about.at.slice(0, 10)}; ${about.processors} processors, load ${about.loadBefore.toFixed(1)} before and ${about.loadAfter.toFixed(1)} after; Node ${about.node.slice(1)}.`;

/** One block of bars for each server, and a note below. */
function drawn({ title, blocks, width, marks, note }) {
  const elements = [];
  let y = 14;
  const max = Math.max(...blocks.flatMap(({ rows }) => rows.map(({ value }) => value ?? 0)));
  for (const { heading, rows } of blocks) {
    const block = plot({ x: left, y, width, labelWidth: 130, heading, rows, max, marks });
    elements.push(...block.elements);
    y += block.height + 16;
  }
  const below = paragraph(left, y + 10, whole - 2 * left, note, { look: "quiet" });
  elements.push(...below.elements);
  return picture({ title, width: whole, height: y + 14 + below.height }, elements);
}

const updatesPicture = {
  file: "edge-updates.svg",
  blocks: updates,
  draw: () =>
    drawn({
      title:
        "Bars for nginx, haproxy and Caddy: the time of an update through a route divided by the time through a bare proxy on the same server, with 1, 100 and 1,000 routes.",
      blocks: updates,
      width: 360,
      marks: [1],
      note: `Median of ${about.requests.toLocaleString("en")} updates, ${machine} The dashed line is the bare proxy. The same bare proxy, measured once more, shows the noise.`,
    }),
};

const changesPicture = {
  file: "edge-changes.svg",
  blocks: made,
  draw: () =>
    drawn({
      title:
        "Bars for nginx, haproxy and Caddy: seconds to make 1, 100 and 1,000 routes at once, with the number of reloads.",
      blocks: made,
      width: 240,
      note: `Each route is proved by a probe. Measured once, ${machine}`,
    }),
};

module.exports = { updates: updatesPicture, changes: changesPicture };
