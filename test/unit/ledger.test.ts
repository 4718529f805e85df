// What a test run says at its start and its end, and what a story's tests do when a step of theirs fails.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Cell } from "../support/contract";
import { Blocked, step } from "../support/story";

interface Ledger {
  name: string;
  files: { file: string; seconds: number; commands: number }[];
  blocked: { test: string; step: string }[];
  cells: Cell[];
}
interface LedgerModule {
  ledgerText: (ledgers: Ledger[]) => string[];
  planText: (parts: string[], cache: string, expected: string) => string;
  keepDuration: (cache: string, seconds: number) => void;
}
const { keepDuration, ledgerText, planText } = require("../../scripts/lib/ledger.js") as LedgerModule;

test("the end tells seconds and commands of each file, a histogram, the slowest, each part, the contract of the proxy servers, and what was blocked", () => {
  const file = (name: string, seconds: number, commands = 0) => ({ file: name, seconds, commands });
  const ledgers = [
    { name: "unit", files: [file("test/unit/a.test.ts", 2)], blocked: [], cells: [] },
    { name: "on Node.js 24", files: [file("test/unit/a.test.ts", 3)], blocked: [], cells: [] },
    {
      name: "engine",
      files: [file("test/engine/b.test.ts", 60, 12), file("test/engine/c.test.ts", 30.5, 3)],
      blocked: [{ test: "C: it is removed", step: "made" }],
      cells: [
        { title: "a change", behaviour: "it is made", column: "nginx listener", word: "yes" },
        { title: "a change", behaviour: "the disk is full", column: "haproxy location", word: "FAILS" },
        { title: "a request", behaviour: "in chunks", column: "haproxy location", word: "411" },
      ],
    },
  ];
  expect(ledgerText(ledgers)).toEqual([
    "",
    "Seconds and CLI commands of each test file:",
    "   60.0   12  test/engine/b.test.ts",
    "   30.5    3  test/engine/c.test.ts",
    "    3.0       test/unit/a.test.ts (Node.js 24)",
    "    2.0       test/unit/a.test.ts",
    "",
    "15 CLI commands. Files by how many they run:",
    "   1 to 10  # 1",
    "  11 to 20  # 1",
    "",
    "The ten slowest:",
    "   60.0   12  test/engine/b.test.ts",
    "   30.5    3  test/engine/c.test.ts",
    "    3.0       test/unit/a.test.ts (Node.js 24)",
    "    2.0       test/unit/a.test.ts",
    "",
    "Parts (files, seconds of all workers):",
    "  unit       1      2",
    "  node-24    1      3",
    "  engine     2     91",
    "",
    "a change          haproxy location  nginx listener",
    "it is made        -                 yes",
    "the disk is full  FAILS             -",
    "",
    "a request         haproxy location  nginx listener",
    "in chunks         411               -",
    "",
    "1 blocked:",
    '  C: it is removed: by "made"',
  ]);
});

test("the start tells what it will do, and how long it took here", () => {
  const cache = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-ledger-"));
  try {
    expect(planText(["lint", "unit"], cache, "About a minute.")).toBe("npm test: lint, unit. About a minute.");
    keepDuration(cache, 754);
    expect(planText(["lint"], cache, "")).toBe("npm test: lint.");
    expect(planText(["lint"], cache, "About a minute.")).toBe(
      "npm test: lint. The last whole run here took 12 min 34 s.",
    );
  } finally {
    rmSync(cache, { recursive: true });
  }
});

describe("a step of a story", () => {
  test("is taken once, by who first needs it", async () => {
    let times = 0;
    const made = step("made", () => Promise.resolve((times += 1)));
    expect(await Promise.all([made(), made()])).toEqual([1, 1]);
  });

  test("that fails is the fault of the test that took it, and blocks those after it and the steps on it", async () => {
    const made = step("made", () => Promise.reject(new Error("the engine said no")));
    const changed = step("changed", () => made());
    await expect(made()).rejects.toThrow("the engine said no");
    await expect(made()).rejects.toThrow(Blocked);
    await expect(changed()).rejects.toThrow(new Blocked("made"));
  });
});
