// What a route may be made of: closed grammars, so that no value can become configuration of a proxy server or a command.
import { isIPv4 } from "node:net";
import { highestPort, isHostName, isIpv4Range, isPort } from "../core/grammar";
import { isObject, isWhole } from "../core/rules";
import { isSecretToken, longestRetryAfterSeconds, longestSecretToken } from "../constants/telegram";
import { certificatesIn, readKey } from "../x509/pem";
import { certificatesProblem, privateKeyTextProblem } from "../x509/pem-problems";

const mostSecrets = 10;
const pathClass = /^\/[a-z0-9_/-]{1,128}$/;
const fileClass = /^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/;

/** `hostname`: letters, digits, hyphens and dots (LDH), or an IPv4 address. Compared in lower case. */
export function hostnameProblem(hostname: string): string | undefined {
  if (/^[\d.]+$/.test(hostname)) return isIPv4(hostname) ? undefined : "must be a host name or an IPv4 address";
  if (isHostName(hostname)) return undefined;
  return "must be a host name of letters, digits and hyphens between dots (bots.example.com), or an IPv4 address";
}

/** `path`: lower-case, since some servers compare paths without case; no escapes, no dots, so it has one spelling. */
export function pathProblem(path: string): string | undefined {
  if (!pathClass.test(path))
    return "must begin with / and go on with 1 to 128 characters of a-z, 0-9, _, - and / (a random path is best)";
  return path.includes("//") ? "must not have two slashes in a row, which servers merge into one" : undefined;
}

/** `listen`: an IPv4 address of the machine (0.0.0.0 for all) and a port. */
export function listenProblem(listen: string): string | undefined {
  const { address, port } = listenAddressOf(listen);
  return isIPv4(address) && isPort(port) ? undefined : "must be <IPv4 address>:<port>, such as 0.0.0.0:443";
}

export function listenAddressOf(listen: string): { address: string; port: number } {
  const [, address = "", port = ""] = /^([\d.]+):([1-9]\d{0,4})$/.exec(listen) ?? [];
  return { address, port: Number(port) };
}

/** `upstream`: `http://host[:port][/path]`, or `unix:/socket[:/path]`. */
export function upstreamProblem(upstream: string): string | undefined {
  const shape = "http://<host>[:<port>][/<path>] or unix:/<socket>[:/<path>]";
  const [, host, port = "80", path] = /^http:\/\/([A-Za-z0-9.-]+)(?::([1-9]\d{0,4}))?(\/.*)?$/.exec(upstream) ?? [];
  const [, socket, socketPath] = /^unix:(\/[^:]*)(?::(\/.*))?$/.exec(upstream) ?? [];
  if (host === undefined && socket === undefined) return `must be ${shape}`;
  if (socket !== undefined && fileProblem(socket)) return `must name its socket as an absolute path; give ${shape}`;
  if (host !== undefined && (hostnameProblem(host) || !isPort(Number(port)))) {
    return `must name a host of letters, digits and hyphens, or an IPv4 address, and a port of 1 to ${highestPort}; give ${shape}`;
  }
  const says = pathProblem(path ?? socketPath ?? "/x");
  return says && `has a path that cannot be used: it ${says}`;
}

/** One secret, as Telegram allows it. */
export function secretProblem(secret: string): string | undefined {
  if (isSecretToken(secret)) return undefined;
  return `must be 1 to ${longestSecretToken} characters of A-Z, a-z, 0-9, _ and -; got ${secret.length} characters`;
}

/** `secretTokens`: the one in force first. */
export function secretTokensProblem(secrets: string[]): string | undefined {
  if (secrets.length < 1 || secrets.length > mostSecrets)
    return `must hold 1 to ${mostSecrets} secrets (WebhookSecret.accepted); got ${secrets.length}`;
  const at = secrets.findIndex((secret) => secretProblem(secret) !== undefined);
  if (at >= 0) return `must be secrets that Telegram can send; item ${at + 1} ${secretProblem(secrets[at] ?? "")}`;
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
export function fileProblem(file: string): string | undefined {
  const isGood = file.length <= 255 && fileClass.test(file);
  return isGood ? undefined : "must be an absolute path of letters, digits, ., _ and -";
}

/** The words of a command, which is run without a shell's reading of them. */
export function commandProblem(words: string[]): string | undefined {
  const isGood = words.length > 0 && words.every((word) => /^[\x20-\x7e]{1,300}$/.test(word));
  return isGood ? undefined : "must be a list of words";
}

export function sshHostProblem(host: string): string | undefined {
  return hostnameProblem(host) && "must be a host name or an IPv4 address";
}

export function portProblem(port: number): string | undefined {
  return isPort(port) ? undefined : `must be 1 to ${highestPort}`;
}

export function userProblem(user: string): string | undefined {
  const isGood = /^[a-z_][a-z0-9_-]{0,31}$/.test(user);
  return isGood ? undefined : "must be a user of a-z, 0-9, _ and -, not beginning with a hyphen or digit";
}

export function hostKeyProblem(key: string): string | undefined {
  if (/^(?:ssh-|ecdsa-)[a-z0-9-]+ [A-Za-z0-9+/]+=*(?: [ -~]*)?$/.test(key.trim())) return undefined;
  return 'must be the machine\'s public key, such as "ssh-ed25519 AAAA…" (/etc/ssh/ssh_host_ed25519_key.pub)';
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
