// What Telegram allows in a webhook: tokens, secrets, certificates and the rest; addresses and update kinds lie beside.
// Telegram removes the old webhook before it looks at the new one, so all that can be refused is refused here, first.
// Sources: tdlib/telegram-bot-api (01a3679), td (49b3bcb), core.telegram.org/bots/api; read Oct 2026.
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { holdsToken, hostProblem, type Server } from "./addresses";
import { nameOfKind } from "./update-kinds";

export * from "./addresses";
export {
  allUpdateKinds,
  allowedUpdatesProblem,
  normalUpdateKinds,
  sameUpdateKinds,
  unknownUpdateKinds,
} from "./update-kinds";

const highestBotId = 2n ** 54n; // exclusive
const longestToken = 80;
const longestSecret = 256;
const largestCertificateBytes = 3 * 2 ** 20;

/** The bot's id: the digits before a token's colon. Nothing for a text that does not begin like a token. */
export function botIdOf(token: string): string | undefined {
  return /^([1-9]\d*):/.exec(token)?.[1];
}

/**
 * What keeps a text from being a bot token. Telegram itself answers 401 or 404 to these and does not say why.
 * Source: `ClientManager::send` (no leading 0, at most 80 characters, id below 2^54).
 */
export function tokenProblem(token: string): string | undefined {
  const shape = "<digits>:<letters and digits>, as @BotFather gave it";
  if (token.trim() === "") return `must not be empty; give ${shape}`;
  if (token !== token.trim()) return "must have no spaces or line breaks around it; trim it";
  if (/^["'].*["']$/.test(token)) return "must have no quotes around it; remove them";
  if (token.includes("://")) return `must be the token alone, not a URL; give ${shape}`;
  if (/^bot\d/i.test(token)) return 'must be the token alone; remove "bot" in front of it';
  if (!token.includes(":")) return `must be the whole token; got a text without a colon, give ${shape}`;
  if (token.startsWith("0")) return `must not begin with 0; give ${shape}`;
  const id = botIdOf(token);
  if (id === undefined) return `must begin with the bot's id, digits only, before the colon; give ${shape}`;
  if (BigInt(id) >= highestBotId) return `must begin with a bot's id below 2^54; give ${shape}`;
  if (token.length > longestToken) return `must be at most ${longestToken} characters; got ${token.length} characters`;
  if (token.length === id.length + 1) return `must be the whole token; got nothing after the colon, give ${shape}`;
  if (/^\d+:[A-Za-z0-9_-]+$/.test(token)) return undefined;
  return `must have only A-Z, a-z, 0-9, _ and - after the colon; give ${shape}`;
}

/**
 * `secretToken`: 1 to 256 characters of A-Z, a-z, 0-9, _ and -. The value is never shown.
 * Source: core.telegram.org/bots/api#setwebhook, `Client::do_set_webhook`.
 */
export function secretTokenProblem(value: string): string | undefined {
  if (value.length < 1 || value.length > longestSecret) {
    return `must be 1 to ${longestSecret} characters; got ${value.length} characters`;
  }
  const at = value.search(/[^A-Za-z0-9_-]/);
  if (at < 0) return undefined;
  const odd = value.charAt(at);
  let cure = "another character";
  if (odd === ":") cure = "a colon (a bot's token is no secretToken: make a random text)";
  if (/\s/.test(odd)) cure = "white space (trim it)";
  if (/[+/=]/.test(odd)) cure = "one of + / = (encode it as base64url instead of base64)";
  return `must have only A-Z, a-z, 0-9, _ and -; at position ${at + 1} is ${cure}`;
}

/**
 * `certificate`: what Telegram is to trust instead of the public authorities, as PEM. At least one self-signed
 * certificate that is valid `now`, at most 3 MiB, and no private key (Telegram would take it without a word).
 * Sources: core.telegram.org/bots/self-signed; `SslCtx.cpp` (only the uploaded file is trusted, no partial chains);
 * an uploaded leaf of a public CA breaks a working webhook: telegraf #736, node-red #66.
 */
export function certificateProblem(pem: string, now: Date): string | undefined {
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(pem)) {
    return "must not hold a private key, which would be sent to Telegram; give the CERTIFICATE block only";
  }
  const bytes = Buffer.byteLength(pem);
  if (bytes > largestCertificateBytes)
    return `must be at most 3 MiB (${largestCertificateBytes} bytes); got ${bytes} bytes`;
  const blocks = blocksOf(pem);
  if (blocks.length === 0) return noCertificateProblem(pem);
  const certificates = blocks.map(parsed);
  const broken = certificates.indexOf(undefined);
  if (broken >= 0)
    return `must be readable PEM; certificate ${broken + 1} of ${blocks.length} is cut off or damaged, copy it again`;
  const anchors = certificates.filter((certificate) => certificate !== undefined).filter(isSelfSigned);
  if (anchors.length === 0) {
    return (
      "must hold a self-signed certificate, since Telegram then trusts nothing else; leave certificate out if a public " +
      "CA signed yours, or add the root of your own CA"
    );
  }
  return periodProblem(anchors, now);
}

/**
 * Whether the certificate is for the URL's host. Telegram compares the names of an uploaded certificate as host
 * names, an IP address too: CN=1.2.3.4 or SAN DNS:1.2.3.4, while an IP SAN does not count. The root of a CA (one with
 * keyUsage keyCertSign, or whose name is no host name) says nothing about the served certificate and passes.
 * Sources: `SslStream.cpp` (td), own runs with OpenSSL 3.0.19 and Node 20 (Oct 2026), tdlib/telegram-bot-api #746.
 */
export function certificateHostProblem(pem: string, url: string): string | undefined {
  const host = hostOf(url);
  const certificates = blocksOf(pem)
    .map(parsed)
    .filter((one) => one !== undefined);
  if (host === undefined || certificates.length === 0) return undefined;
  if (certificates.some((certificate) => certificate.checkHost(host) !== undefined)) return undefined;
  const hasRoot = certificates.some((certificate) => isSelfSigned(certificate) && isRoot(certificate));
  const served = certificates.filter((certificate) =>
    hasRoot ? !certificate.ca && !isSelfSigned(certificate) : !isRoot(certificate),
  );
  if (served.length === 0) return undefined;
  if (isIP(host) !== 0 && served.some((certificate) => certificate.checkIP(host) !== undefined)) {
    return `must name ${host} as a host name, since Telegram ignores IP names in an upload; make it with CN=${host} or SAN DNS:${host}`;
  }
  const names = [...new Set(served.flatMap(namesOf))];
  const shown = names.length === 0 ? "names no host" : `is for ${names.slice(0, 5).join(", ")}`;
  return `must be for ${host}, the host of url; got one that ${shown}, make it for ${host} (or add the one that is served, if this is a CA's)`;
}

/** `maxConnections`: Telegram clamps without a word, which would read as a change each time. Source: `Client.cpp`. */
export function maxConnectionsProblem(n: number, { localServer }: Server): string | undefined {
  const most = localServer ? 100_000 : 100;
  if (Number.isInteger(n) && n >= 1 && n <= most) return undefined;
  return `must be ${Number.isInteger(n) ? "" : "a whole number, "}1 to ${most}; got ${n}`;
}

/** `expectBot`: the bot's numeric id, or its @username (5 to 32 of A-Z, a-z, 0-9, _). Source: core.telegram.org/bots. */
export function expectBotProblem(value: string): string | undefined {
  if (holdsToken(value) || value.includes(":"))
    return "must be the bot's id or @username, not its token; give the digits before the colon";
  if (/^[1-9]\d{0,16}$/.test(value) && BigInt(value) < highestBotId) return undefined;
  if (/^@[A-Za-z0-9_]{5,32}$/.test(value)) return undefined;
  const cure = /^[A-Za-z_]\w{4,31}$/.test(value) ? `; write @${value}` : "";
  return `must be a bot's numeric id, or its username with @ and 5 to 32 letters, digits or _${cure}`;
}

/** `takeover`: true, false, or the hosts or URLs of webhooks that may be replaced. */
export function takeoverProblem(value: unknown): string | undefined {
  if (typeof value === "boolean") return undefined;
  if (!Array.isArray(value)) return `must be true, false or a list of hosts or URLs; got ${nameOfKind(value)}`;
  const items: unknown[] = value;
  for (const [index, item] of items.entries()) {
    const at = `item ${index + 1}`;
    if (typeof item !== "string") return `must be a list of strings; ${at} is ${nameOfKind(item)}`;
    if (holdsToken(item)) return `must not contain a bot token; give only the host for ${at}`;
    const isGood = item.includes("://")
      ? /^https?:\/\/[^\s/?#]+\S*$/i.test(item) && URL.canParse(item)
      : !hostProblem(item);
    if (!isGood) return `must list hosts (old.example.com) or whole URLs (https://…); ${at} is neither`;
  }
  return undefined;
}

/** `preflight`: `false`, or an object of the settings of `TelegramWebhookArgs.preflight`. Ours, not Telegram's. */
export function preflightProblem(value: unknown): string | undefined {
  if (value === false) return undefined;
  if (!isObject(value))
    return `must be false or an object; got ${value === true ? "true, leave it out for all checks" : nameOfKind(value)}`;
  const switches = ["dns", "tls", "http", "require", "allowPrivateAddresses"];
  const all = [...switches, "nameServers", "timeoutSeconds"];
  for (const [key, setting] of Object.entries(value)) {
    if (!all.includes(key)) return `must have only ${all.join(", ")}; got ${shownKey(key)}`;
    if (setting === undefined) continue;
    if (switches.includes(key) && typeof setting !== "boolean")
      return `must have true or false as ${key}; got ${nameOfKind(setting)}`;
    if (key === "nameServers" && !isNameServerList(setting)) {
      return 'must have a list of ip:port as nameServers, such as ["9.9.9.9:53"]';
    }
    if (key === "timeoutSeconds" && !isWithin(setting, 1, 600)) {
      return `must have 1 to 600 as timeoutSeconds; got ${typeof setting === "number" ? setting : nameOfKind(setting)}`;
    }
  }
  return undefined;
}

/** `verifySeconds`: 0 (do not watch) to 120, fractions too. */
export function verifySecondsProblem(n: number): string | undefined {
  return isWithin(n, 0, 120) ? undefined : `must be 0 to 120; got ${n}`;
}

/** A trigger: any text of 1 to 256 characters; what counts is that it changes. */
export function triggerProblem(s: string): string | undefined {
  return s.length >= 1 && s.length <= 256 ? undefined : `must be 1 to 256 characters; got ${s.length} characters`;
}

/** `tokenFrom`: where the provider finds the token, `{ env: "NAME" }` or `{ file: "/path" }`. */
export function tokenFromProblem(value: unknown): string | undefined {
  const shape = '{ env: "NAME" } or { file: "/path" }';
  if (!isObject(value)) return `must be ${shape}; got ${nameOfKind(value)}`;
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  const [key = ""] = keys;
  if (keys.length !== 1) return `must be ${shape}; got ${keys.length === 0 ? "neither" : "more than one key"}`;
  if (key !== "env" && key !== "file") return `must be ${shape}; got ${shownKey(key)}`;
  const where = value[key];
  if (typeof where !== "string") return `must have a string as ${key}; got ${nameOfKind(where)}`;
  if (holdsToken(where)) return `must say where the token is; got the token itself as ${key}`;
  if (key === "env" && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(where)) {
    return "must have an environment variable's name as env: letters, digits and _, not beginning with a digit";
  }
  if (where.trim() === "" || where.includes("\0"))
    return "must have a file's path as file; got an empty or unusable one";
  return undefined;
}

/** The certificates of a PEM text, each with its armour: X509Certificate reads only the first one. */
function blocksOf(pem: string): string[] {
  const blocks: string[] = [];
  for (const begin of pem.matchAll(/-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----/g)) {
    const end = `-----END ${begin[1] ?? ""}-----`;
    const at = pem.indexOf(end, begin.index);
    if (at < 0) return [...blocks, ""];
    blocks.push(pem.slice(begin.index, at + end.length));
  }
  return blocks;
}

function parsed(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined; // the caller says which one
  }
}

function noCertificateProblem(pem: string): string {
  const head = pem.slice(0, 4096);
  const binary = /^MI[A-Za-z0-9+/=\s]+$/.test(head) ? Buffer.from(head, "base64").toString("latin1") : head;
  if (pem.trim() === "") return "must not be empty; leave it out if a public CA signed your endpoint's certificate";
  if (pem.includes("CERTIFICATE REQUEST-----"))
    return "must be a certificate; got a signing request, give what came back for it";
  if (pem.includes("BEGIN PKCS7-----"))
    return "must be PEM; got PKCS#7, convert it: openssl pkcs7 -print_certs -in cert.p7b -out cert.pem";
  if (/^0[^ -~]/.test(binary) && binary.slice(0, 10).includes("\u0002\u0001\u0003")) {
    return "must be PEM; got PKCS#12, convert it: openssl pkcs12 -in cert.p12 -nokeys -out cert.pem";
  }
  if (/^0[^ -~]/.test(head))
    return "must be PEM; got DER, convert it: openssl x509 -inform der -in cert.der -out cert.pem";
  if (binary !== head)
    return "must be PEM with its lines; put -----BEGIN CERTIFICATE----- before the text and -----END CERTIFICATE----- after it";
  if (/^[^\n]{1,300}\.(?:pem|crt|cer|der)\s*$/i.test(head))
    return "must be the certificate itself, not its file's name; read the file";
  return "must be PEM with a -----BEGIN CERTIFICATE----- block; got a text without one";
}

/** Not `checkIssued`: it fails without keyCertSign, while OpenSSL does trust such a certificate for itself. */
function isSelfSigned(certificate: X509Certificate): boolean {
  try {
    return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
  } catch {
    return false; // a key that OpenSSL does not know cannot be an anchor for Telegram either
  }
}

function periodProblem(anchors: X509Certificate[], now: Date): string | undefined {
  const periods = anchors.map(({ validFrom, validTo }) => ({ from: Date.parse(validFrom), to: Date.parse(validTo) }));
  const time = now.getTime();
  if (periods.some(({ from, to }) => from <= time && time <= to)) return undefined;
  const future = periods.filter(({ from }) => from > time).map(({ from }) => from);
  if (future.length > 0)
    return `must be valid now; this one is not before ${asDate(Math.min(...future))}, check its dates and the clock`;
  return `must be valid now; this one expired ${asDate(Math.max(...periods.map(({ to }) => to)))}, make a new one`;
}

function asDate(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}

/** A certificate that is there to sign others: told by keyCertSign without serverAuth, or by a name that is no host. */
function isRoot(certificate: X509Certificate): boolean {
  if (!certificate.ca) return false;
  const forServers = certificate.keyUsage?.includes("1.3.6.1.5.5.7.3.1") ?? false; // keyUsage is Node's extended key usage
  return (hasCertSign(certificate) && !forServers) || namesOf(certificate).length === 0;
}

/** keyUsage (2.5.29.15) with keyCertSign set; Node does not offer it. */
function hasCertSign(certificate: X509Certificate): boolean {
  const extension = /0603551d0f(?:0101ff)?040[3-5]030[23]0[0-7]([0-9a-f]{2})/.exec(certificate.raw.toString("hex"));
  return extension !== null && (parseInt(extension[1] ?? "0", 16) & 0x04) !== 0;
}

/** The host names and IP addresses a certificate gives: its alternative names, or else its common name. */
function namesOf(certificate: X509Certificate): string[] {
  const alternative = [...(certificate.subjectAltName ?? "").matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(
    ([, name = ""]) => name,
  );
  if (alternative.length > 0) return alternative;
  return [...certificate.subject.matchAll(/^CN=(.*)$/gm)].flatMap(([, name = ""]) =>
    /^[a-z0-9*_-]+(?:\.[a-z0-9_-]+)+$/i.test(name) ? [name] : [],
  );
}

function hostOf(url: string): string | undefined {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return host === "" || host.startsWith("[") ? undefined : host;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}

function isNameServerList(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string" && isNameServer(item))
  );
}

function isNameServer(text: string): boolean {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  return (isIP(six ?? "") === 6 || isIP(four ?? "") === 4) && Number(port) >= 1 && Number(port) <= 65_535;
}

function shownKey(key: string): string {
  return /^[A-Za-z_]\w{0,30}$/.test(key) && !holdsToken(key) ? `"${key}"` : "another key";
}
