// A folder that somebody else may write is not used, and a way back is data: what is planted there is neither run nor obeyed.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { machineOf } from "../../provider/proxy/machine";
import { ensureDirectory, lookAt, recover } from "../../provider/proxy/servers/scripts";
import { transact } from "../../provider/proxy/servers/transaction";
import { untrusted } from "../../provider/proxy/servers/trust";
import { undoFile, wayBack, wayBackText, workFolder } from "../../provider/proxy/servers/way-back";
import { filesBelow } from "../support/nginx";
import { contextOf, saidBy } from "../support/routes";

const stranger = 47_112;
let home: string;
let directory: string;
let file: string;
beforeEach(() => {
  home = fs.mkdtempSync(path.join(tmpdir(), "pulumi-telegram-trust-"));
  directory = path.join(home, "a", "ours");
  file = `${directory}/routes/one`;
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, "before", { mode: 0o600 });
});
afterEach(() => fs.rmSync(home, { recursive: true, force: true }));
afterAll(async () => (await machineOf(undefined).connect()).close());

const mark = () => path.join(home, "mark");
const program = () => ({
  ...{ name: "a server", key: home, directory, listening: () => [], log: "its journal" },
  reload: `echo reload >>${home}/reloads`,
});
function write(text: string, lines: string[] = []): Promise<void> {
  const proof = () => Promise.resolve(undefined);
  const plan = () => ({ files: new Map([[file, text]]), folders: [], needs: [], proof });
  return transact(machineOf(undefined), program(), [{ reads: [file], plan }], contextOf(lines));
}
const user = () => execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
const give = (...names: string[]) => names.forEach((name) => fs.lchownSync(path.join(home, name), stranger, stranger));
const open = (name: string, mode: number) => fs.chmodSync(path.join(home, name), mode);

test("a script that is planted as the way back in a folder of another user is not run", async () => {
  fs.writeFileSync(undoFile(directory), `touch ${mark()}\n`);
  give("a/ours", "a/ours/undo");
  const before = filesBelow(home);
  expect(await saidBy(write("after"))).toBe(
    `${directory} on this machine belongs to ${stranger}, who could place files or links there that ${user()} then writes to or follows. Nothing was changed. Remove ${undoFile(directory)} and ${workFolder(directory)} if they are there, look at what else is in it, then \`chown ${user()}: ${directory}\`.`,
  );
  expect(filesBelow(home)).toEqual(before);
});

