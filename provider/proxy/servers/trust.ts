// Whether a folder of ours may be used: nobody but root and the user who runs may have put anything in it, or in its way.
import type { Failure } from "../../core/failure-types";
import { errors } from "../errors";
import type { Ran } from "../machine";
import { quoted } from "../machine-shell";
import type { Folder } from "./scripts";
import { undoFile, workFolder } from "./way-back";

const untrustedCode = 77;
const mark = "pulumi-telegram-untrusted";

/**
 * The beginning of a script that uses the folder; it ends the script when the folder cannot be trusted. Every folder from /
 * down must be root's or ours and nobody else's to write, and no symbolic link. A folder with the sticky bit in which all may
 * write, such as /tmp, will do above ours, since nobody can move there what is another's; ours may not be such a one. What
 * was found trusted stays so: only who is trusted can change it. A folder that is not there, or that `find` cannot look at,
 * ends the script too, since in another's folder it may come back at any time. `below`: these places in it, which are looked
 * at if they are there; "all": everything in it, for who holds the lock.
 */
export function trusting(folder: Folder, below: readonly string[] | "all"): string {
  const { directory } = folder;
  const { isForeign, isOpen, show } = conditions(folder);
  const inIt = `${isForeign} -o ! -type l ${isOpen}`;
  const places = below === "all" ? [directory] : withFolders(directory, below);
  const within = `find ${places.map(quoted).join(" ")}`;
  return `${lookingAbove(folder)}; trusted $? "$found"
found=$(find ${quoted(directory)} -prune \\( -type l -o ${isForeign} -o ${isOpen} \\) ${show}); trusted $? "$found"
${
  below === "all"
    ? `found=$(${within} \\( ${inIt} \\) ${show}); trusted $? "$found"`
    : `found=$(${within} -prune \\( ${inIt} \\) ${show} 2>/dev/null); trusted 0 "$found"`
}`;
}

/** Looks at those folders above ours that are there, before ours is made. What may be used, only `trusting` tells afterwards. */
export const trustingAbove = (folder: Folder): string => `${lookingAbove(folder)} 2>/dev/null; trusted 0 "$found"`;

function lookingAbove(folder: Folder): string {
  const { isNotOurs, isOpen, show } = conditions(folder);
  return `me=$(id -u) || exit 1
trusted() {
[ -z "$2" ] || { printf '${mark} %s %s\\n' "$(id -un)" "$2" >&2; exit ${untrustedCode}; }
[ "$1" = 0 ] || exit 1
}
found=$(find ${parentsOf(folder.directory).map(quoted).join(" ")} -prune \\( -type l -o ${isNotOurs} -o ${isOpen} ! -perm -1000 \\) ${show})`;
}

/** Conditions for `find`. `show` prints a line for each match whatever `ls` can do: not every `ls` has the same options. */
function conditions({ owner }: Folder) {
  const reader = owner?.split(":")[0];
  const isNotOurs = '! -user 0 ! -user "$me"';
  return {
    isNotOurs,
    isForeign: reader === undefined ? isNotOurs : `${isNotOurs} ! \\( -type f -user ${quoted(reader)} \\)`,
    isOpen: "\\( -perm -020 -o -perm -002 \\)",
    show: "\\( -exec ls -ld {} \\; -o -print \\)",
  };
}

/** These, and the folders in which they are, below ours. */
function withFolders(directory: string, below: readonly string[]): string[] {
  const folders = below.flatMap((file) => parentsOf(file).filter((folder) => folder.startsWith(`${directory}/`)));
  return [...new Set([...folders, ...below])];
}

/** `/etc/nginx/ours` is in `/`, `/etc` and `/etc/nginx`. */
function parentsOf(directory: string): string[] {
  const names = directory.split("/").slice(1, -1);
  return ["/", ...names.map((_, at) => `/${names.slice(0, at + 1).join("/")}`)];
}

/** The sentence for a script that ended because a folder cannot be trusted. */
export function untrusted({ code, stderr }: Ran, machine: string, directory: string): Failure | undefined {
  if (code !== untrustedCode) return undefined;
  const line = stderr.split("\n").find((one) => one.startsWith(`${mark} `)) ?? "";
  const [, user = "", shown = ""] = /^\S+ (\S+) (.*)$/.exec(line) ?? [];
  const [, kind, mode, owner, place] = /^(.)(\S{9})\S* +\d+ +(\S+) +\S+ .*? (\/.*)$/.exec(shown) ?? [];
  const path = (place ?? shown).replace(/ -> .*$/, "");
  const told = { path, machine, user };
  if (mode === undefined || owner === undefined) return errors.PROXY_REFUSED.untrusted(told);
  const [undo, work] = [undoFile(directory), workFolder(directory)];
  const isForeign = owner !== "root" && owner !== user;
  if (path === undo || path === work || path.startsWith(`${work}/`)) {
    if (isForeign) return errors.PROXY_REFUSED.foreignWayBack({ ...told, owner, undo, work });
    return errors.PROXY_REFUSED.openWayBack({ ...told, mode, undo, work });
  }
  if (isForeign && path === directory) return errors.PROXY_REFUSED.foreignOurs({ ...told, owner, undo, work });
  if (isForeign) return errors.PROXY_REFUSED.foreignFolder({ ...told, owner });
  if (kind === "l") return errors.PROXY_REFUSED.linkedFolder(told);
  return errors.PROXY_REFUSED.openFolder({ ...told, mode });
}
