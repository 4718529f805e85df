// The shell scripts of a transaction on a server's files. Pure: they are written here and run by transaction.ts.
import { ownerIn } from "../../core/owner-mark";
import { decoded, quoted, writing } from "../machine-shell";
import { trusting, trustingAbove } from "./trust";
import { newFoldersOf, numberedIn, undoFile, wayBack, workFolder, writingWayBack } from "./way-back";

/** What is on disk: the names of all our files, whose they say they are, and the texts of those that were asked for. */
export interface Disk {
  names: Set<string>;
  texts: Map<string, string>;
  /** The marks of files that have one; empty for who only looks. */
  owners: Map<string, string>;
  /** Path to text of all that the server loads, as the checker tells before a change; missing: nobody knows. */
  loaded?: ReadonlyMap<string, string>;
  /** Why no route is in force, or will be for long, and only who has the machine can put that right; for who only looks. */
  problem?: string;
}

/** A file to write, or, without a text, to take away. */
export interface FileChange {
  file: string;
  existed: boolean;
  text?: string;
}

/** Where our files are. */
export interface Folder {
  directory: string;
  /** Whose the files are; missing: the user's who writes them. */
  owner?: string;
}

/** What a transaction does to the files. */
export interface Changes extends Folder {
  changes: FileChange[];
  /** Folders that go when they are empty, the deepest first. */
  folders: string[];
  /** Makes the server run what is on disk. */
  reload: string;
  /** The same where another reload may be under way; missing: `reload`. */
  reloadAgain?: string;
}

export const commandLine = (words: string[]): string => words.map(quoted).join(" ");

/** The names below a folder, an empty line, then each file that was asked for: its name, a space, base64. */
export function readFiles(directory: string, files: string[]): string {
  const each = files.map(quoted).join(" ");
  return `[ ! -d ${quoted(directory)} ] || find ${quoted(directory)} -type f || exit 9; echo
for f in ${each}; do if [ -f "$f" ]; then printf '%s ' "$f"; base64 -w0 <"$f" || exit 9; echo; fi; done`;
}

/** The same, and each line with a mark, after its file's name: for who holds the lock. */
export function readAll(directory: string, files: string[]): string {
  return `${readFiles(directory, files)}
grep -rHm1 ${quoted("^# owner ")} ${quoted(directory)} || [ $? -eq 1 ] || exit 9`;
}

/** Names and texts for who only looks, without the lock. */
export function lookAt(folder: Folder, files: string[]): string {
  return `[ -d ${quoted(folder.directory)} ] || { ${trustingAbove(folder)}; echo; exit; }
${trusting(folder, files)}
${readFiles(folder.directory, files)}`;
}

export function diskOf(said: string): Disk {
  const [names = "", texts = ""] = said.startsWith("\n") ? ["", said] : said.split("\n\n");
  const disk: Disk = {
    names: new Set(names.split("\n").filter((name) => name !== "")),
    texts: new Map(),
    owners: new Map(),
  };
  for (const line of texts.split("\n")) {
    const [file = "", text = "", ...mark] = line.split(" ");
    const owner = ownerIn(["#", text, ...mark].join(" "));
    if (file.endsWith(":#") && owner !== undefined) disk.owners.set(file.slice(0, -2), owner);
    else if (file !== "" && mark.length === 0) disk.texts.set(file, decoded(text));
  }
  return disk;
}

/** Makes our folder, if it is not there. */
export function ensureDirectory(folder: Folder): string {
  const { directory, owner } = folder;
  return `[ -d ${quoted(directory)} ] || { ${trustingAbove(folder)}
${made([directory], owner)}; } || exit 1
${trusting(folder, [`${directory}/lock`])}`;
}

/** Puts back what a run that was cut off has left, and takes away its leavings. For who holds the lock. */
export function recover(folder: Folder & { reload: string }): string {
  const { directory, reload } = folder;
  return `${trusting(folder, "all")}
if [ -f ${quoted(undoFile(directory))} ]; then ${wayBack(directory, reload, "file")} || exit 1; echo recovered; fi
rm -rf ${quoted(workFolder(directory))}`;
}

/** Puts back what is under way, if it is: for a machine that nobody is connected with any more. */
export function guarding(task: Changes): string {
  return `[ ! -f ${quoted(undoFile(task.directory))} ] || ${wayBack(task.directory, task.reloadAgain ?? task.reload, task)}`;
}

/** Writes beside, keeps what is there, leaves a script that undoes it all, and only then swaps. */
export function swapFiles(task: Changes): string {
  const { directory, owner, changes } = task;
  const [work, undo] = [workFolder(directory), undoFile(directory)];
  const back = wayBack(directory, task.reload, task, true);
  const numbered = numberedIn(task);
  const written = numbered.filter(({ text }) => text !== undefined);
  const folders = [...new Set(written.map(({ file }) => folderOf(file)))];
  const steps = [
    `mkdir -p ${quoted(work)}`,
    made(folders, owner),
    ...written.map(({ fresh, text = "" }) => writing(text, fresh)),
    owned(
      written.map(({ fresh }) => fresh),
      owner,
    ),
    writingWayBack(task),
    `sync ${[...written.map(({ fresh }) => quoted(fresh)), quoted(`${work}/undo`)].join(" ")}`,
    ...numbered.filter(({ existed }) => existed).map(({ file, kept }) => `ln -f ${quoted(file)} ${quoted(kept)}`),
    `mv -f ${quoted(`${work}/undo`)} ${quoted(undo)}`,
    ...written.map(({ file, fresh }) => `mv -f ${quoted(fresh)} ${quoted(file)}`),
    ...changes.filter(({ text }) => text === undefined).map(({ file }) => `rm -f ${quoted(file)}`),
  ];
  return `{ ${steps.join(" &&\n")}
} || {
if [ -f ${quoted(undo)} ]; then ${back}; else rm -rf ${quoted(work)}; ${emptied(task)}; fi
exit 1
}`;
}

/** How `commit` ends when all is done, and only what the way back would have put back could not be removed. */
export const leftOver = 5;

/** Once the way back is gone all is done; then what it would have put back goes. */
export function commit({ directory, folders }: Changes): string {
  return [
    `rm -f ${quoted(undoFile(directory))} || exit 1`,
    `rm -rf ${quoted(workFolder(directory))} || exit ${leftOver}`,
    ...folders.map((folder) => `rmdir ${quoted(folder)} 2>/dev/null || :`),
  ].join("\n");
}

/** Takes the folders of files that were new away again, if nothing else is in them. */
const emptied = (task: Changes) =>
  [":", ...newFoldersOf(task).map((folder) => `rmdir ${quoted(folder)} 2>/dev/null || :`)].join("; ");

function owned(files: string[], owner: string | undefined): string {
  return owner === undefined || files.length === 0 ? ":" : `chown ${quoted(owner)} ${files.map(quoted).join(" ")}`;
}

/** Makes folders. They are ours also where the files are another's, who may then look into them and put nothing there. */
function made(folders: string[], owner: string | undefined): string {
  const make = `mkdir -p ${folders.map(quoted).join(" ")}`;
  if (folders.length === 0) return ":";
  return owner === undefined ? make : `( umask 022; ${make} )`;
}

export const folderOf = (file: string): string => file.slice(0, file.lastIndexOf("/"));
