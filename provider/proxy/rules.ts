// What a route may be made of: closed grammars, so that no value can become configuration of a proxy server or a command.
import { directoryUrlProblem } from "../acme/directory-url";
import { isIPv4 } from "node:net";
import { highestPort, isDnsName, isIpv4Range, isPort } from "../core/grammar";
import { hostNameFlaw, oddIn } from "../core/host-name";
import { isObject, isWhole } from "../core/rules";
import { secretTokenProblem } from "../constants/secret-token";
import { longestRetryAfterSeconds } from "../constants/telegram";
import { certificatesIn, readKey } from "../x509/pem";
import { certificatesProblem, privateKeyTextProblem } from "../x509/pem-problems";

export { secretTokenProblem };

const mostSecrets = 10;
const longestPath = 129;
const longestFile = 255;
const fileClass = /^(?:\/[A-Za-z0-9._-]+)+$/;

/** `hostname`: letters, digits, hyphens and dots (LDH), or an IPv4 address. Compared in lower case. */
export function hostnameProblem(hostname: string): string | undefined {
  if (isIPv4(hostname)) return undefined;
  if (/^[\d.]+$/.test(hostname)) return "must be a host name or an IPv4 address";
  const flaw = hostNameFlaw(hostname);
  if (flaw === undefined) return undefined;
  return `must be a host name of letters, digits and hyphens between dots (bots.example.com), or an IPv4 address; it ${flaw}`;
}

/** A folder of a path that is the folder itself or the one above. */
export const hasDotSegment = (path: string) => /\/\.{1,2}(?:\/|$)/.test(path);

