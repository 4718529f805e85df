// Whether an address and port are free for a listener of ours: by what the server's configuration and the kernel say. Pure.
import type { Failure } from "../../core/failure-types";
import { errors } from "../errors";
import { quoted } from "../machine-shell";
import { listenAddressOf } from "../rules";

export interface ListenAddress {
  address: string;
  port: number;
  /** Of a range of ports, which `port` begins. */
  lastPort?: number;
}

/** A listener in a server's configuration. */
export interface Listening extends ListenAddress {
  file: string;
  line?: number;
}

/** What is known of a server's listeners. */
export interface Listeners {
  /** The folder of our files. */
  ours: string;
  listening: Listening[];
  /** Whose listeners the list does not have, for a sentence: "haproxy". Missing: it has all of the server's. */
  unlisted?: string;
}

/** Whether one connection can ask both. */
export function meets(a: ListenAddress, b: ListenAddress): boolean {
  const arePorts = a.port <= (b.lastPort ?? b.port) && b.port <= (a.lastPort ?? a.port);
  return arePorts && (a.address === b.address || a.address === "0.0.0.0" || b.address === "0.0.0.0");
}

/** Prints the kernel's listening sockets. Whether one of IPv6 for all addresses takes IPv4 too, only ss tells, by `*`. */
export const socketsScript = "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; ss -Hltn 2>/dev/null || :";

/** Listening sockets that a connection over IPv4 can meet, as `socketsScript` prints them. */
export function socketsIn(text: string): ListenAddress[] {
  const listed = rowsIn(text).flatMap(({ hex, address, port }) =>
    address === undefined || /^0{32}$/.test(hex) ? [] : [{ address, port }],
  );
  const both = [...text.matchAll(/^LISTEN +\d+ +\d+ +\*:(\d+) /gm)];
  return [...listed, ...both.map(([, port]) => ({ address: "0.0.0.0", port: Number(port) }))];
}

/** The numbers of the kernel's listening sockets that a connection to this place can meet. */
export function inodesAt(text: string, wanted: ListenAddress): string[] {
  return rowsIn(text).flatMap(({ address, port, inode }) => {
    return address !== undefined && meets({ address, port }, wanted) ? [inode] : [];
  });
}

/** Prints who has the listening sockets at a place, as far as we may see it: `holder <process> <name>`. */
export function holdersScript(text: string, wanted: ListenAddress): string {
  const pattern = inodesAt(text, wanted)
    .map((inode) => `socket:\\[${inode}\\]`)
    .join("\\|");
  if (pattern === "") return ":";
  // By its program: a process may call itself otherwise, as Node.js 24 does ("MainThread").
  const name = 'n=$(readlink "$d/exe") || n=$(cat "$d/comm"); n=${n% (deleted)}';
  return `for d in /proc/[0-9]*; do ! ls -l "$d/fd" 2>/dev/null | grep -q ${quoted(pattern)} || { ${name}; printf 'holder %s %s\\n' "\${d#/proc/}" "\${n##*/}"; }; done`;
}

/** The one of them that was first; nothing if none was printed. */
export function holderIn(text: string): { process: number; name: string } | undefined {
  const found = [...text.matchAll(/^holder (\d+) (.*)$/gm)].map(([, id, name = ""]) => ({ process: Number(id), name }));
  return found.sort((a, b) => a.process - b.process)[0];
}

/** Prints the kernel's listening sockets, and the numbers of the users who may listen for us: root, ours, and `owner`. */
export function listenersScript(owner: string | undefined): string {
  const reader = owner === undefined ? "" : ` "$(id -u ${quoted(owner.split(":")[0] ?? "")} 2>/dev/null)"`;
  return `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; printf 'trusted %s\\n' 0 "$(id -u)"${reader}`;
}

/**
 * The users whose listening sockets a connection to this place can meet. One of IPv6 for all addresses takes IPv4 too, but
 * only where no socket of IPv4 is.
 */
export function listenersIn(text: string, wanted: ListenAddress): { users: number[]; trusted: number[] } {
  const found = rowsIn(text).flatMap(({ hex, address, port, user }) => {
    const isMet = address !== undefined && meets({ address, port }, wanted);
    return isMet ? [{ user, isIpv4: hex.length === 8 }] : [];
  });
  const first = found.some(({ isIpv4 }) => isIpv4) ? found.filter(({ isIpv4 }) => isIpv4) : found;
  const trusted = [...text.matchAll(/^trusted (\d+)$/gm)].map(([, user]) => Number(user));
  return { users: [...new Set(first.map(({ user }) => user))], trusted };
}

interface Row {
  hex: string;
  /** Of IPv4, which the socket can be met at; of IPv6 for all addresses that is only possible. */
  address: string | undefined;
  port: number;
  user: number;
  inode: string;
}

function rowsIn(text: string): Row[] {
  const rows =
    /^ *\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) 0+:0000 0A [0-9A-F:]+ [0-9A-F:]+ [0-9A-F]+ +(\d+) +\d+ (\d+) /gm;
  return [...text.matchAll(rows)].map(([, hex = "", port = "", user = "", inode = ""]) => {
    return { hex, address: ipv4In(hex), port: parseInt(port, 16), user: Number(user), inode };
  });
}

/** The kernel writes the bytes of each 32 bits in the machine's order. IPv6: all addresses, or one of IPv4 within. */
function ipv4In(hex: string): string | undefined {
  if (/^0{32}$/.test(hex)) return "0.0.0.0";
  const [, bytes] = /^(?:0{16}FFFF0000)?([0-9A-F]{8})$/.exec(hex) ?? [];
  return bytes
    ?.match(/../g)
    ?.reverse()
    .map((byte) => parseInt(byte, 16))
    .join(".");
}

/** What is to be said when somebody else has the address and port of a listener of ours. */
export function listenTaken(
  listen: string,
  { ours, listening, unlisted }: Listeners,
  sockets: string,
  named: string,
): Failure | undefined {
  const wanted = listenAddressOf(listen);
  const all = listening.filter((place) => meets(place, wanted));
  const foreign = all.find(({ file }) => !file.startsWith(`${ours}/`));
  if (foreign) {
    const place = [foreign.file, ...(foreign.line === undefined ? [] : [foreign.line])].join(":");
    return errors.ROUTE_NOT_FREE.served({ listen, place });
  }
  const other = all.find(({ address }) => address !== wanted.address);
  if (other) return errors.ROUTE_NOT_FREE.overlaps({ listen, other: `${other.address}:${wanted.port}` });
  const isTaken = all.length === 0 && socketsIn(sockets).some((place) => meets(place, wanted));
  if (!isTaken) return undefined;
  if (unlisted === undefined) return errors.ROUTE_NOT_FREE.inUse({ listen, named });
  return errors.ROUTE_NOT_FREE.inUseOrOwn({ listen, named, server: unlisted });
}
