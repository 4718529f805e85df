// How a run of the tests ends: no limit over the whole; a test file that hangs, however it does, is ended and named.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { shellEnvironment } from "../support/npm";

interface Progress {
  since: number;
  isOver: boolean;
  files: Record<string, { since: number; test?: string }>;
}

interface Suite {
  hungIn: (progress: Progress, now: number) => string | undefined;
  runJest: (
    node: string,
    args: string[],
    options: {
      cwd: string;
      env: NodeJS.ProcessEnv;
      signal: AbortSignal;
      judge?: (progress: Progress) => string | undefined;
    },
  ) => Promise<{ code: number | null; stderr: string }>;
  testSeconds: number;
  endSeconds: number;
}

const { hungIn, runJest, testSeconds, endSeconds } = require("../../scripts/lib/suite.js") as Suite;

const second = 1000;
const minute = 60 * second;

describe("what hangs is told from what is slow", () => {
  const slow = { since: 0, isOver: false, files: { "a.test.ts": { since: 0, test: "a › is slow" } } };

  test("a run of hours goes on as long as each test file makes progress", () => {
    const at = 10 * 60 * minute;
    const files = { "a.test.ts": { since: at - minute, test: "one of many" }, "b.test.ts": { since: at - minute } };
    expect(hungIn({ since: at, isOver: false, files }, at)).toBeUndefined();
    expect(hungIn(slow, testSeconds * second)).toBeUndefined();
  });

  test("each file without progress is named, with its test, while others go on", () => {
    const at = (testSeconds + 1) * second;
    const files = { ...slow.files, "b.test.ts": { since: 0 }, "c.test.ts": { since: at, test: "goes on" } };
    expect(hungIn({ since: at, isOver: false, files }, at)).toBe(
      `a.test.ts hangs in "a › is slow": no progress for ${testSeconds} s.\n` +
        `b.test.ts hangs outside a test (while loading, or in a hook): no progress for ${testSeconds} s.`,
    );
  });

  test("jest that begins no file, and jest that does not end, are said to", () => {
    const idle = { since: 0, isOver: false, files: {} };
    expect(hungIn(idle, testSeconds * second)).toBeUndefined();
    expect(hungIn(idle, testSeconds * second + 1)).toBe(`Jest began no test file for ${testSeconds} s.`);
    const over = { since: 0, isOver: true, files: {} };
    expect(hungIn(over, endSeconds * second)).toBeUndefined();
    expect(hungIn(over, endSeconds * second + 1)).toMatch(/^All tests are over, but jest did not end within 120 s/);
  });

  test("no test or hook may take longer by its own limit", () => {
    const folder = path.join(__dirname, "..");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const texts = files.map((name) => readFileSync(path.join(folder, name), "utf8"));
    const limits = texts.flatMap((text) => [...text.matchAll(/(?:jest\.setTimeout\(|^\}, |, )(\d+_000)\);/gm)]);
    expect(limits.length).toBeGreaterThan(20);
    expect(Math.max(...limits.map(([, limit = ""]) => Number(limit.replace("_", ""))))).toBeLessThan(
      testSeconds * second,
    );
  });
});

describe("a run of jest", () => {
  let folder: string;
  let end: AbortController;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-suite-"));
    end = new AbortController();
  });
  afterEach(() => {
    end.abort(); // what has not ended by now
    rmSync(folder, { recursive: true, force: true });
  });

  /** Jest on these files, in workers when there are several; an hour passes as soon as it is `stuck`. */
  async function runOf(files: Record<string, string>, stuck: (progress: Progress) => boolean) {
    const config = { transform: {}, maxWorkers: 2, testTimeout: 3_600_000 };
    writeFileSync(path.join(folder, "jest.config.json"), JSON.stringify(config));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    const judge = (progress: Progress) => hungIn(progress, Date.now() + (stuck(progress) ? 60 * minute : 0));
    return runJest(process.execPath, ["--reporters=default"], {
      cwd: folder,
      env: shellEnvironment({ FORCE_COLOR: "0" }),
      signal: end.signal,
      judge,
    });
  }
  const pass = 'test("passes", () => undefined);';
  const isOnly = (name: string) => (progress: Progress) => Object.keys(progress.files).join() === name;

  test("that makes progress ends by itself, with jest's exit code", async () => {
    const files = { "a.test.js": pass, "b.test.js": 'test("fails", () => expect(1).toBe(2));' };
    const { code, stderr } = await runOf(files, () => false);
    expect([code, /Tests: .*/.exec(stderr)?.[0]]).toEqual([1, "Tests:       1 failed, 1 passed, 2 total"]);
  });

  test("is ended when a test blocks its worker: jest's own limit cannot strike there", async () => {
    const files = { "a.test.js": pass, "b.test.js": 'describe("b", () => test("spins", () => { for (;;); }));' };
    await expect(runOf(files, (progress) => progress.files["b.test.js"]?.test !== undefined)).rejects.toThrow(
      /^b\.test\.js hangs in "b › spins": no progress for 900 s\.$/m,
    );
  });

  test("is ended when a file blocks while it is loaded, in jest's own process too", async () => {
    await expect(runOf({ "a.test.js": "for (;;);" }, isOnly("a.test.js"))).rejects.toThrow(
      /^a\.test\.js hangs outside a test \(while loading, or in a hook\)/,
    );
  });

  test("is ended when something is left open after the last test", async () => {
    const open = `${pass} require("node:http").createServer().listen(0, "127.0.0.1");`;
    await expect(runOf({ "a.test.js": open }, ({ isOver }) => isOver)).rejects.toThrow(
      /^All tests are over, but jest did not end within 120 s: a test file left something open/,
    );
  });
});

test("a story whose set-up fails is red once; its other tests are counted as blocked", async () => {
  const top = path.join(__dirname, "../..");
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-story-"));
  try {
    const story = `
      const { setUp, step, storyTest } = require(${JSON.stringify(path.join(top, "test/support/story"))});
      setUp(() => Promise.reject(new Error("no server")));
      for (const name of ["a", "b", "c"]) storyTest(name, () => undefined);
    `;
    const steps = `
      const { step, storyTest } = require(${JSON.stringify(path.join(top, "test/support/story"))});
      const made = step("made", () => Promise.reject(new Error("not made")));
      for (const name of ["a", "b", "c"]) storyTest(name, made);
      storyTest("d", () => undefined);
    `;
    const swc = [
      require.resolve("@swc/jest"),
      { jsc: { parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ];
    const config = { rootDir: folder, transform: { "\\.ts$": swc } };
    writeFileSync(path.join(folder, "jest.config.json"), JSON.stringify(config));
    writeFileSync(path.join(folder, "set-up.test.js"), story);
    writeFileSync(path.join(folder, "steps.test.js"), steps);
    const counts = path.join(folder, "counts");
    const { code, stderr } = await runJest(process.execPath, ["--reporters=default"], {
      cwd: folder,
      env: shellEnvironment({ FORCE_COLOR: "0", COUNTS_FILE: counts }),
      signal: new AbortController().signal,
    });
    expect([code, /Tests: .*/.exec(stderr)?.[0]]).toEqual([1, "Tests:       2 failed, 5 passed, 7 total"]);
    expect(stderr).toMatch(/● a\n\n {4}no server/);
    expect(stderr).toMatch(/● a\n\n {4}not made/);
    const blocked = readFileSync(counts, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { what: string });
    expect(blocked.map(({ what }) => what).sort()).toEqual(["made", "made", "set-up", "set-up"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