/** `path`: lower-case, since some servers compare paths without case; no escapes, so it has one spelling. */
export function pathProblem(path: string): string | undefined {
  if (path.includes("://")) return "must be the path alone; give the host in hostname";
  if (!path.startsWith("/")) return "must begin with /";
  if (path.length > longestPath) return `must be at most ${longestPath} characters; got ${path.length}`;
  if (/[?#]/.test(path)) return "must have no query and no fragment; give the path alone (a random one is best)";
  const odd = oddIn(path, /[^A-Za-z0-9._/-]/);
  if (odd !== undefined) return `must have only a-z, 0-9, ., _, - and / (a random path is best); got ${odd}`;
  if (path.includes("//")) return "must not have two slashes in a row, which servers merge into one";
  if (hasDotSegment(path)) return "must have no segment . or .., which servers take out";
  if (!/[A-Z]/.test(path)) return undefined;
  return "must be in lower case, since some servers compare paths without case; a bot that listens at another path gets it from upstream (http://127.0.0.1:8080/Hook)";
}

/** `listen`: an IPv4 address of the machine (0.0.0.0 for all) and a port. */
export function listenProblem(listen: string): string | undefined {
  const { address, port } = listenAddressOf(listen);
  if (isIPv4(address) && isPort(port)) return undefined;
  const [, host = "", given = "443"] = /^(?:(.*):)?(\d+)$/.exec(listen) ?? [undefined, listen];
  if (host.includes(":"))
    return "must be <IPv4 address>:<port>, since Telegram delivers over IPv4; got an IPv6 address";
  const meant = { "": "0.0.0.0", "*": "0.0.0.0", localhost: "127.0.0.1" }[host.toLowerCase()] ?? host;
  const cure = isIPv4(meant) && isPort(Number(given)) ? `; write ${meant}:${Number(given)}` : "";
  return `must be <IPv4 address>:<port>, such as 0.0.0.0:443${cure}`;
}

export function listenAddressOf(listen: string): { address: string; port: number } {
  const [, address = "", port = ""] = /^([\d.]+):([1-9]\d{0,4})$/.exec(listen) ?? [];
  return { address, port: Number(port) };
}

/** Where the machine itself reaches who listens there. */
export function reachedAt({ address, port }: { address: string; port: number }): { address: string; port: number } {
  return { address: address === "0.0.0.0" ? "127.0.0.1" : address, port };
}

/** `secretTokens`: the one in force first. */
export function secretTokensProblem(secrets: string[]): string | undefined {
  if (secrets.length < 1 || secrets.length > mostSecrets)
    return `must hold 1 to ${mostSecrets} secrets (WebhookSecret.accepted); got ${secrets.length}`;
  const at = secrets.findIndex((secret) => secretTokenProblem(secret) !== undefined);
  if (at >= 0) return `must be secrets that Telegram can send; item ${at + 1} ${secretTokenProblem(secrets[at] ?? "")}`;
  return new Set(secrets).size === secrets.length ? undefined : "must not hold one secret twice";
}

/** The certificates of a listener; what else the text holds is not written. */
export function servedCertificatesProblem(pem: string): string | undefined {
  return certificatesProblem(pem, {
    privateKey: "must hold no private key, which would not be secret there; it goes to privateKeyPem",
  });
}

export function servedKeyProblem(pem: string): string | undefined {
  return privateKeyTextProblem(pem, "tls");
}

/** A key that does not fit its certificate would stop the server. */
export function pemProblem(given: { certificatePem: string; privateKeyPem: string }): string | undefined {
  const [[first], key] = [certificatesIn(given.certificatePem), readKey(given.privateKeyPem)];
  if (first && key && first.checkPrivateKey(key)) return undefined;
  return "must have a private key that belongs to the first certificate; these two do not match";
}

/** A path on the machine: absolute, no dot-segments, no blanks, nothing that a server's configuration could read. */
export const fileProblem = (file: string) => placeProblem(file, "give the file a link of another name");

/** The same for a folder of ours, which must not be behind a link. */
export const folderProblem = (folder: string) => placeProblem(folder, "take a folder of another name");

/** The same for a folder in which everything is ours, so not one that holds other things. `itsOwn`: folders that the server has below its own. */
export const ownFolderProblem = (server: string, itsOwn: string) => {
  const etc = `/etc/${server.toLowerCase()}`;
  const used = new RegExp(`^/[a-z]+$|^${etc}(?:/(?:${itsOwn}))?$`);
  const says = `must not be a folder at the root or one that ${server} uses itself; give a folder of its own, such as ${etc}/pulumi-telegram`;
  return (folder: string) => folderProblem(folder) ?? (used.test(folder) ? says : undefined);
};

function placeProblem(place: string, another: string): string | undefined {
  const flaw = pathFlaw(place, another);
  return flaw && `must be an absolute path of letters, digits, ., _ and -; it ${flaw}`;
}

/** What is wrong with a path on the machine, behind "it". `another`: what to do about its characters. */
export function pathFlaw(file: string, another: string): string | undefined {
  if (file === "") return "is empty";
  if (file.startsWith("~")) return "begins with ~, which no shell replaces here: write the whole path";
  if (!file.startsWith("/")) return "does not begin with /";
  const odd = oddIn(file, /[^A-Za-z0-9._/-]/);
  if (odd !== undefined) return `has ${odd}: ${another}`;
  if (file.includes("//")) return "has two slashes in a row";
  if (file.endsWith("/")) return "ends in /";
  if (hasDotSegment(file)) return "has a folder . or ..: write the path without it";
  return file.length <= longestFile && fileClass.test(file) ? undefined : `is longer than ${longestFile} characters`;
}

/** The words of a command, which is run without a shell's reading of them; with an example. */
export function commandProblem(words: string[], example: string): string | undefined {
  const isGood = words.length > 0 && words.every((word) => /^[\x20-\x7e]{1,300}$/.test(word));
  const says = "must be a list of words, at least one, each of 1 to 300 printable ASCII characters, such as";
  return isGood ? undefined : `${says} ${example}`;
}

/** `ssh.host`: a host, or a name of the user's own ssh configuration, which may have underscores. */
export function sshHostProblem(host: string): string | undefined {
  if (/^[\d.]+$/.test(host) ? isIPv4(host) : isDnsName(host)) return undefined;
  const [, user, rest] = /^([^@:]+)@([^@]*)$/.exec(host) ?? [];
  if (user !== undefined) return `must be a host name or an IPv4 address; give the user in ssh.user and ${rest} here`;
  if (/^[^:]+:\d+$/.test(host)) return "must be a host name or an IPv4 address; give the port in ssh.port";
  const flaw = hostNameFlaw(host.replaceAll("_", "a"));
  return `must be a host name or an IPv4 address${flaw === undefined ? "" : `; it ${flaw}`}`;
}

export function portProblem(port: number): string | undefined {
  return isPort(port) ? undefined : `must be a whole number of 1 to ${highestPort}; got ${port}`;
}

export function userProblem(user: string): string | undefined {
  const isGood = /^[A-Za-z_][A-Za-z0-9._-]{0,31}$/.test(user);
  return isGood
    ? undefined
    : "must be a user of 1 to 32 letters, digits, ., _ and -, beginning with a letter or an underscore";
}

/** `adminUrl`: where the machine itself reaches an API that needs no login. */
export function adminUrlProblem(url: string): string | undefined {
  const [, host = "", port] = /^http:\/\/(localhost|[\d.]+):([1-9]\d{0,4})$/.exec(url) ?? [];
  const isHere = host === "localhost" || (isIPv4(host) && host.startsWith("127."));
  if (isHere && isPort(Number(port))) return undefined;
  return "must be http://localhost:<port> or http://127.0.0.1:<port>, as the machine itself reaches it";
}

/** Where the server itself gets certificates: it stands in its configuration as it is. */
export function automaticUrlProblem(url: string): string | undefined {
  const isPlain = /^[\w.~:/?=&%+,-]+$/.test(url);
  return (
    directoryUrlProblem(url) ?? (isPlain ? undefined : "must have letters, digits and . ~ : / ? = & % + , - _ only")
  );
}

export function hostKeyProblem(key: string): string | undefined {
  if (/^(?:ssh-|ecdsa-)[a-z0-9-]+ [A-Za-z0-9+/]+=*(?: [ -~]*)?$/.test(key.trim())) return undefined;
  const says = 'must be the machine\'s public key, such as "ssh-ed25519 AAAA…" (/etc/ssh/ssh_host_ed25519_key.pub)';
  if (/^(?:SHA256|MD5):/.test(key.trim())) return `${says}; got its fingerprint`;
  if (/^\S+ (?:ssh-|ecdsa-)\S+ \S+$/.test(key.trim())) return `${says}; remove the host in front`;
  return key.trim().includes("\n") ? `${says}; got several lines, give one` : says;
}

export function privateKeyProblem(key: string): string | undefined {
  return privateKeyTextProblem(key, "ssh");
}

/** `clientAddress`: which proxies in front may say who the client is. */
export function clientAddressProblem(value: unknown): string | undefined {
  const { trustedProxies } = (value ?? {}) as { trustedProxies?: unknown };
  const isGood =
    Array.isArray(trustedProxies) &&
    trustedProxies.length >= 1 &&
    trustedProxies.length <= 100 &&
    trustedProxies.every((range) => typeof range === "string" && isIpv4Range(range)) &&
    Object.keys(value as object).length === 1;
  return isGood
    ? undefined
    : 'must be { trustedProxies: […] } with 1 to 100 IPv4 addresses or ranges, such as "10.0.0.0/8"';
}

/** `maxBodyBytes`: 1 KiB to 10 MiB. */
export function maxBodyBytesProblem(n: number): string | undefined {
  return isWhole(n, 1024, 10_485_760) ? undefined : `must be a whole number of 1024 to 10485760; got ${n}`;
}

/** `timeoutSeconds`: Telegram itself gives up earlier than the longest. */
export function timeoutSecondsProblem(n: number): string | undefined {
  return isWhole(n, 1, 600) ? undefined : `must be a whole number of 1 to 600; got ${n}`;
}

/** `maintenance`: Telegram obeys Retry-After up to an hour. */
export function maintenanceProblem(value: unknown): string | undefined {
  const isGood = isObject(value) && Object.keys(value).every((key) => key === "retryAfterSeconds");
  const { retryAfterSeconds = 10 } = (isGood ? value : { retryAfterSeconds: 0 }) as { retryAfterSeconds?: number };
  return isWhole(retryAfterSeconds, 1, longestRetryAfterSeconds)
    ? undefined
    : `must be { retryAfterSeconds } with a whole number of 1 to ${longestRetryAfterSeconds}`;
}
