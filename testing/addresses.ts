// Addresses: which IPv4 ranges are reserved, what numeric texts mean, and the resolver with its host map and cache.
import { isIP } from "node:net";
import type { Clock } from "./clock";
import { hostProblem } from "./idn";
import type { FakeTelegramOptions, HostAddress } from "./types";

/** What the server believes a public host name to resolve to when only `connect` was given. */
const SHOWN_BY_DEFAULT = "149.154.167.220";

/** Network and prefix length, from IPAddress::is_reserved. */
const RESERVED: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

const asNumber = (ipv4: string): number => ipv4.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

export const isReserved = (ipv4: string): boolean =>
  RESERVED.some(([network, length]) => {
    const size = 2 ** (32 - length);
    return Math.floor(asNumber(ipv4) / size) === Math.floor(asNumber(network) / size);
  });

/** An address from text by the rules of getaddrinfo (`10.1`, `0x7f.1` too), normalised; undefined when it is none. */
export function parseAddress(text: string): string | undefined {
  const bare = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
  if (isIP(bare) === 6) return bare.includes("%") ? undefined : bare.toLowerCase();
  const [beforeSpace = ""] = text.split(/[ \t\n\v\f\r]/, 1);
  const parts = beforeSpace.split(".");
  if (parts.length > 4 || !parts.every((part) => /^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.test(part))) return undefined;
  const numbers = parts.map((part) => (/^0\d/.test(part) ? parseInt(part, 8) : Number(part)));
  const last = numbers.pop() ?? 0;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  const value = numbers.reduce((sum, number, index) => sum + number * 256 ** (3 - index), 0) + last;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** Why the server refuses to deliver to this address; undefined when it does not. */
export function addressProblem(address: string, local: boolean): string | undefined {
  if (local) return undefined;
  if (isIP(address) === 6) return "IPv6-only addresses are not allowed";
  return isReserved(address) ? `IP address ${address} is reserved` : undefined;
}

export type Resolved = { address: string } | { problem: string };

/** The resolver: a host map in place of DNS, and a cache that remembers failures too. */
export class Resolver {
  private readonly hosts = new Map<string, HostAddress>();
  private cache = new Map<string, { answer: Resolved; until: number }>();
  /** Lookups that are not over: who asks for the same name waits for the same one. */
  private active = new Map<string, Promise<Resolved>>();
  /** The end of the last lookup that takes time: there is one at a time. */
  private busy: Promise<unknown> | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly options: FakeTelegramOptions,
  ) {}

  setHost(host: string, address: HostAddress): void {
    this.hosts.set(host.toLowerCase(), address);
  }

  /** Whatever was looked up will be looked up again. */
  forget(): void {
    this.cache = new Map();
    this.active = new Map();
    this.busy = undefined;
  }

  allHosts(): Record<string, HostAddress> {
    return Object.fromEntries(this.hosts);
  }

  /** When a lookup of this name would be over: what is remembered is answered at once. */
  speedOf(host: string): "at once" | "soon" | "late" {
    if (hostProblem(host) !== undefined || this.cached(host) !== undefined) return "at once";
    const waits = this.busy !== undefined || this.active.has(host);
    return waits || this.entryOf(host)?.delayMilliseconds ? "late" : "soon";
  }

  async resolve(host: string): Promise<Resolved> {
    const problem = hostProblem(host);
    if (problem !== undefined) return { problem };
    const known = this.cached(host) ?? this.active.get(host);
    if (known !== undefined) return known;
    const { active, cache } = this;
    const lookup = this.lookUp(host).then((answer) => {
      const { negativeCacheSeconds = 300, positiveCacheSeconds = 1740 } = this.options;
      const seconds = "problem" in answer ? negativeCacheSeconds : positiveCacheSeconds;
      cache.set(host, { answer, until: this.clock.milliseconds() + seconds * 1000 });
      active.delete(host);
      return answer;
    });
    active.set(host, lookup);
    return lookup;
  }

  private async lookUp(host: string): Promise<Resolved> {
    while (this.busy !== undefined) await this.busy;
    const entry = this.entryOf(host);
    if (entry?.delayMilliseconds) {
      const mine = this.clock.sleep(entry.delayMilliseconds / 1000);
      this.busy = mine;
      await mine;
      if (this.busy === mine) this.busy = undefined;
    }
    return resolved(host, entry);
  }

  private cached(host: string): Resolved | undefined {
    const known = this.cache.get(host);
    return known !== undefined && known.until > this.clock.milliseconds() ? known.answer : undefined;
  }

  private entryOf(host: string): HostAddress | undefined {
    return this.hosts.get(host.replace(/\.$/, "")) ?? (isLiteral(host) ? {} : this.options.resolveEverything);
  }

  /** Whether a connection to this address, which a host resolved to or which was pinned, can be begun at all. */
  isReachable(host: string | undefined, address: string): boolean {
    const isMapped = this.hosts.has(address) || this.hosts.get(host ?? "")?.connect !== undefined;
    return isMapped || !hasNoRoute(address);
  }

  /** Where a connection to this host, believed to be at this address, really goes. */
  connectTo(host: string, address: string, port: number): { host: string; port: number; unanswered?: boolean } {
    const entry = this.hosts.get(address) ?? this.entryOf(host);
    if (entry?.unanswered === true) return { host: address, port, unanswered: true };
    const colon = /^(.+):(\d+)$/.exec(entry?.connect ?? "");
    if (colon) return { host: colon[1] ?? "", port: Number(colon[2]) };
    return { host: entry?.connect ?? (isLiteral(host) ? address : "127.0.0.1"), port };
  }
}

const unbracketed = (host: string): string => host.replace(/^\[(.*)\]$/, "$1");

/** Addresses that no connection can be begun to; an IPv6 address has no route unless it is mapped. */
const hasNoRoute = (address: string): boolean =>
  isIP(address) === 6
    ? !/^::(1|ffff:.*)$/.test(address)
    : address === "255.255.255.255" || Number(address.split(".")[0]) >> 4 === 14;
const isLiteral = (host: string): boolean => parseAddress(unbracketed(host)) !== undefined;

function resolved(host: string, entry: HostAddress | undefined): Resolved {
  if (entry?.none === true || entry === undefined) {
    return { problem: `Failed to resolve host: ${entry?.error ?? "Name or service not known"}` };
  }
  if (entry.aaaaOnly === true) return { address: entry.shown ?? "2001:67c:4e8:f004::9" };
  return { address: entry.shown ?? parseAddress(unbracketed(host)) ?? SHOWN_BY_DEFAULT };
}
