// From raw numbers to what is shown: ratios, goals, and one table with the noise beside them.

/** Ratio of medians to the no-op resource, by operation. */
export const goals = { up: 1.15, "no-op up": 1.05, refresh: 1.05, destroy: 1.15 };
export const stateGoalBytes = 2600;
export const importGoalMilliseconds = 20;

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** One row for each size and operation. `runs`: { size, kind, operation, seconds, peakMegabytes, processorSeconds, requests }. */
export function rowsOf(runs) {
  const sizes = [...new Set(runs.map(({ size }) => size))];
  return sizes.flatMap((size) => Object.keys(goals).map((operation) => rowOf(runs, size, operation)));
}

function rowOf(runs, size, operation) {
  const of = (kind) => runs.filter((run) => run.size === size && run.operation === operation && run.kind === kind);
  const [webhook, noop] = ["webhook", "noop"].map((kind) => summary(of(kind)));
  const ratio = webhook.medianSeconds / noop.medianSeconds;
  return {
    size,
    operation,
    webhook,
    noop,
    ratio,
    ...(webhook.spread !== undefined && { noise: Math.max(webhook.spread, noop.spread) }),
    ratioOfMinimums: webhook.minSeconds / noop.minSeconds,
    addedMillisecondsEach: ((webhook.medianSeconds - noop.medianSeconds) * 1000) / size,
    goal: goals[operation],
    isReached: ratio <= goals[operation],
    requestsEach: median(of("webhook").map(({ requests }) => requests)) / size,
  };
}

function summary(runs) {
  const seconds = runs.map((run) => run.seconds);
  const known = (key) => runs.flatMap((run) => run[key] ?? []);
  const [peaks, processor] = [known("peakMegabytes"), known("processorSeconds")];
  return {
    medianSeconds: median(seconds),
    minSeconds: Math.min(...seconds),
    ...(runs.length > 1 && { spread: (Math.max(...seconds) - Math.min(...seconds)) / median(seconds) }),
    ...(peaks.length > 0 && { peakMegabytes: Math.max(...peaks), processorSeconds: median(processor) }),
  };
}

/** What is kept of a result: the table and not each run, with numbers that a reader can compare. */
export function recordOf({ about, runs, stateBytes, stateParts, imports, fakeServer }, { loadAfter }) {
  const { package: ours, provider, sdk } = imports;
  const record = {
    about: { ...about, loadAfter },
    rows: rowsOf(runs),
    state: { ...stateBytes, goal: stateGoalBytes, parts: Object.fromEntries(stateParts) },
    importMilliseconds: {
      package: median(ours.inside),
      provider: median(provider.inside),
      sdk: median(sdk.inside),
      goal: importGoalMilliseconds,
    },
    fakeServer,
  };
  return JSON.parse(JSON.stringify(record, (_, value) => (typeof value === "number" ? rounded(value) : value)));
}

const rounded = (number) => Math.round(number * 1000) / 1000;

const notes = [
  'Seconds are of the whole CLI run, median (minimum). "ratio" is of the medians and is what the goal is for, "of min" is of',
  'the minimums. "noise" is (slowest - fastest) / median, of the kind where it is larger: a ratio that is nearer to its goal',
  'than that is no verdict. "added" is what one webhook costs over one no-op resource. Processor seconds (median) and peak',
  "memory (largest) are samples every 50 ms of all processes of a run; memory that processes share counts in each.",
];

/** The whole result as text. */
export function textOf({ about, runs, stateBytes, stateParts, imports, fakeServer }) {
  const rows = rowsOf(runs);
  return [
    `${about.rounds === 1 ? "1 round" : `${about.rounds} rounds`}; engine ${about.engine}, SDK ${about.sdk}, Node ${about.node}, ${about.processors} processors, load ${about.load.toFixed(1)} at the start`,
    "",
    table(rows),
    "",
    ...rows.flatMap(({ size, operation, requestsEach }) =>
      size === about.sizes.at(-1) ? [`requests a webhook, ${operation}: ${requestsEach}`] : [],
    ),
    stateLine(stateBytes),
    `  of which ${stateParts.map(([name, bytes]) => `${name} ${bytes}`).join(", ")}`,
    ...importLines(imports),
    ...(fakeServer
      ? [`fake server: ${fakeServer.processorMillisecondsEach.toFixed(1)} ms of processor a request`]
      : []),
    "",
    ...notes,
    ...(about.rounds === 1 ? ["With one round the noise is not known at all."] : []),
  ].join("\n");
}

function table(rows) {
  const lines = rows.map((row) => {
    const { webhook, noop } = row;
    return [
      String(row.size),
      row.operation,
      seconds(webhook),
      seconds(noop),
      row.ratio.toFixed(2),
      row.ratioOfMinimums.toFixed(2),
      `<= ${row.goal}`,
      row.isReached ? "ok" : "over",
      row.noise === undefined ? "-" : `${Math.round(row.noise * 100)} %`,
      `${row.addedMillisecondsEach.toFixed(1)} ms`,
      `${webhook.processorSeconds?.toFixed(2) ?? "-"} / ${noop.processorSeconds?.toFixed(2) ?? "-"}`,
      `${webhook.peakMegabytes ?? "-"} / ${noop.peakMegabytes ?? "-"}`,
    ];
  });
  const head = [
    "N",
    "",
    "webhooks",
    "no-op",
    "ratio",
    "of min",
    "goal",
    "",
    "noise",
    "added",
    "processor s",
    "peak MB",
  ];
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column].length)));
  const pad = (text, column) =>
    column === 1 || column === 7 ? text.padEnd(widths[column]) : text.padStart(widths[column]);
  return [head, ...lines].map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

const seconds = ({ medianSeconds, minSeconds }) => `${medianSeconds.toFixed(2)} (${minSeconds.toFixed(2)})`;
const mark = (isReached) => (isReached ? "ok" : "over");

function stateLine({ webhook, noop }) {
  const ratio = (webhook / noop).toFixed(2);
  return `state: ${webhook} bytes a webhook (no-op ${noop}, ratio ${ratio}), goal <= ${stateGoalBytes}: ${mark(webhook <= stateGoalBytes)}`;
}

function importLines({ sdk, package: ours, provider }) {
  const both = (values) => `${median(values).toFixed(1)} ms (${Math.min(...values).toFixed(1)})`;
  const difference = median(ours.process) - median(sdk.process);
  return [
    `import: pulumi-telegram after the SDK ${both(ours.inside)}, goal <= ${importGoalMilliseconds} ms: ${mark(median(ours.inside) <= importGoalMilliseconds)}; ` +
      `whole processes differ by ${difference.toFixed(0)} ms of ${median(sdk.process).toFixed(0)}`,
    `import: the provider's entry alone ${both(provider.inside)}; the SDK ${both(sdk.inside)}`,
  ];
}
