// Whether a folder of ours may be used: nobody but root and the user who runs may have put anything in it, or in its way.
import type { Failure } from "../../core/failure";
import { errors } from "../errors";
import type { Ran } from "../machine";
import { quoted } from "../machine-shell";
import type { Folder } from "./scripts";

const untrustedCode = 77;
const mark = "pulumi-telegram-untrusted";

/**
 * The beginning of a script that uses the folder; it ends the script when the folder cannot be trusted. Every folder from /
 * down must be root's or ours and nobody else's to write, and no symbolic link. A folder with the sticky bit in which all may
 * write, such as /tmp, will do above ours, since nobody can move there what is another's; ours may not be such a one. What
 * was found trusted stays so: only who is trusted can change it. `below`: these places in it, which are looked at if they are
 * there; "all": everything in it, for who holds the lock.
 */
export function trusting({ directory, owner }: Folder, below: readonly string[] | "all"): string {
  const above = parentsOf(directory).map(quoted).join(" ");
  const within =
    below === "all" ? quoted(directory) : [directory, ...withFolders(directory, below)].map(quoted).join(" ");
  const reader = owner?.split(":")[0];
  const isForeign = '! -user 0 ! -user "$me"';
  const isOpen = "\\( -perm -020 -o -perm -002 \\)";
  const isReaders = reader === undefined ? "" : ` ! \\( -type f -user ${quoted(reader)} \\)`;
  const show = `-exec ls -ldq {} \\;`;
  return `me=$(id -u) || exit 1
trusted() { [ -z "$1" ] || { printf '${mark} %s %s\\n' "$(id -un)" "$1" >&2; exit ${untrustedCode}; }; }
trusted "$(find ${above} -prune \\( -type l -o ${isForeign} -o ${isOpen} ! -perm -1000 \\) ${show} 2>/dev/null)"
trusted "$(find ${quoted(directory)} -prune \\( -type l -o ${isForeign} -o ${isOpen} \\) ${show} 2>/dev/null)"
found=$(find ${within}${below === "all" ? "" : " -prune"} \\( ${isForeign}${isReaders} -o ! -type l ${isOpen} \\) ${show}${below === "all" ? ") || exit 1" : " 2>/dev/null)"}
trusted "$found"`;
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
export function untrusted({ code, stderr }: Ran, machine: string): Failure | undefined {
  if (code !== untrustedCode) return undefined;
  const line = stderr.split("\n").find((one) => one.startsWith(`${mark} `)) ?? "";
  const [, user, kind, mode, owner, path] =
    /^\S+ (\S+) (.)(\S{9})\S* +\d+ +(\S+) +\S+ .*? (\/[^\n]*)$/.exec(line) ?? [];
  if (user === undefined || mode === undefined || owner === undefined || path === undefined) return undefined;
  const told = { path: path.replace(/ -> .*$/, ""), machine, user };
  if (owner !== "root" && owner !== user) return errors.PROXY_REFUSED.foreignFolder({ ...told, owner });
  if (kind === "l") return errors.PROXY_REFUSED.linkedFolder(told);
  return errors.PROXY_REFUSED.openFolder({ ...told, mode });
}
