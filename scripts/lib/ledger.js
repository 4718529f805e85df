// What a test run says of itself: how long it takes here, and at its end the seconds and CLI commands of each file and part.
const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { contractText } = require("./contract-table.js");

/** Where the seconds of the last whole run are kept: `{ [part]: seconds }`. */
const fileIn = (cache) => path.join(cache, "last-test-run.json");

/** The line at the start. `expected`: words for somebody who has never run it; "" when it is not the whole run. */
function planText(parts, cache, expected) {
  const what = `npm test: ${parts.join(", ")}`;
  if (expected === "") return `${what}.`;
  try {
    const { seconds } = JSON.parse(readFileSync(fileIn(cache), "utf8"));
    return `${what}. The last whole run here took ${minutes(seconds)}.`;
  } catch {
    return `${what}. ${expected}`;
  }
}

function keepDuration(cache, seconds) {
  mkdirSync(cache, { recursive: true });
  writeFileSync(fileIn(cache), JSON.stringify({ seconds: Math.round(seconds) }));
}

const minutes = (seconds) => `${Math.floor(seconds / 60)} min ${String(Math.round(seconds % 60)).padStart(2, "0")} s`;

/** The lines at the end. `ledgers`: what the reporter wrote for each run of jest, with the run's name. */
function ledgerText(ledgers) {
  const files = ledgers.flatMap(({ name, files: own }) => own.map((one) => ({ ...one, title: titleOf(one, name) })));
  if (files.length === 0) return [];
  const slowest = [...files].sort((a, b) => b.seconds - a.seconds);
  const commands = files.reduce((total, one) => total + one.commands, 0);
  return [
    "",
    "Seconds and CLI commands of each test file:",
    ...slowest.map(fileLine),
    ...(commands > 0 ? ["", `${commands} CLI commands. Files by how many they run:`, ...histogram(files)] : []),
    "",
    "The ten slowest:",
    ...slowest.slice(0, 10).map(fileLine),
    "",
    "Parts (files, seconds of all workers):",
    ...partLines(files),
    ...contractText(ledgers.flatMap(({ cells }) => cells)),
    ...blockedLines(ledgers.flatMap(({ blocked }) => blocked)),
  ];
}

const titleOf = ({ file }, name) => (name.includes("24") ? `${file} (Node.js 24)` : file);
const fileLine = ({ title, seconds, commands }) =>
  `${seconds.toFixed(1).padStart(7)}  ${commands > 0 ? String(commands).padStart(3) : "   "}  ${title}`;

/** One row for each ten commands: how many files run so many. */
function histogram(files) {
  const rows = new Map();
  for (const { commands } of files.filter((one) => one.commands > 0)) {
    const row = Math.floor((commands - 1) / 10);
    rows.set(row, (rows.get(row) ?? 0) + 1);
  }
  const label = (row) => `${row * 10 + 1} to ${row * 10 + 10}`.padStart(10);
  return [...rows].sort(([a], [b]) => a - b).map(([row, count]) => `${label(row)}  ${"#".repeat(count)} ${count}`);
}

function partLines(files) {
  const parts = new Map();
  for (const { file, title, seconds } of files) {
    const part = title.includes("24") ? "node-24" : file.split("/")[1];
    const { count, sum } = parts.get(part) ?? { count: 0, sum: 0 };
    parts.set(part, { count: count + 1, sum: sum + seconds });
  }
  return [...parts].map(
    ([part, { count, sum }]) => `  ${part.padEnd(8)}${String(count).padStart(4)} ${sum.toFixed(0).padStart(6)}`,
  );
}

function blockedLines(blocked) {
  if (blocked.length === 0) return [];
  return ["", `${blocked.length} blocked:`, ...blocked.map(({ test, step }) => `  ${test}: by "${step}"`)];
}

module.exports = { keepDuration, ledgerText, minutes, planText };
