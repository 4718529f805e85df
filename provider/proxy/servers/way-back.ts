// The way back of a transaction: data with a fixed grammar, and the shell script that carries it out. Pure.
import { parts } from "../errors";
import { quoted, writing } from "../machine-shell";
import type { Changes, FileChange } from "./scripts";

/** What is to be put back. While it is there, a transaction is under way or was cut off. */
export const undoFile = (directory: string): string => `${directory}/undo`;

/**
 * What a transaction keeps until it is over: new texts, and the files that it replaces. A folder of its own, since some
 * servers load whatever lies beside their files.
 */
export const workFolder = (directory: string): string => `${directory}/undo.d`;

/** How the way back ends when the files are back and only the reload has failed. */
export const notReloaded = 4;

const header = "pulumi-telegram way back 1";
const footer = "end";
/** Below our folder: no part that begins with a dot or hyphen, and no characters but these. */
const placeClass = /^[A-Za-z0-9_][A-Za-z0-9._:-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._:-]*)*$/;

/** Each change with its places in the work folder: the new text, and what was there. */
export function numberedIn({ directory, changes }: Changes): (FileChange & { fresh: string; kept: string })[] {
  const work = workFolder(directory);
  return changes.map((change, at) => ({ ...change, fresh: `${work}/${at}.new`, kept: `${work}/${at}.bak` }));
}

/** One step a line: `restore <number> <place>`, `remove - <place>`, `rmdir - <place>`; places are below the folder. */
export function wayBackText(task: Changes): string {
  const place = (file: string) => {
    const below = file.slice(task.directory.length + 1);
    if (!file.startsWith(`${task.directory}/`) || !placeClass.test(below))
      throw new Error(`${file} cannot be put back, so it must not be written: nothing was written`);
    return below;
  };
  const steps = task.changes.map(({ file, existed }, at) =>
    existed ? `restore ${at} ${place(file)}` : `remove - ${place(file)}`,
  );
  const folders = newFoldersOf(task).map((folder) => `rmdir - ${place(folder)}`);
  return [header, ...steps, ...folders, footer, ""].join("\n");
}

/** The folders of files that were new, and those above them up to ours, the deepest first: each may be new, too. */
export function newFoldersOf({ directory, changes }: Pick<Changes, "directory" | "changes">): string[] {
  const folders = new Set<string>();
  for (const { file } of changes.filter(({ existed }) => !existed)) {
    for (let at = file.lastIndexOf("/"); at > directory.length; at = file.lastIndexOf("/", at - 1))
      folders.add(file.slice(0, at));
  }
  return [...folders].sort((a, b) => b.split("/").length - a.split("/").length);
}

/** Writes the way back beside, from where one step brings it into its place. */
export const writingWayBack = (task: Changes): string =>
  writing(wayBackText(task), `${workFolder(task.directory)}/undo`);

/**
 * Carries the way back out. It reads no command and no path from the disk: the text comes from us (`task`), or, after a run
 * that was cut off, from the file `undo`, of which every line must fit the grammar before the first is obeyed, and none may
 * name a place behind a symbolic link. It can be run again after it was cut off; what cannot be put back stays. `isQuiet`:
 * it does not reload, since nothing was reloaded.
 */
export function wayBack(directory: string, reload: string, text: Changes | "file", isQuiet = false): string {
  const plan = text === "file" ? '"$(cat undo)"' : quoted(wayBackText(text).trimEnd());
  const told = { undo: undoFile(directory), work: workFolder(directory) };
  const linked = text === "file" ? `echo ${quoted(parts.linkedWayBack(told))} >&2; exit 1` : ":";
  return `(
cd ${quoted(directory)} || exit 1
plan=${plan}
foreign() { echo ${quoted(parts.otherWayBack(told))} >&2; exit 1; }
linked() { ${linked}; }
[ ! -L undo.d ] || linked
case $plan in '${header}
'*'
${footer}') ;; *) foreign ;; esac
plan=\${plan#*'
'}; plan=\${plan%'
${footer}'}
failed=
for pass in look act; do
while IFS=' ' read -r verb number place; do
[ -n "$verb" ] || continue
if [ "$pass" = look ]; then
case $verb in restore) case $number in ''|*[!0-9]*) foreign ;; esac ;; remove|rmdir) [ "$number" = - ] || foreign ;; *) foreign ;; esac
case /$place in /|*[!A-Za-z0-9._:/-]*|*//*|*/|*/.*|*/-*) foreign ;; esac
rest=$place; at=.
while [ "$rest" != "\${rest#*/}" ]; do at=$at/\${rest%%/*}; rest=\${rest#*/}; [ ! -L "$at" ] || linked; done
else
case $verb in
restore) [ ! -e "undo.d/$number.bak" ] || mv -f "undo.d/$number.bak" "$place" || failed=yes ;;
remove) rm -f "$place" || failed=yes ;;
rmdir) rmdir "$place" 2>/dev/null || : ;;
esac
fi
done <<pulumi_telegram_plan
$plan
pulumi_telegram_plan
done
[ -z "$failed" ] || exit 1
code=0
${isQuiet ? ":" : `( cd /; ${reload}\n) || code=${notReloaded}`}
rm -rf undo.d
rm -f undo
exit $code
)`;
}
