// Looks at the machine before Caddy's admin API is told anything: whose its socket is, who listens there, and how it was started.
import type { Failure } from "../../../core/failure-types";
import { errors, parts } from "../../errors";
import { decoded, quoted } from "../../machine-shell";
import type { Ran } from "../../machine";
import { inodesAt } from "../sockets";
import type { AdminPlace } from "./admin-client";

/** `/run/caddy/admin.sock` is in `/`, `/run` and `/run/caddy`. */
function wayTo(socket: string): string[] {
  const names = socket.split("/").slice(1);
  return ["/", ...names.map((_, at) => `/${names.slice(0, at + 1).join("/")}`)];
}

/**
 * Prints our users' numbers, the modes of the way to the socket, the kernel's lists of sockets, and each process called caddy: its
 * number, its arguments, and its sockets as far as we may see them. The arguments are read last: a process that has ended has none,
 * and is not taken for one whose sockets we may not see. A socket that is closed while they are listed hides no other.
 */
export function machineScript(place: AdminPlace, user: string): string {
  const way = "socket" in place ? wayTo(place.socket).map(quoted).join(" ") : "";
  return `printf 'user %s\\n' 0 "$(id -u)" "$(id -u ${quoted(user)} 2>/dev/null)"
${way === "" ? ":" : `for f in ${way}; do printf 'way '; ls -ldn "$f" 2>&1 || :; done`}
${way === "" ? "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null" : "sed 's/^/unix /' /proc/net/unix"}
for c in $(grep -ls '^caddy' /proc/[0-9]*/comm); do d=\${c%/comm}
f=$(ls -l "$d/fd" 2>/dev/null); if [ -n "$f" ]; then i=$(printf '%s\\n' "$f" | sed -n 's/.*socket:\\[\\([0-9]*\\)\\]$/\\1/p' | tr '\\n' ','); else i='?'; fi
w=$(base64 -w0 <"$d/cmdline" 2>/dev/null); [ -z "$w" ] || printf 'caddy %s %s %s\\n' "\${d#/proc/}" "$w" "$i"
done; :`;
}

const openCure = "Let Caddy make it with `|0600` after its path";

interface Process {
  id: string;
  words: string[];
  /** Nothing: we may not look. */
  inodes?: string[];
}

/** Why the admin API is not even to be asked; nothing if it may be. Over TCP nothing can be told. */
export function socketTrustProblem(place: AdminPlace, user: string, { stdout }: Ran): Failure | undefined {
  return "socket" in place ? socketProblem(place.socket, user, stdout) : undefined;
}

/** Who can put something in the way to the socket, or in its place, would be told all secrets; who can use it can read them. */
function socketProblem(socket: string, user: string, said: string): Failure | undefined {
  const users = [...said.matchAll(/^user (\d+)$/gm)].map(([, id = ""]) => id);
  const ways = wayTo(socket);
  const lines = [...said.matchAll(/^way (.*)$/gm)].map(([, line = ""]) => line);
  const places = ways.map((path, at) => ({ path, ...modeIn(lines[at]) }));
  for (const { path, mode, owner } of places) {
    const isLast = path === socket;
    // What is not there is said by who asks it.
    if (mode === undefined) return undefined;
    if (mode.startsWith("l")) return errors.PROXY_REFUSED.linkedSocket({ path });
    if (!users.includes(owner)) return errors.PROXY_REFUSED.foreignSocket({ server: "caddy", path, owner, user });
    const isOpen = mode[8] === "w" || (!isLast && mode[5] === "w");
    if (!isLast && isOpen && !/[tT]/.test(mode[9] ?? ""))
      return errors.PROXY_REFUSED.openSocketFolder({ path, mode: mode.slice(1) });
  }
  const isReachable = places.every(({ mode = "", path }) => path === socket || /[xt]/.test(mode[9] ?? ""));
  const isOpen = places.at(-1)?.mode?.[8] === "w";
  return isOpen && isReachable ? errors.PROXY_REFUSED.openSocket({ socket, cure: openCure }) : undefined;
}

function modeIn(line = ""): { mode: string | undefined; owner: string } {
  const [, mode, owner = ""] = /^([a-z-][rwxsStT-]{9})\S* +\d+ +(\d+) /.exec(line) ?? [];
  return { mode, owner };
}

/** What is changed over the API would be gone with the next start or reload of a Caddy that is run by a file. */
export function runProblem(place: AdminPlace, { stdout: said }: Ran): string | undefined {
  const listening = "socket" in place ? unixInodes(place.socket, said) : inodesAt(said, place);
  const all = [...said.matchAll(/^caddy (\d+) (\S+) ([\d,]*|\?)$/gm)].map(
    ([, id = "", words = "", inodes = ""]): Process => {
      return { id, words: decoded(words).split("\0"), ...(inodes !== "?" && { inodes: inodes.split(",") }) };
    },
  );
  const known = all.filter(({ inodes }) => inodes?.some((one) => listening.includes(one)));
  const possible = known.length > 0 ? known : all.filter(({ inodes }) => inodes === undefined);
  const [first] = possible;
  if (!first || possible.some(isResumed)) return undefined;
  return parts.runByFile({ server: "caddy", process: first.id, file: fileOf(first) });
}

const isResumed = ({ words }: Process) => words.some((word) => /^(?:--resume(?:=true)?|-[a-z]*r[a-z]*)$/.test(word));

/** The configuration that it was started with, for a sentence. */
function fileOf({ words }: Process): string {
  const at = words.findIndex((word) => word === "--config" || word === "-c");
  const given = at >= 0 ? words[at + 1] : words.find((word) => word.startsWith("--config="))?.slice("--config=".length);
  return given === undefined || given === "" ? "no file" : given;
}

/** Of the listening sockets at this path: number, references, protocol, flags, type, state, inode, path. */
function unixInodes(socket: string, said: string): string[] {
  const rows = [...said.matchAll(/^unix \S+ \S+ \S+ (\S+) \S+ \S+ +(\d+) (\/\S*)$/gm)];
  return rows.flatMap(([, flags, inode = "", path]) => (path === socket && flags === "00010000" ? [inode] : []));
}
