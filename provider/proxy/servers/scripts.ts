// The shell scripts of a transaction on a server's files. Pure: they are written here and run by transaction.ts.
import { decoded, quoted, writing } from "../machine-shell";

/** What is on disk: the names of all our files, and the texts of those that were asked for. */
export interface Disk {
  names: Set<string>;
  texts: Map<string, string>;
}

/** A file to write, or, without a text, to take away. */
export interface FileChange {
  file: string;
  existed: boolean;
  text?: string;
}

/** What a transaction does to the files. */
export interface Changes {
  /** Where our files are. */
  directory: string;
  /** Whose they are; missing: the user's who writes them. */
  owner?: string;
  changes: FileChange[];
  /** Folders that go when they are empty, the deepest first. */
  folders: string[];
  /** Makes the server run what is on disk. */
  reload: string;
}

export const commandLine = (words: string[]): string => words.map(quoted).join(" ");

/** The script that puts everything back. While it is there, a transaction is under way or was cut off. */
export const undoFile = (directory: string): string => `${directory}/undo`;

/**
 * What a transaction keeps until it is over: new texts, and the files that it replaces. A folder of its own, since some
 * servers load whatever lies beside their files.
 */
export const workFolder = (directory: string): string => `${directory}/undo.d`;

/** The names below a folder, an empty line, then each file that was asked for: its name, a space, base64. */
export function readFiles(directory: string, files: string[]): string {
  const each = files.map(quoted).join(" ");
  return `[ ! -d ${quoted(directory)} ] || find ${quoted(directory)} -type f || exit 9; echo
for f in ${each}; do if [ -f "$f" ]; then printf '%s ' "$f"; base64 -w0 <"$f" || exit 9; echo; fi; done`;
}

export function diskOf(said: string): Disk {
  const [names = "", texts = ""] = said.startsWith("\n") ? ["", said] : said.split("\n\n");
  const entries = texts.split("\n").flatMap((line) => {
    const [file = "", text = ""] = line.split(" ");
    return file === "" ? [] : [[file, decoded(text)] as const];
  });
  return { names: new Set(names.split("\n").filter((name) => name !== "")), texts: new Map(entries) };
}

/** Makes our folder, if it is not there. */
export function ensureDirectory(directory: string, owner: string | undefined): string {
  return `[ -d ${quoted(directory)} ] || { mkdir -p ${quoted(directory)} && ${owned([directory], owner)}; }`;
}

/** Puts back what a run that was cut off has left, and takes away its leavings. */
export function recover(directory: string): string {
  const undo = quoted(undoFile(directory));
  return `if [ -f ${undo} ]; then sh ${undo} || exit 1; echo recovered; fi
rm -rf ${quoted(workFolder(directory))}`;
}

/** Writes beside, keeps what is there, leaves a script that undoes it all, and only then swaps. */
export function swapFiles(task: Changes): string {
  const { directory, owner, changes } = task;
  const [work, undo] = [workFolder(directory), undoFile(directory)];
  const numbered = numberedIn(task);
  const written = numbered.filter(({ text }) => text !== undefined);
  const folders = [...new Set(written.map(({ file }) => folderOf(file)))];
  const steps = [
    `mkdir -p ${quoted(work)}`,
    ...folders.map((folder) => `mkdir -p ${quoted(folder)}`),
    owned(foldersBetween(directory, folders), owner),
    ...written.map(({ fresh, text = "" }) => writing(text, fresh)),
    owned(
      written.map(({ fresh }) => fresh),
      owner,
    ),
    writing(wayBack(task), `${work}/undo`),
    `sync ${[...written.map(({ fresh }) => quoted(fresh)), quoted(`${work}/undo`)].join(" ")}`,
    ...numbered.filter(({ existed }) => existed).map(({ file, kept }) => `ln -f ${quoted(file)} ${quoted(kept)}`),
    `mv -f ${quoted(`${work}/undo`)} ${quoted(undo)}`,
    ...written.map(({ file, fresh }) => `mv -f ${quoted(fresh)} ${quoted(file)}`),
    ...changes.filter(({ text }) => text === undefined).map(({ file }) => `rm -f ${quoted(file)}`),
  ];
  return `{ ${steps.join(" &&\n")}
} || {
if [ -f ${quoted(undo)} ]; then sh ${quoted(undo)} quiet; else rm -rf ${quoted(work)}; ${emptied(changes)}; fi
exit 1
}`;
}

/** How the way back ends when the files are back and only the reload has failed. */
export const notReloaded = 4;

/** It can be run again after it was cut off. With "quiet" it does not reload, since nothing was reloaded. */
function wayBack(task: Changes): string {
  const steps = numberedIn(task).map(({ file, kept, existed }) =>
    existed ? `if [ -e ${quoted(kept)} ]; then mv -f ${quoted(kept)} ${quoted(file)}; fi` : `rm -f ${quoted(file)}`,
  );
  return `${steps.join("\n")}
${emptied(task.changes)}
code=0
[ "\${1:-}" = quiet ] || { ${task.reload}
} || code=${notReloaded}
rm -rf ${quoted(workFolder(task.directory))}
rm -f ${quoted(undoFile(task.directory))}
exit $code
`;
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

/** Each change with its places in the work folder: the new text, and what was there. */
function numberedIn({ directory, changes }: Changes): (FileChange & { fresh: string; kept: string })[] {
  const work = workFolder(directory);
  return changes.map((change, at) => ({ ...change, fresh: `${work}/${at}.new`, kept: `${work}/${at}.bak` }));
}

/** Takes the folders of files that were new away again, if nothing else is in them. */
function emptied(changes: FileChange[]): string {
  const folders = new Set(changes.filter(({ existed }) => !existed).map(({ file }) => folderOf(file)));
  return [":", ...[...folders].map((folder) => `rmdir ${quoted(folder)} 2>/dev/null || :`)].join("; ");
}

function owned(files: string[], owner: string | undefined): string {
  return owner === undefined || files.length === 0 ? ":" : `chown ${quoted(owner)} ${files.map(quoted).join(" ")}`;
}

/** These folders and those above them, below the directory. */
function foldersBetween(directory: string, folders: string[]): string[] {
  const found = new Set<string>();
  for (const folder of folders) for (let at = folder; at.startsWith(`${directory}/`); at = folderOf(at)) found.add(at);
  return [...found];
}

const folderOf = (file: string): string => file.slice(0, file.lastIndexOf("/"));
