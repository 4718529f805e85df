// Where a route's bot is: `http://host[:port][/path]` or `unix:/socket[:/path]`, a closed grammar, and what is said of other texts.
import { isIPv4, isIPv6 } from "node:net";
import { highestPort, isDnsName, isPort } from "../core/grammar";
import { hasDotSegment, pathFlaw } from "./rules";

/** Where it is. The host of an IPv6 address has no brackets. */
export type UpstreamPlace = { host: string; port: number } | { socket: string };
export type Upstream = UpstreamPlace & { path?: string };

const shape = "http://<host>[:<port>][/<path>] or unix:/<socket>[:/<path>]";
/** `sun_path` of Linux has 108 bytes, of which one ends it (unix(7)). */
const longestSocket = 107;
const pathClass = /^\/[A-Za-z0-9._/-]{1,128}$/;

/** Nothing for a text that is refused. */
export function upstreamOf(text: string): Upstream | undefined {
  const found = partsOf(text);
  return typeof found === "string" ? undefined : found;
}

/** Where one is that was accepted, without its path. */
export function upstreamPlace(text: string): UpstreamPlace {
  const found = partsOf(text);
  if (typeof found === "string") throw new Error("an upstream was used that was never checked");
  return "socket" in found ? { socket: found.socket } : { host: found.host, port: found.port };
}

/** What keeps a text from being an upstream; it says what to write instead. */
export function upstreamProblem(text: string): string | undefined {
  const found = partsOf(text);
  return typeof found === "string" ? found : undefined;
}

function partsOf(text: string): Upstream | string {
  if (/\s/.test(text)) return "must have no spaces or line breaks; remove them";
  // As nginx writes a socket, and as a shell, a file of units or a bot's log write a place.
  const socket = /^(?:https?:\/\/)?unix:\/*(\/[^:]+)/i.exec(text)?.[1];
  if (socket !== undefined && !text.startsWith("unix:")) return `must be ${shape}; write unix:${socket}`;
  if (text.startsWith("~")) return "must name its socket as unix: and the whole path; nothing replaces ~ here";
  const [, rest] = /^http:\/\/(.*)$/.exec(text) ?? [];
  if (rest !== undefined) return httpParts(rest);
  if (text.startsWith("unix:")) return socketParts(text.slice("unix:".length));
  if (/^https:/i.test(text)) {
    return "must begin with http://, since the edge speaks no TLS to the bot; let the bot serve HTTP on 127.0.0.1 or a unix socket, or let Telegram reach the bot's own TLS without a route";
  }
  const cure = [
    ...(/^:?\d+$/.test(text) ? [`http://127.0.0.1:${text.replace(":", "")}`] : []),
    `http://${text}`,
    `http://${text.replace(/^\w+:\/\//, "")}`,
    `unix:${text}`,
  ].find(upstreamOf);
  return `must be ${shape}${cure === undefined ? "" : `; write ${cure}`}`;
}

function httpParts(rest: string): Upstream | string {
  const [, authority = "", path] = /^([^/?#]*)(.*)$/.exec(rest) ?? [];
  if (authority.includes("@")) return `must have no user or password; give ${shape}`;
  const [, bracketed, plain, given] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(authority) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || host === "" || given?.includes(":")) {
    return `must name a host, an IPv6 address in brackets (http://[::1]:8080); give ${shape}`;
  }
  if (!(bracketed === undefined ? isPlainHost(host) : isPlainIpv6(host))) {
    return `must name a host of letters, digits, hyphens and underscores, or an IP address; give ${shape}`;
  }
  const port = given === undefined ? 80 : /^[1-9]\d{0,4}$/.test(given) ? Number(given) : 0;
  if (!isPort(port)) return `must have a port of 1 to ${highestPort} after the host, or none; give ${shape}`;
  return withPath({ host, port }, path);
}

function socketParts(rest: string): Upstream | string {
  const [, socket = "", path] = /^([^:]*)(?::(.*))?$/.exec(rest) ?? [];
  const flawOf = (file: string) => pathFlaw(file, "let the bot listen at a socket of another name");
  const flaw = flawOf(socket);
  if (flaw === undefined && socket.length > longestSocket) {
    return `must name a socket of at most ${longestSocket} characters, as the system allows; this one has ${socket.length}: let the bot listen at a shorter path, such as /run/bot.sock`;
  }
  if (flaw === undefined) return withPath({ socket }, path);
  const bare = socket.replace(/^\/+/, "/");
  if (flawOf(bare) === undefined) return `must have one slash before its socket; write unix:${bare}`;
  return `must name its socket as an absolute path of letters, digits, ., _ and -; it ${flaw}`;
}

function withPath(place: UpstreamPlace, path = ""): Upstream | string {
  if (path === "") return place;
  if (path === "/") {
    return "must not end in / alone; leave it out, and the bot gets the route's path, or give the path that the bot listens at";
  }
  if (/[?#]/.test(path)) return "must have no query and no fragment; give the path alone";
  const isGood = pathClass.test(path) && !path.includes("//") && !hasDotSegment(path);
  if (isGood) return { ...place, path };
  return "has a path that cannot be used: it must be / and 1 to 128 characters of A-Z, a-z, 0-9, ., _, - and /, without //, /./ and /../";
}

/** Compose and Kubernetes name services with underscores, too. Four numbers are an address or nothing. */
const isPlainHost = (host: string) => (/^[\d.]+$/.test(host) ? isIPv4(host) : isDnsName(host));
/** Without a zone (`fe80::1%eth0`), which has other characters. */
const isPlainIpv6 = (host: string) => isIPv6(host) && /^[0-9A-Fa-f:.]+$/.test(host);
