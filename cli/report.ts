// How the doctor's findings are printed: lines for people, or one JSON document; and the exit code.
import { createColors } from "picocolors";
import type { Outcome } from "../provider/probe/verdict";

/** One check in the JSON document (docs/doctor.md). */
export interface Check {
  id: "dns" | "tls" | "http" | "bot" | "telegram";
  status: Outcome;
  detail: string;
  fix?: string;
  warnings?: string[];
}

const marks = { pass: "ok  ", fail: "FAIL", "cannot tell": "?   " } as const;
const indent = " ".repeat("FAIL  telegram  ".length);

/** Colours only where a person looks: a terminal, and neither NO_COLOR nor CI. In a pipe Node.js leaves `isTTY` undefined. */
function isColourful(): boolean {
  return Boolean(process.stdout.isTTY) && !process.env["NO_COLOR"] && !process.env["CI"];
}

/** What the doctor prints. */
export interface Report {
  /** Scheme, host and port. */
  url: string;
  version: string;
  time: string;
  /** Where the checks connected: "203.0.113.7:443"; nothing when no address was found. */
  address?: string;
  checks: readonly Check[];
}

export function linesOf({ url, version, time, address, checks }: Report, colourful = isColourful()): string {
  const colours = createColors(colourful);
  const painted = { pass: colours.green, fail: colours.red, "cannot tell": colours.yellow };
  const lines = checks.flatMap(({ id, status, detail, fix, warnings = [] }) => [
    `${painted[status](marks[status])}  ${id.padEnd(8)}  ${detail}`,
    ...(fix === undefined ? [] : [`${indent}${fix}`]),
    ...warnings.map((warning) => `${indent}${colours.yellow("Warning:")} ${warning}`),
  ]);
  const about = [...(address === undefined ? [] : [`connected to ${address}`]), time, `pulumi-telegram ${version}`];
  return [`${colours.bold(url)} (${about.join(", ")})`, ...lines, ...leftOut(url, checks)].join("\n");
}

/** A check that could not begin is told, or its absence would look like a pass. */
function leftOut(url: string, checks: readonly Check[]): string[] {
  const wanted = url.startsWith("https:") ? (["dns", "tls", "http"] as const) : (["dns", "http"] as const);
  const last = Math.max(...checks.map(({ id }) => wanted.findIndex((one) => one === id)));
  const missing = wanted.slice(last + 1);
  return missing.length === 0 ? [] : [`-     ${missing.join(", ")}: left out, since ${wanted[last]} comes first.`];
}

export function documentOf({ url, version, time, address, checks }: Report): string {
  return JSON.stringify({ schemaVersion: 1, url, version, time, address, checks }, undefined, 2);
}

export function exitCodeOf(checks: readonly Check[]): 0 | 1 | 3 {
  if (checks.some(({ status }) => status === "fail")) return 1;
  return checks.every(({ status }) => status === "pass") ? 0 : 3;
}