const link = () => {
  fs.renameSync(path.join(home, "a"), path.join(home, "b"));
  fs.symlinkSync(path.join(home, "b"), path.join(home, "a"));
};
const planted = (name: string, text = "") => fs.writeFileSync(path.join(directory, name), text, { mode: 0o600 });
test.each<[string, () => void, RegExp]>([
  ["the folder above", () => give("a"), /\/a on this machine belongs to 47112,/],
  ["a folder above that all may write", () => open("a", 0o777), /\/a on this machine may be written by others/],
  ["a folder above that its group may write", () => open("a", 0o770), /chmod go-w [^ ]*\/a`/],
  ["a folder above that is a link", link, /\/a on this machine is a symbolic link/],
  ["a link of another user", () => (link(), give("a")), /\/a on this machine belongs to 47112,/],
  ["our folder, although its sticky bit is set", () => open("a/ours", 0o1777), /\/ours on .* \(mode rwxrwxrwt\)/],
  ["a folder in it", () => give("a/ours/routes"), /\/ours\/routes on this machine belongs to 47112,/],
  ["a folder in it that all may write", () => open("a/ours/routes", 0o777), /\/routes on .* be written by others/],
  ["a file of another user", () => give("a/ours/routes/one"), /\/routes\/one on this machine belongs to 47112,/],
  ["a file that its group may write", () => open("a/ours/routes/one", 0o660), /\/one on .* be written by others/],
  ["a way back of another user", () => (planted("undo"), give("a/ours/undo")), /\/undo on .* belongs to 47112,/],
  ["the lock", () => (planted("lock"), give("a/ours/lock")), /\/lock on this machine belongs to 47112,/],
  [
    "a link that is planted for the lock",
    () => (fs.symlinkSync("/etc/passwd", path.join(directory, "lock")), give("a/ours/lock")),
    /\/lock on this machine belongs to 47112,/,
  ],
])("%s is refused, by who changes and by who looks, and nothing is changed", async (_name, harm, words) => {
  harm();
  const before = filesBelow(home);
  expect(await saidBy(write("after"))).toMatch(words);
  const lock = { "a/ours/lock": "" }; // who changes may have taken it before
  expect({ ...lock, ...filesBelow(home) }).toEqual({ ...lock, ...before });
  if (/way back|the lock/.test(_name)) return;
  const connection = await machineOf(undefined).connect();
  const ran = await connection.run(lookAt({ directory }, [file]), AbortSignal.timeout(60_000));
  expect([ran.stdout, untrusted(ran, "this machine", directory)?.message]).toEqual(["", expect.stringMatching(words)]);
});

test("who obeys each cure in turn does not obey what was planted as the way back", async () => {
  fs.mkdirSync(workFolder(directory), { mode: 0o700 });
  fs.writeFileSync(undoFile(directory), "pulumi-telegram way back 1\nrestore 0 routes/evil\nend\n", { mode: 0o600 });
  fs.writeFileSync(`${workFolder(directory)}/0.bak`, "planted", { mode: 0o600 });
  give("a/ours/undo", "a/ours/undo.d", "a/ours/undo.d/0.bak");
  for (const [name, words] of [
    ["undo", /\/undo on /],
    ["undo.d", /\/undo\.d on /],
    ["undo.d/0.bak", /\/undo\.d\/0\.bak on /],
  ] as const) {
    for (const other of ["undo", "undo.d", "undo.d/0.bak"])
      fs.lchownSync(path.join(directory, other), other === name ? stranger : 0, 0);
    const said = await saidBy(write("after"));
    expect(said).toMatch(words);
    expect(said).toContain(`remove ${undoFile(directory)} and ${workFolder(directory)}, and put back by hand`);
    expect(said).not.toContain("`chown root");
  }
  fs.lchownSync(`${workFolder(directory)}/0.bak`, 0, 0);
  fs.chmodSync(undoFile(directory), 0o666);
  expect(await saidBy(write("after"))).toContain("Do not `chmod` it: remove");
});

test("a way back that names a place behind a symbolic link is not obeyed", async () => {
  fs.mkdirSync(path.join(home, "elsewhere"));
  fs.symlinkSync(path.join(home, "elsewhere"), path.join(directory, "routes", "link"));
  fs.mkdirSync(workFolder(directory), { mode: 0o700 });
  fs.writeFileSync(`${workFolder(directory)}/0.bak`, "planted", { mode: 0o600 });
  planted("undo", "pulumi-telegram way back 1\nrestore 0 routes/link/evil\nend\n");
  expect(await saidBy(write("after"))).toContain(
    `the file ${undoFile(directory)} names a place behind a symbolic link;`,
  );
  expect(fs.readdirSync(path.join(home, "elsewhere"))).toEqual([]);
});

/** A shell as on a small system, such as Alpine: its `ls` knows no -q, its `find` prints what it is told and nothing else. */
const smallLs = '#!/bin/sh\ncase $1 in *q*) echo "ls: unrecognized option: q" >&2; exit 1 ;; esac\nexec /bin/ls "$@"\n';
test.each([
  ["that knows fewer options", smallLs, /\/routes\/one on .* belongs to 47112,/],
  ["that fails", "#!/bin/sh\nexit 1\n", /\/routes\/one on this machine belongs to others than /],
])("what belongs to another user is refused also with an `ls` %s", async (_name, ls, words) => {
  give("a/ours/routes/one");
  const tools = path.join(home, "tools");
  fs.mkdirSync(tools);
  fs.writeFileSync(path.join(tools, "ls"), ls, { mode: 0o755 });
  const connection = await machineOf(undefined).connect();
  for (const script of [lookAt({ directory }, [file]), recover({ directory, reload: "true" })]) {
    const ran = await connection.run(`PATH=${tools}:$PATH\n${script}`, AbortSignal.timeout(60_000));
    expect([ran.stdout, untrusted(ran, "this machine", directory)?.message]).toEqual([
      "",
      expect.stringMatching(words),
    ]);
  }
});

