// The shell scripts of a transaction on nginx's files. Pure: they are told here and run by nginx-transaction.ts.
import { decoded, quoted, writing } from "../machine-shell";

/** What is on disk: the names of all our files, and the texts of those that were asked for. */
export interface Disk {
  names: Set<string>;
  texts: Map<string, string>;
}

/** A file to write, or, without a text, to take away. */
export interface Change {
  file: string;
  existed: boolean;
  text?: string;
}

interface Changes {
  changes: Change[];
  folders: string[];
}

export const commandLine = (words: string[]): string => words.map(quoted).join(" ");

/** The names below a folder, an empty line, then each file that was asked for: its name, a space, base64. */
export function lookScript(directory: string, files: string[]): string {
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

/** Puts back what a run that was cut off has left, and takes away its leavings. */
export function clean(directory: string): string {
  const undo = quoted(`${directory}/undo`);
  return `if [ -f ${undo} ]; then sh ${undo} || exit 1; echo recovered; fi
for f in sites locations addresses; do
  f=${quoted(directory)}/$f; [ ! -d "$f" ] || find "$f" -type f \\( -name '*.new' -o -name '*.bak' \\) -exec rm -f {} +
done
rm -f ${["undo.new", "http.conf.new", "http.conf.bak"].map((name) => quoted(`${directory}/${name}`)).join(" ")}`;
}

/** Writes beside, keeps what is there as .bak, leaves a script that undoes it all, and only then swaps. */
export function stage(directory: string, { changes, folders }: Changes, reload: string[]): string {
  const written = changes.filter((change) => change.text !== undefined);
  const undoFile = `${directory}/undo`;
  const steps = [
    ...new Set(written.map(({ file }) => `mkdir -p ${quoted(folderOf(file))}`)),
    ...written.map(({ file, text = "" }) => writing(text, `${file}.new`)),
    writing(undo(directory, { changes, folders }, reload), `${undoFile}.new`),
    `sync ${[...written.map(({ file }) => quoted(`${file}.new`)), quoted(`${undoFile}.new`)].join(" ")}`,
    ...changes.filter(({ existed }) => existed).map(({ file }) => `ln -f ${quoted(file)} ${quoted(`${file}.bak`)}`),
    `mv -f ${quoted(`${undoFile}.new`)} ${quoted(undoFile)}`,
    ...written.map(({ file }) => `mv -f ${quoted(`${file}.new`)} ${quoted(file)}`),
    ...changes.filter(({ text }) => text === undefined).map(({ file }) => `rm -f ${quoted(file)}`),
  ];
  const leavings = changes.flatMap(({ file }) => [quoted(`${file}.new`), quoted(`${file}.bak`)]).join(" ");
  return `{ ${steps.join(" &&\n")}
} || {
if [ -f ${quoted(undoFile)} ]; then sh ${quoted(undoFile)} quiet; else rm -f ${leavings} ${quoted(`${undoFile}.new`)}; ${emptied(changes)}; fi
exit 1
}`;
}

/** How the way back ends when the files are back and only the reload has failed. */
export const notReloaded = 4;

/** The way back: it can be run again after it was cut off. With "quiet" it does not reload, since nothing was reloaded. */
export function undo(directory: string, { changes }: Changes, reload: string[]): string {
  const steps = changes.map(({ file, existed }) => {
    const [name, kept] = [quoted(file), quoted(`${file}.bak`)];
    if (!existed) return `rm -f ${name} ${quoted(`${file}.new`)}`;
    return `if [ -e ${kept} ]; then mv -f ${kept} ${name}; fi; rm -f ${kept} ${quoted(`${file}.new`)}`;
  });
  return `${steps.join("\n")}
${emptied(changes)}
code=0
[ "\${1:-}" = quiet ] || ${commandLine(reload)} || code=${notReloaded}
rm -f ${quoted(`${directory}/undo`)}
exit $code
`;
}

/** From here on it is done: first the way back goes, then what it would have put back. */
export function commit(directory: string, { changes, folders }: Changes): string {
  const kept = changes.filter(({ existed }) => existed).map(({ file }) => quoted(`${file}.bak`));
  const gone = folders.map((folder) => `rmdir ${quoted(folder)} 2>/dev/null || :`);
  return [
    `rm -f ${quoted(`${directory}/undo`)}`,
    ...(kept.length > 0 ? [`rm -f ${kept.join(" ")}`] : []),
    ...gone,
  ].join("\n");
}

/** Takes the folders of files that were new away again, if nothing else is in them. */
function emptied(changes: Change[]): string {
  const folders = new Set(changes.filter(({ existed }) => !existed).map(({ file }) => folderOf(file)));
  return [":", ...[...folders].map((folder) => `rmdir ${quoted(folder)} 2>/dev/null || :`)].join("; ");
}

const folderOf = (file: string): string => file.slice(0, file.lastIndexOf("/"));
