// Follows the includes of nginx's configuration: which directives stand in the blocks around a route. Pure.
import { meets } from "../sockets";
import type { ListenAddress } from "../sockets";
import { directivesIn, placeOf } from "./directives";
import { matches } from "./dump";

/** A directive where it stands. */
export interface Given {
  words: string[];
  file: string;
  line: number;
}

/** A block with what stands in it, whichever file that is from. */
export interface Block extends Given {
  given: Given[];
  blocks: Block[];
  parent?: Block;
  /** An include in it leads to the file that is looked for. */
  leads: boolean;
}

/** A configuration that includes more than this is not followed to its end; a real one of 1,000 sites has a tenth. */
const mostDirectives = 500_000;
const deepestInclude = 20;

/**
 * Every way to a route's file that its address is asked on: the blocks around it, the outermost (`http`) first. If none leads there yet, the http block alone: it is handed down
 * whatever the server block is.
 */
export function chainsTo(file: string, listen: ListenAddress, loaded: ReadonlyMap<string, string>): Block[][] {
  const root = treeOf(loaded, file);
  const ways = blocksBelow(root)
    .filter(({ leads }) => leads)
    .map(chainOf)
    .filter(([first]) => first?.words[0] === "http");
  const asked = ways.filter((chain) => chain.every((block) => isAsked(block, listen)));
  if (ways.length > 0) return asked.length > 0 ? asked : ways;
  return root.blocks.filter(({ words }) => words[0] === "http").map((block) => [block]);
}

/** What stands outside of every block. */
export function mainIn(loaded: ReadonlyMap<string, string>): Given[] {
  return treeOf(loaded, "").given;
}

/**
 * Whether what connects to this place must begin with a line of the PROXY protocol: one `listen` says it for all of the
 * same address and port; those of exactly this address come before those of all.
 */
export function takesProxyProtocol({ address, port }: ListenAddress, loaded: ReadonlyMap<string, string>): boolean {
  const listens = serversIn(loaded, "")
    .flatMap(({ given }) => given.filter(({ words: [name] }) => name === "listen"))
    .flatMap(({ words: [, value = "", ...options] }) => {
      const place = placeOf(value, options);
      return place && meets({ address: place.address, port }, place) ? [{ ...place, options }] : [];
    });
  const exact = listens.filter((place) => place.address === address);
  const asked = exact.length > 0 ? exact : listens.filter((place) => place.address === "0.0.0.0");
  return asked.some(({ options }) => options.includes("proxy_protocol"));
}

/** The server blocks, in the order in which nginx reads them. `leads` says whether an include in one leads to this file. */
export function serversIn(loaded: ReadonlyMap<string, string>, file: string): Block[] {
  return blocksBelow(treeOf(loaded, file)).filter(
    ({ words: [name], parent }) => name === "server" && parent?.words[0] === "http",
  );
}

/** What is in effect at the end of a chain: what stands in an inner block replaces the same of an outer one. */
export function inEffect(chain: Block[]): Given[] {
  const seen = new Set<string>();
  const found: Given[] = [];
  for (const { given } of [...chain].reverse()) {
    const fresh = given.filter(({ words: [name = ""] }) => !seen.has(name));
    for (const { words } of fresh) seen.add(words[0] ?? "");
    found.push(...fresh);
  }
  return found;
}

/** A server block is asked on the addresses of its `listen`; without one on port 80 of all. */
function isAsked({ words, given }: Block, wanted: ListenAddress): boolean {
  if (words[0] !== "server") return true;
  const listens = given.filter(({ words: [name] }) => name === "listen");
  if (listens.length === 0) return meets({ address: "0.0.0.0", port: 80 }, wanted);
  return listens.some(({ words: [, value = "", ...options] }) => {
    const place = placeOf(value, options);
    return place !== undefined && meets(place, wanted);
  });
}

/** The directives of a configuration's files, read once for all the routes that are looked for in it. */
const parsedOf = new WeakMap<ReadonlyMap<string, string>, Map<string, ReturnType<typeof directivesIn>>>();

function treeOf(loaded: ReadonlyMap<string, string>, wanted: string): Block {
  const [main = ""] = loaded.keys();
  const folder = main.slice(0, main.lastIndexOf("/") + 1);
  const names = [...loaded.keys()];
  const parsed = parsedOf.get(loaded) ?? new Map<string, ReturnType<typeof directivesIn>>();
  parsedOf.set(loaded, parsed);
  let left = mostDirectives;
  const directivesOf = (file: string) => {
    const found = parsed.get(file) ?? directivesIn(loaded.get(file) ?? "");
    parsed.set(file, found);
    return found;
  };
  const filesOf = (pattern: string) => {
    if (!/[*?[\\]/.test(pattern)) return loaded.has(pattern) ? [pattern] : [];
    return names.filter((name) => matches(name, pattern));
  };
  const root: Block = { words: [], file: main, line: 0, given: [], blocks: [], leads: false };
  const read = (file: string, into: Block, depth: number) => {
    let block = into;
    for (const { words, line, ends } of directivesOf(file)) {
      left -= 1;
      if (left < 0) return;
      if (ends === "{") {
        const inner: Block = { words, file, line, given: [], blocks: [], parent: block, leads: false };
        block.blocks.push(inner);
        block = inner;
      } else if (ends === "}") block = block === into ? into : (block.parent ?? into);
      else if (words[0] === "include" && words[1] !== undefined) {
        const pattern = words[1].startsWith("/") ? words[1] : `${folder}${words[1]}`;
        if (pattern === wanted || matches(wanted, pattern)) block.leads = true;
        else if (depth < deepestInclude) for (const name of filesOf(pattern)) read(name, block, depth + 1);
      } else if (words.length > 0) block.given.push({ words, file, line });
    }
  };
  read(main, root, 0);
  return root;
}

/** All blocks below one. */
export function blocksBelow({ blocks }: Block): Block[] {
  const found = [...blocks];
  for (let at = 0; at < found.length; at += 1) for (const inner of found[at]?.blocks ?? []) found.push(inner);
  return found;
}

function chainOf(block: Block): Block[] {
  const chain: Block[] = [];
  for (let one: Block | undefined = block; one?.parent; one = one.parent) chain.unshift(one);
  return chain;
}
