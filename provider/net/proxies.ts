// The proxies of the environment, as curl reads them: which variable counts for http and https, and what of it cannot be used.
import { isIPv4 } from "node:net";
import { isIpv4Range } from "../core/grammar";
import { isInside, isThisMachine } from "../core/reserved";
import { portOf, unbracketed } from "../core/url";

/** A proxy, and the variable that names it. */
export interface EnvironmentProxy {
  /** Nothing if the value cannot be used: `problem` says why. It may hold a password, so no text quotes it. */
  url: string | undefined;
  variable: string;
  problem?: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Whoever sends a request: the variables of its environment, and the name of the machine it runs on. */
export interface Sender {
  variables: Variables;
  ownName: string;
}

/** The proxy that a request goes through. This machine is never asked through one: there it would be another machine. */
export function proxyOfRequest(url: URL, { variables, ownName }: Sender): EnvironmentProxy | undefined {
  return isThisMachine(url.hostname, ownName) ? undefined : proxyFor(url, variables);
}

/** Why no request to this URL can be sent, as long as the environment is as it is. */
export function wayProblem(url: string, sender: Sender): string | undefined {
  return URL.canParse(url) ? proxyOfRequest(new URL(url), sender)?.problem : undefined;
}

/** What undici takes; it sends names to a SOCKS proxy unresolved, which is what socks5h asks for. */
const usable = ["http:", "https:", "socks5:"];

/**
 * The proxy for a URL; nothing if there is none, or NO_PROXY excepts the host. An empty variable is none, and small letters come
 * first. https without a proxy of its own takes ALL_PROXY, then that of http.
 * Sources: curl's manual, "Environment" (7.88); undici 7.30, EnvHttpProxyAgent; read Nov 2026.
 */
export function proxyFor(url: URL, variables: Variables): EnvironmentProxy | undefined {
  const names = url.protocol === "https:" ? ["HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"] : ["HTTP_PROXY", "ALL_PROXY"];
  const variable = firstOf(names, variables);
  if (variable === undefined) return undefined;
  const exceptions = variables[firstOf(["NO_PROXY"], variables) ?? ""] ?? "";
  if (isExcepted(exceptions, url.hostname, portOf(url))) return undefined;
  return proxyOf(variable, variables[variable] ?? "");
}

function firstOf(names: readonly string[], variables: Variables): string | undefined {
  return names.flatMap((name) => [name.toLowerCase(), name]).find((name) => variables[name]?.trim());
}

/** Names with all that is below them, with or without a dot or `*.` in front; addresses, ranges (10.0.0.0/8), `host:port`; `*`. */
function isExcepted(exceptions: string, hostname: string, port: number): boolean {
  const host = bare(hostname);
  return exceptions.split(/[,\s]+/).some((entry) => {
    if (entry === "*") return true;
    if (isIPv4(host) && entry.includes("/") && isIpv4Range(entry)) return isInside(host, entry);
    const [, name = entry, only] = /^([^:]*|\[.*\]):(\d{1,5})$/.exec(entry) ?? [];
    const wanted = bare(name.replace(/^\*?\./, ""));
    if (wanted === "" || (only !== undefined && Number(only) !== port)) return false;
    return host === wanted || host.endsWith(`.${wanted}`);
  });
}

const bare = (host: string) => unbracketed(host.toLowerCase()).replace(/\.$/, "");

function proxyOf(variable: string, value: string): EnvironmentProxy {
  const given = value.trim();
  const [, scheme = "http"] = /^([a-z][a-z0-9+.-]{0,20}):\/\//i.exec(given) ?? [];
  const text = given.includes("://") ? given : `http://${given}`;
  const url = text.replace(/^socks(?:5h?)?:/i, "socks5:");
  if (!URL.canParse(url)) {
    const problem = `${variable} is no address of a proxy; give http://<host>:<port>, with signs such as @, / and # in a password percent-encoded`;
    return { variable, url: undefined, problem };
  }
  if (usable.includes(new URL(url).protocol)) return { variable, url };
  const problem = `${variable} names a proxy of the kind ${scheme.toLowerCase()}, which cannot be used; give one of http, https or socks5`;
  return { variable, url: undefined, problem };
}