test("a folder above that is away while it is looked at is not trusted", async () => {
  const tools = path.join(home, "tools");
  fs.mkdirSync(tools);
  // The stranger's folder is away at the first look, and there again at the next.
  const away = `#!/bin/sh\n[ -e ${home}/once ] || { : >${home}/once; mv ${home}/a ${home}/b; /usr/bin/find "$@"; code=$?; mv ${home}/b ${home}/a; exit $code; }\nexec /usr/bin/find "$@"\n`;
  fs.writeFileSync(path.join(tools, "find"), away, { mode: 0o755 });
  const connection = await machineOf(undefined).connect();
  give("a");
  for (const script of [
    lookAt({ directory }, [file]),
    ensureDirectory({ directory }),
    recover({ directory, reload: "true" }),
  ]) {
    fs.rmSync(path.join(home, "once"), { force: true });
    const ran = await connection.run(`PATH=${tools}:$PATH\n${script}`, AbortSignal.timeout(60_000));
    expect(ran).toMatchObject({ code: 1, stdout: "" });
  }
});

test("folders of root and of who runs are good, below one with the sticky bit too", async () => {
  fs.chmodSync(home, 0o1777);
  await write("after");
  expect(fs.readFileSync(file, "utf8")).toBe("after");
});

test.each([
  ["a script of an older version", () => `touch ${mark()}\nrm -rf ${home}\n`],
  ["one that was cut off while it was written", () => "pulumi-telegram way back 1\nremove - routes/one\n"],
  ["one with a command", () => `pulumi-telegram way back 1\nremove - routes/one\ntouch - ${mark()}\nend\n`],
  ["a file outside of the folder", () => "pulumi-telegram way back 1\nremove - ../../kept\nend\n"],
  ["a file outside, in the middle", () => "pulumi-telegram way back 1\nremove - routes/../../../kept\nend\n"],
  ["an absolute path", () => `pulumi-telegram way back 1\nremove - ${home}/kept\nend\n`],
  ["a backup by a path", () => "pulumi-telegram way back 1\nrestore ../../../kept routes/one\nend\n"],
  ["a word that a shell would obey", () => `pulumi-telegram way back 1\nremove - $(touch ${mark()})\nend\n`],
  ["a second word", () => "pulumi-telegram way back 1\nremove - routes/one ../../kept\nend\n"],
  ["a second end", () => "pulumi-telegram way back 1\nend\nend\n"],
  ["nothing", () => ""],
])("of a way back that does not fit the grammar nothing is obeyed: %s", async (_name, text) => {
  fs.writeFileSync(path.join(home, "kept"), "kept");
  fs.writeFileSync(undoFile(directory), text(), { mode: 0o600 });
  const before = filesBelow(home);
  expect(await saidBy(write("after"))).toBe(
    `The folder of a server could not be tidied up: the file ${undoFile(directory)} was not written by this version, which therefore cannot undo the change that was cut off; put back by hand what is in ${workFolder(directory)}, then remove both. Nothing was changed.`,
  );
  expect(filesBelow(home)).toEqual({ ...before, "a/ours/lock": "" });
});

test("the way back of a run that was cut off is taken by the next one, with its own reload", async () => {
  const changes = [
    { file, existed: true, text: "after" },
    { file: `${directory}/new/two`, existed: false, text: "two" },
  ];
  fs.mkdirSync(workFolder(directory), { mode: 0o700 });
  fs.renameSync(file, `${workFolder(directory)}/0.bak`);
  for (const one of changes) {
    fs.mkdirSync(path.dirname(one.file), { recursive: true, mode: 0o700 });
    fs.writeFileSync(one.file, one.text, { mode: 0o600 });
  }
  const text = wayBackText({ directory, changes, folders: [], reload: "false" });
  expect(text).toBe(
    "pulumi-telegram way back 1\nrestore 0 routes/one\nremove - new/two\nrmdir - new\nend\n", // no command
  );
  fs.writeFileSync(undoFile(directory), text, { mode: 0o600 });
  const lines: string[] = [];
  await write("third", lines);
  expect(lines).toEqual(["this machine: an earlier run was cut off in the middle; what was there before it is back."]);
  expect(filesBelow(home)).toEqual({ "a/ours/lock": "", "a/ours/routes/one": "third", reloads: "reload\nreload\n" });
});

