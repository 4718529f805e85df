// Which server block of nginx answers for a host at an address and port, and where that block listens. Pure.
import { meets } from "../sockets";
import type { ListenAddress } from "../sockets";
import type { Block } from "./blocks";
import { placeOf } from "./directives";

/** An address and port on which server blocks listen. */
export interface Listener {
  /** For a `listen` of another block: "80", "[::]:80". */
  value: string;
  /** Missing: IPv6 alone. */
  place?: ListenAddress;
  takesProxyProtocol: boolean;
  /** One of its blocks is the default by its own words, wherever it stands. */
  hasDefault: boolean;
  /** In the order of the configuration. */
  blocks: Block[];
}

/**
 * Where the blocks listen that a connection to the wanted place meets: on exactly that address, or, if none does, on all; of a wanted
 * "0.0.0.0" on any address. With them, where the same blocks listen on that port for IPv6.
 */
export function listenersAt(blocks: readonly Block[], wanted: ListenAddress): Listener[] {
  const all = new Map<string, Listener>();
  for (const block of blocks) {
    for (const { words } of listensOf(block)) {
      const [, given = "", ...options] = words;
      const listener = listenerAt(given, options, wanted.port);
      if (!listener) continue;
      const key = listener.place ? `${listener.place.address}:${wanted.port}` : listener.value;
      const known = all.get(key) ?? listener;
      known.takesProxyProtocol ||= listener.takesProxyProtocol;
      known.hasDefault ||= listener.hasDefault;
      if (!known.blocks.includes(block)) known.blocks.push(block);
      all.set(key, known);
    }
  }
  const met = [...all.values()].filter(({ place }) => place && meets(place, wanted));
  const exact = met.filter(({ place }) => place?.address === wanted.address);
  const asked = exact.length > 0 && wanted.address !== "0.0.0.0" ? exact : met;
  const six = [...all.values()].filter(({ place, blocks: own }) => {
    return !place && own.some((block) => asked.some((listener) => listener.blocks.includes(block)));
  });
  return [...asked, ...six];
}

const listensOf = ({ given }: Block) => {
  const listens = given.filter(({ words: [name] }) => name === "listen");
  return listens.length > 0 ? listens : [{ words: ["listen", "80"] }]; // what nginx takes where there is none
};

/** Nothing if it is on another port, or a unix socket. */
function listenerAt(given: string, options: readonly string[], port: number): Listener | undefined {
  const [, six, host = "", first = "80", last = first] =
    /^(?:(\[[^\]]*\])|([^:]*))(?::(\d+)(?:-(\d+))?)?$/.exec(/^\d+(?:-\d+)?$/.test(given) ? `:${given}` : given) ?? [];
  if (given.startsWith("unix:") || port < Number(first) || port > Number(last)) return undefined;
  const place = placeOf(given, options);
  if (!place && six === undefined) return undefined;
  const address = six ?? host;
  return {
    value: address === "" ? String(port) : `${address}:${port}`,
    ...(place && { place: { address: place.address, port } }),
    takesProxyProtocol: options.includes("proxy_protocol"),
    hasDefault: options.includes("default_server") || options.includes("default"),
    blocks: [],
  };
}

/**
 * The block that nginx takes for a host: an exact name, the longest with a wildcard in front, the longest with one behind, the first
 * regular expression. Nothing: the default answers. Source: https://nginx.org/en/docs/http/server_names.html, read Nov 2026.
 */
export function blockNaming(host: string, { blocks }: Listener): Block | undefined {
  const named = blocks.flatMap((block) =>
    block.given
      .filter(({ words: [name] }) => name === "server_name")
      .flatMap(({ words: [, ...names] }) =>
        names.map((name) => ({ block, name: name.startsWith("~") ? name : name.toLowerCase() })),
      ),
  );
  const longest = (some: typeof named) => some.sort((a, b) => b.name.length - a.name.length)[0];
  const found =
    named.find(({ name }) => name === host || name === `.${host}`) ??
    longest(named.filter(({ name }) => /^\*?\./.test(name) && host.endsWith(name.replace(/^\*/, "")))) ??
    longest(named.filter(({ name }) => name.endsWith(".*") && host.startsWith(name.slice(0, -1)))) ??
    named.find(({ name }) => name.startsWith("~") && isMatch(name.slice(1), host));
  return found?.block;
}

/** A pattern that only nginx can read is taken for one that fits: who has it is asked to say so in the configuration. */
function isMatch(pattern: string, host: string): boolean {
  try {
    return new RegExp(pattern.replaceAll("(?P<", "(?<"), "i").test(host);
  } catch {
    return true;
  }
}
