// Reads what `haproxy -c` says: whose line is wrong, and what it warns of. It does not tell which files it loads. Pure.
import type { Ran } from "../../machine";
import type { CheckerReport } from "../program";

/** How it ends when there is no mistake and nothing to listen on: so it is before the first route and after the last one. */
const noListener = 2;

/** `base`: our file for all, on which the others build. */
export function haproxyReport({ code, stdout, stderr }: Ran, base: string): CheckerReport {
  const isIdle = code === noListener && /will not start \(no listener\)/.test(stdout);
  const isGood = code === 0 || isIdle;
  const said = messagesIn(stderr);
  const complaints = said.filter((line) => !line.startsWith("[WARNING]") && !isVerdict(line));
  return {
    isGood,
    complaints: isGood ? [] : complaints,
    warnings: said.filter((line) => line.startsWith("[WARNING]")),
    ...(!isGood &&
      complaints.some((line) => line.includes("defaults section 'pulumi-telegram' not found")) && { lacks: base }),
  };
}

/** A message of several lines is one line; times and the process are left out, and so are notices. */
export function messagesIn(stderr: string): string[] {
  const messages: string[] = [];
  for (const line of stderr.split("\n")) {
    const [, level, words] = /^\[(\w+)\] +(?:\d+\/\d+ )?\(\d+\) : (?:config : )?(.*)$/.exec(line) ?? [];
    if (level !== undefined) messages.push(`[${level}] ${words}`);
    else if (line.trim() !== "" && messages.length > 0) messages.push(`${messages.pop()} ${line.trim()}`);
    else if (line.trim() !== "") messages.push(line.trim());
  }
  return messages.map((line) => line.trimEnd()).filter((line) => !line.startsWith("[NOTICE]"));
}

/** What it says at the end of a run. */
function isVerdict(line: string): boolean {
  return /^\[ALERT\] (?:Error\(s\) found in configuration file : |Fatal errors found in configuration\.)/.test(line);
}
