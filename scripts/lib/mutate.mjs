// Tries mutations in copies of the checkout: the work tree is never touched.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import suite from "./suite.js";

const top = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const copies = 2;
/** What a mutation leaves hanging must not hold up the rest. */
const secondsForATest = 60;

/** Prints one line for each mutation; true when the tests pass without any and notice every one. */
export async function tryAll(mutations) {
  const began = performance.now();
  const scratch = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-mutations-"));
  const remove = () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  process.once("exit", remove);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => process.exit(130));
  try {
    const folders = Array.from({ length: copies }, (_, index) => copyOfCheckout(path.join(scratch, String(index))));
    const intact = await withoutAny(folders, mutations);
    const broken = intact.flatMap(({ unloadable, failed }) => [...unloadable, ...failed]);
    if (broken.length > 0) {
      console.log(`Without any mutation these do not pass:\n  ${broken.join("\n  ")}`);
      return false;
    }
    const passed = intact.flatMap((result) => result.passed);
    const waiting = [...mutations];
    let unnoticed = 0;
    const work = async (folder) => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        const { failed, problem } = await tryOne(folder, one, passed);
        if (problem !== undefined) unnoticed += 1;
        console.log(
          problem === undefined ? `noticed by ${failed}  ${one.name}` : `SURVIVED      ${one.name}: ${problem}`,
        );
      }
    };
    await Promise.all(folders.map(work));
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(`${mutations.length - unnoticed} of ${mutations.length} noticed, ${seconds} s`);
    return unnoticed === 0;
  } finally {
    remove();
  }
}

/** What a change of the code has left behind, one line each: a mutation whose text does not stand exactly once in its file. */
export function outdated(mutations) {
  return mutations.flatMap(({ name, file, find, tests }) => {
    const gone = [file, ...tests].filter((one) => !existsSync(path.join(top, one)));
    if (gone.length > 0) return [`${name}: there is no ${gone.join(", no ")}`];
    const times = readFileSync(path.join(top, file), "utf8").split(find).length - 1;
    return times === 1 ? [] : [`${name}: its text stands ${times} times in ${file}`];
  });
}

/** The tracked and the new files, without what is ignored; what is installed and what is built is shared, unmutated. */
function copyOfCheckout(folder) {
  const names = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: top });
  for (const name of names.toString().split("\0").filter(Boolean)) {
    const source = path.join(top, name);
    if (!statSync(source, { throwIfNoEntry: false })?.isFile()) continue; // removed and not committed, or no file
    const target = path.join(folder, name);
    mkdirSync(path.dirname(target), { recursive: true });
    copyFileSync(source, target);
  }
  for (const shared of ["node_modules", "dist"])
    symlinkSync(path.join(top, shared), path.join(folder, shared), "junction");
  return folder;
}

/** The tests that are to notice something: of a file all, where any number of them may, otherwise those that are named. */
async function withoutAny(folders, mutations) {
  const filesOf = (some) => [...new Set(some.flatMap(({ tests }) => tests))];
  const [counted, titled] = [true, false].map((is) =>
    mutations.filter(({ expect }) => (typeof expect === "number") === is),
  );
  const whole = filesOf(counted);
  const named = filesOf(titled).filter((file) => !whole.includes(file));
  const runs = [];
  if (whole.length > 0) runs.push(jest(folders[0], whole));
  if (named.length > 0) runs.push(jest(folders[1], named, only(titled.flatMap(({ expect }) => expect))));
  return Promise.all(runs);
}

/** Jest's option for the tests with these titles. */
const only = (titles) => {
  const patterns = titles.map((title) => title.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return [`--testNamePattern=(^| )(${patterns.join("|")})$`];
};

/** How many tests failed; `problem` says why the mutation does not count as noticed. */
async function tryOne(folder, { file, find, replace, tests, expect }, passedBefore) {
  const missing = typeof expect === "number" ? [] : expect.filter((title) => !passedBefore.includes(title));
  if (missing.length > 0) return { problem: `there is no test "${missing.join('", "')}" in ${tests.join(", ")}` };
  const source = path.join(folder, file);
  const text = readFileSync(source, "utf8");
  const found = text.split(find).length - 1;
  if (found !== 1) return { problem: `${JSON.stringify(find)} is ${found} times in ${file}, not once` };
  writeFileSync(
    source,
    text.replace(find, () => replace),
  );
  try {
    const some = typeof expect === "number" ? [] : only(expect);
    const result = await jest(folder, tests, [`--testTimeout=${secondsForATest * 1000}`, ...some]);
    return { failed: result.failed.length, problem: problemOf(result, expect) };
  } catch (error) {
    return { problem: error.message };
  } finally {
    writeFileSync(source, text);
  }
}

function problemOf({ failed, unloadable }, expect) {
  if (unloadable.length > 0) return `it breaks ${unloadable.join(", ")} instead of taking something out`;
  if (typeof expect === "number") {
    return failed.length >= expect ? undefined : `${failed.length} tests fail, at least ${expect} should`;
  }
  const unmoved = expect.filter((title) => !failed.includes(title));
  return unmoved.length === 0 ? undefined : `still passing: "${unmoved.join('", "')}"`;
}

/** Titles of the tests that passed and failed, and the files that could not be loaded. */
async function jest(folder, tests, more = []) {
  const output = path.join(folder, "jest-result.json");
  rmSync(output, { force: true });
  const args = [
    ...["--reporters=default", "--selectProjects", "unit", "servers", "--json", `--outputFile=${output}`],
    `--cacheDirectory=${path.join(folder, "..", "cache")}`,
    ...more,
    ...["--runTestsByPath", "--", ...tests],
  ];
  const run = await suite.runJest(process.execPath, args, { cwd: folder });
  if (!existsSync(output)) throw new Error(`jest gave no result:\n${run.stderr}`);
  const { testResults } = JSON.parse(readFileSync(output, "utf8"));
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const titles = (status) => results.filter((one) => one.status === status).map(({ title }) => title);
  const unloadable = testResults.filter((one) => one.status === "failed" && one.assertionResults.length === 0);
  const absent = tests.filter((file) => !testResults.some(({ name }) => name.endsWith(file)));
  return {
    passed: titles("passed"),
    failed: titles("failed"),
    unloadable: [...unloadable.map(({ name }) => path.relative(folder, name)), ...absent],
  };
}
