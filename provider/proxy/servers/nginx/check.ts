// Reads what `nginx -T` says: whose line is wrong, which files are loaded. Pure.
import type { Ran } from "../../machine";
import type { CheckerReport } from "../program";

/** What a run of `nginx -T` says; `http` is our file for all, on which the others build. */
export function checkedOf(
  { code, stdout, stderr }: Ran,
  http: string,
): CheckerReport & Required<Pick<CheckerReport, "loaded">> {
  const lines = stderr
    .split("\n")
    .map((line) => line.replace(/^nginx: |^\d{4}\/\S+ \S+ /, "").replace(/^\[(\w+)\] \d+#\d+: /, "[$1] "));
  const warnings = lines.filter((line) => line.startsWith("[warn]"));
  const complaints = lines.filter(
    (line) =>
      line !== "" &&
      !warnings.includes(line) &&
      !/^(?:the )?configuration file .* (?:syntax is ok|test (?:is successful|failed))$/.test(line),
  );
  const loaded = new Map<string, string>();
  const [, ...parts] = `\n${stdout}`.split(/^# configuration file (.+):$/m);
  for (let at = 0; at + 1 < parts.length; at += 2)
    loaded.set(parts[at] ?? "", (parts[at + 1] ?? "").replace(/^\n/, ""));
  const isGood = code === 0;
  return {
    isGood,
    complaints: isGood ? [] : complaints,
    warnings,
    loaded,
    ...(!isGood && lacksOurs(complaints) && { lacks: http }),
  };
}

/** A route is loaded without the file for all, or before it. */
function lacksOurs(complaints: string[]): boolean {
  const said = complaints.join(" ");
  return said.includes('unknown log format "pulumi_telegram"') || said.includes('unknown "pulumi_telegram_');
}
