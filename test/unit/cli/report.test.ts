// How the doctor's findings look: lines, colours, and the exit code.
import { exitCodeOf, linesOf } from "../../../cli/report";
import type { Check } from "../../../cli/report";

const check = (id: Check["id"], status: Check["status"], more: Partial<Check> = {}): Check => {
  return { id, status, detail: `${id} was looked at.`, ...more };
};
const url = "https://bots.example.com/…";
const report = (checks: Check[], shown = url) => ({
  url: shown,
  version: "0.1.0",
  time: "2026-11-28T12:00:00Z",
  address: "203.0.113.7:443",
  checks,
});

test("a line for each check; the cure and the warnings are below it", () => {
  const checks = [
    check("dns", "pass", { warnings: ["Soon it is not.", "Nor is that."] }),
    check("tls", "cannot tell", { fix: "Ask again." }),
    check("http", "fail", { fix: "Repair it.", warnings: ["And that."] }),
    check("telegram", "pass"),
  ];
  expect(linesOf(report(checks), false).split("\n")).toEqual([
    `${url} (connected to 203.0.113.7:443, 2026-11-28T12:00:00Z, pulumi-telegram 0.1.0)`,
    "ok    dns       dns was looked at.",
    "                Warning: Soon it is not.",
    "                Warning: Nor is that.",
    "?     tls       tls was looked at.",
    "                Ask again.",
    "FAIL  http      http was looked at.",
    "                Repair it.",
    "                Warning: And that.",
    "ok    telegram  telegram was looked at.",
  ]);
});

test.each([
  [url, [check("dns", "fail")], ["-     tls, http: left out, since dns comes first."]],
  [url, [check("tls", "fail"), check("telegram", "pass")], ["-     http: left out, since tls comes first."]],
  ["http://bots.example.com/…", [check("dns", "fail")], ["-     http: left out, since dns comes first."]],
  ["http://bots.example.com/…", [check("http", "fail")], []],
])("%s, %j: what was left out is said", (shown, checks, expected) => {
  expect(
    linesOf(report(checks, shown), false)
      .split("\n")
      .filter((line) => line.startsWith("-")),
  ).toEqual(expected);
});

describe("colours", () => {
  const names = ["NO_COLOR", "CI", "FORCE_COLOR"];
  const terminal = process.stdout as { isTTY: boolean | undefined };
  const before = { isTTY: terminal.isTTY, environment: names.map((name) => [name, process.env[name]] as const) };
  const given = (isTTY: boolean | undefined, environment: NodeJS.ProcessEnv) => {
    terminal.isTTY = isTTY;
    for (const name of names) delete process.env[name];
    Object.assign(process.env, environment);
  };
  afterEach(() => {
    given(before.isTTY, Object.fromEntries(before.environment.filter(([, value]) => value !== undefined)));
  });

  test.each([
    ["on a terminal", true, {}, true],
    ["not in a pipe", undefined, {}, false],
    ["not in a pipe of a CI", undefined, { FORCE_COLOR: "1", CI: "true" }, false],
    ["not with NO_COLOR", true, { NO_COLOR: "1" }, false],
    ["not with CI", true, { CI: "true" }, false],
  ] as [string, boolean | undefined, NodeJS.ProcessEnv, boolean][])("%s", (_name, isTTY, environment, expected) => {
    given(isTTY, environment);
    expect(linesOf(report([check("http", "fail")])).includes("\u001b[31mFAIL\u001b[39m")).toBe(expected);
  });
});

test.each([
  [[], 0],
  [["pass", "pass"], 0],
  [["pass", "cannot tell"], 3],
  [["cannot tell", "fail"], 1],
] as [Check["status"][], number][])("%j is exit code %d", (statuses, code) => {
  expect(exitCodeOf(statuses.map((status) => check("http", status)))).toBe(code);
});
