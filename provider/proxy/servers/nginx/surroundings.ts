// Judges the blocks around a route: what keeps updates from it, what nobody can tell, and which lines of its own it needs. Pure.
import { parts } from "../../errors";
import type { Surroundings } from "../route-files";
import type { ListenAddress } from "../sockets";
import { blocksBelow, chainsTo, inEffect } from "./blocks";
import type { Block, Given } from "./blocks";
import { refusedByName, replacedWhereUsed } from "./handed-down";

type Loaded = ReadonlyMap<string, string>;

/** Where a route is. */
export interface RoutePlace {
  /** The route's file. */
  file: string;
  /** The folder of our files. */
  directory: string;
  listen: ListenAddress;
}

/** Lines of a route's location against what is handed down to it. `loaded` is missing where nobody can tell what that is. */
export function linesAgainst(handed: readonly Given[] | undefined): string[] {
  const isHanded = (directive: string) => handed?.some(({ words: [name] }) => name === directive);
  return replacedWhereUsed
    .filter(({ directive, isStock }) => (handed ? isHanded(directive) : isStock))
    .map(({ line }) => line);
}

/** What the blocks around a route hand down to it, without our own files. */
export function handedTo(place: RoutePlace, loaded: Loaded): Given[] {
  return handedIn(chainsTo(place.file, place.listen, loaded), place);
}

function handedIn(chains: Block[][], { directory }: RoutePlace): Given[] {
  return [...new Set(chains.flatMap(inEffect))].filter(({ file }) => !file.startsWith(`${directory}/`));
}

/** `text`: of the route's file as it is, or will be. */
export function surroundingsOf(place: RoutePlace & { isTls: boolean; text: string }, loaded: Loaded): Surroundings {
  const { isTls, text } = place;
  const chains = chainsTo(place.file, place.listen, loaded);
  const handed = handedIn(chains, place);
  const keeping = refusedByName.flatMap((row) => {
    if (row.isTls && !isTls) return [];
    const found = handed.filter(({ words: [name, ...rest] }) => {
      return name === row.directive && (row.words?.test(rest.join(" ")) ?? true);
    });
    return found.map((given) =>
      parts.handedDown({ directive: row.directive, place: placeIn(given), consequence: row.why }),
    );
  });
  const missing = replacedWhereUsed.flatMap(({ directive, line }) => {
    const given = handed.find(({ words: [name] }) => name === directive);
    if (!given || text.includes(line)) return [];
    return [parts.handedDownAnew({ directive, place: placeIn(given) })];
  });
  const servers = new Set(chains.flatMap((chain) => chain.slice(1)));
  const acting = [...servers].flatMap(({ given, blocks }) => [
    ...given.filter(({ words: [name] }) => name === "rewrite"),
    ...blocks.filter(({ words: [name] }) => name === "if"),
  ]);
  return {
    obstacles: keeping,
    unguarded: missing,
    doubts: chains.flatMap(byAddress).map(placeIn),
    before: acting.map((given) => `${given.words[0]} (${placeIn(given)})`),
  };
}

const placeIn = ({ file, line }: Given): string => `${file}:${line}`;

const addressVariable =
  /^(?:(?:binary_|realip_)?remote_addr|proxy_protocol_addr|proxy_add_x_forwarded_for|http_(?:x_forwarded_for|x_real_ip|forwarded|cf_\w+|true_client_ip)|geoip2?_\w+|ssl_client_\w+)$/;

const variablesIn = (words: readonly string[]) =>
  [...words.join(" ").matchAll(/\$\{?(\w+)/g)].map(([, name = ""]) => name);

/** The `if` blocks of a server block that answer or rewrite by the client's address, which a probe from the machine itself has not. */
function byAddress(chain: Block[]): Given[] {
  const [http] = chain;
  const servers = chain.slice(1);
  const conditions = servers.flatMap(({ blocks }) => blocks.filter(({ words: [name] }) => name === "if"));
  const depends = dependent(http, servers, conditions);
  return conditions.filter(
    ({ words, given }) =>
      variablesIn(words).some(depends) && given.some(({ words: [name = ""] }) => ["return", "rewrite"].includes(name)),
  );
}

/** Whether a variable follows from the client's address: by itself, by `geo`, `map`, or `set`. */
function dependent(http: Block | undefined, servers: Block[], conditions: Block[]): (name: string) => boolean {
  const known = new Set<string>();
  const depends = (name: string) => known.has(name) || addressVariable.test(name);
  const follows: { from: string[]; to: string[] }[] = [];
  for (const { words, given } of http ? blocksBelow(http) : []) {
    const [name = ""] = words;
    if (name === "geo") for (const to of variablesIn(words.slice(-1))) known.add(to);
    if (name === "geoip2") for (const to of given.flatMap((one) => variablesIn(one.words.slice(0, 1)))) known.add(to);
    if (name === "map" || name === "split_clients") {
      const from = [...variablesIn(words.slice(1, -1)), ...given.flatMap((one) => variablesIn(one.words))];
      follows.push({ from, to: variablesIn(words.slice(-1)) });
    }
  }
  const sets = (given: Given[], condition: string[]) => {
    for (const { words } of given.filter(({ words: [name] }) => name === "set")) {
      follows.push({ from: [...condition, ...variablesIn(words.slice(2))], to: variablesIn(words.slice(1, 2)) });
    }
  };
  for (const { given } of servers) sets(given, []);
  for (const { words, given } of conditions) sets(given, variablesIn(words));
  for (let before = -1; before !== known.size;) {
    before = known.size;
    for (const { from, to } of follows) if (from.some(depends)) for (const one of to) known.add(one);
  }
  return depends;
}