const shells = ["dash", "bash", "busybox"].filter((name) => {
  try {
    execFileSync("which", [name]);
    return true;
  } catch {
    return false;
  }
});
const word = fc.oneof(
  fc.constantFrom(
    "restore",
    "remove",
    "rmdir",
    "-",
    "0",
    "routes/one",
    "../kept",
    "/etc/x",
    "end",
    ".",
    "$(id>x)",
    "`id`",
  ),
  fc.string({ unit: "binary-ascii", maxLength: 12 }).map((text) => text.replaceAll("\0", "")),
);
const plans = fc
  .array(
    fc.array(word, { maxLength: 4 }).map((words) => words.join(" ")),
    { maxLength: 5 },
  )
  .map((lines) => ["pulumi-telegram way back 1", ...lines, "end", ""].join("\n"));

/** Each text in turn is the way back, and the script obeys it: one process of the shell for all. */
function obeyed(
  shell: string,
  script: string,
  texts: readonly string[],
): { code: number; reloaded: boolean; names: string }[] {
  const cases = fs.mkdtempSync(path.join(tmpdir(), "pulumi-telegram-ways-"));
  texts.forEach((text, at) => fs.writeFileSync(path.join(cases, String(at)), text));
  const reloaded = path.join(directory, "reloaded");
  const loop = `at=0; while [ "$at" -lt ${texts.length} ]; do
    rm -f ${reloaded}; cat ${cases}/$at >${undoFile(directory)}; mkdir -p ${directory}/routes
    ( ${script}
    ) >/dev/null 2>&1 </dev/null
    code=$?; [ -e ${reloaded} ] && is=true || is=false
    echo "$code $is" $(ls -A ${home}) : $(ls -A ${home}/a) $(cat ${home}/a/kept); at=$((at + 1)); done`;
  try {
    const args = shell === "busybox" ? ["sh", "-c", loop] : ["-c", loop];
    const env = { PATH: process.env["PATH"], LC_ALL: "C" };
    const lines = execFileSync(shell, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], env }).trim();
    return lines.split("\n").map((line) => {
      const [code, is, ...names] = line.split(" ");
      return { code: Number(code), reloaded: is === "true", names: names.join(" ") };
    });
  } finally {
    fs.rmSync(cases, { recursive: true });
  }
}

test.each(shells)("whatever stands in a way back, nothing outside of the folder is touched: %s", (shell) => {
  fs.writeFileSync(path.join(home, "a", "kept"), "whole");
  fs.writeFileSync(path.join(directory, "mine"), "mine");
  const script = wayBack(directory, `echo >${path.join(directory, "reloaded")}`, "file");
  const good =
    /^(?:(?:restore \d+|remove -|rmdir -) [A-Za-z0-9_:][A-Za-z0-9._:-]*(?:\/[A-Za-z0-9_:][A-Za-z0-9._:-]*)*|)$/;
  /** As the shell reads a line: blanks around a word do not count. */
  const read = (line: string) => line.replace(/ +/g, " ").replace(/^ | $/g, "");
  const fits = (text: string) => text.split("\n").slice(1, -2).every((line) => good.test(read(line))); // prettier-ignore
  fc.assert(
    fc.property(fc.array(plans, { minLength: 200, maxLength: 200 }), (texts) => {
      const seen = obeyed(shell, script, texts);
      expect(seen).toHaveLength(200);
      const unfit = { code: 1, reloaded: false, names: "a : kept ours whole" };
      const wanted = seen.map((one, at) => (fits(texts[at] ?? "") ? { ...one, names: unfit.names } : unfit));
      expect(seen.map((one, at) => ({ ...one, text: texts[at] }))).toEqual(
        wanted.map((one, at) => ({ ...one, text: texts[at] })),
      );
    }),
    { numRuns: 1, endOnFailure: true },
  );
});

test("a name that the grammar has not is never written, so every way back can be read again", () => {
  for (const name of ["../x", "a b", "a/.b", "-x", "a//b", "x\ny", "$x", ""]) {
    const task = {
      directory,
      changes: [{ file: `${directory}/${name}`, existed: false }],
      folders: [],
      reload: "true",
    };
    expect(() => wayBackText(task)).toThrow(/nothing was written$/);
  }
});
