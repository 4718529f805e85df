// Reads what `nginx -T` says: whose line is wrong, which files are loaded (`dump.ts`). Pure.
import { parts } from "../../errors";
import type { Ran } from "../../machine";
import type { CheckerReport } from "../program";
import { filesIn } from "./dump";

/** What a run of `nginx -T` says; `http` is our file for all, on which the others build. */
export function checkedOf(
  { code, stdout, stderr }: Ran,
  http: string,
): CheckerReport & Required<Pick<CheckerReport, "loaded">> {
  const lines = stderr
    .split("\n")
    .map((line) => line.replace(/^nginx: |^\d{4}\/\S+ \S+ /, "").replace(/^\[(\w+)\] \d+#\d+: /, "[$1] "));
  const isWarning = (line: string) => line.startsWith("[warn]");
  const warnings = lines.filter(isWarning);
  const complaints = lines.filter((line) => line !== "" && !isWarning(line) && !isVerdict(line));
  const { loaded, ambiguous } = filesIn(stdout);
  if (code === 0 && ambiguous !== undefined) {
    return { isGood: false, complaints: [parts.twoTexts({ file: ambiguous })], warnings, loaded };
  }
  const isGood = code === 0;
  return {
    isGood,
    complaints: isGood ? [] : complaints,
    warnings,
    loaded,
    ...(!isGood && lacksOurs(complaints) && { lacks: http }),
  };
}

/** What it says at the end of every run. */
function isVerdict(line: string): boolean {
  return /^(?:the )?configuration file .* (?:syntax is ok|test (?:is successful|failed))$/.test(line);
}

/** A route is loaded without the file for all, or before it. */
function lacksOurs(complaints: string[]): boolean {
  const said = complaints.join(" ");
  return said.includes('unknown log format "pulumi_telegram"') || said.includes('unknown "pulumi_telegram_');
}
