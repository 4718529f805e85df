// Whether an address and port are free for a listener of ours: by what the server's configuration and the kernel say. Pure.
import type { Failure } from "../../core/failure";
import { errors } from "../errors";
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

/** Listening IPv4 sockets, from /proc/net/tcp. */
export function socketsIn(text: string): ListenAddress[] {
  return [...text.matchAll(/^ *\d+: ([0-9A-F]{8}):([0-9A-F]{4}) [0-9A-F]{8}:0000 0A /gm)].map(
    ([, address = "", port = ""]) => ({
      address: (address.match(/../g) ?? [])
        .reverse()
        .map((byte) => parseInt(byte, 16))
        .join("."),
      port: parseInt(port, 16),
    }),
  );
}

/** What is to be said when somebody else has the address and port of a listener of ours. */
export function listenTaken(
  listen: string,
  { ours, listening, unlisted }: Listeners,
  sockets: string,
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
  if (unlisted === undefined) return errors.ROUTE_NOT_FREE.inUse({ listen });
  return errors.ROUTE_NOT_FREE.inUseOrOwn({ listen, server: unlisted });
}
