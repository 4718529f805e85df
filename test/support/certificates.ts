// Certificates for tests, made at run time with every oddity a server can have, and a small TLS server that serves them.
import { webcrypto } from "node:crypto";
import net from "node:net";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto);

export type KeyType = "ec-p256" | "ec-p384" | "ed25519" | "rsa-1024" | "rsa-2048";

/** PEM texts. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface Authority extends KeyPair {
  commonName: string;
  keys: webcrypto.CryptoKeyPair;
  keyType: KeyType;
}

interface Common {
  /** Default: an hour ago. */
  notBefore?: Date;
  /** Default: in 90 days. */
  notAfter?: Date;
  /** Subject and authority key identifier, by which certificates of one name are told apart; default true. */
  keyIdentifiers?: boolean;
}

export interface AuthorityOptions extends Common {
  /** Default "A test authority". */
  cn?: string;
  /** Left out: a root, signed by itself. */
  issuer?: Authority;
  keyType?: KeyType;
  /** False: it signs without being allowed to. */
  isCa?: boolean;
  /** Object identifiers, such as `x509.ExtendedKeyUsage.clientAuth`. Default: none, which allows everything. */
  extendedKeyUsage?: string[];
}

export interface LeafOptions extends Common {
  /** Left out: signed by itself. */
  issuer?: Authority;
  /** DNS names. */
  names?: string[];
  /** IP names. */
  ips?: string[];
  /** Default: the first name. Empty: none. */
  cn?: string;
  keyType?: KeyType;
  keyUsage?: x509.KeyUsageFlags;
  /** Default: serverAuth. Empty: no such extension. */
  extendedKeyUsage?: string[];
  /** URL of the issuer's certificate (authority information access), as public authorities give it. */
  issuerUrl?: string;
  /** Of the signature; default SHA-256. */
  hash?: "SHA-1" | "SHA-256";
}

export const dayMs = 86_400_000;
/** So many days from now; negative: before. */
export const inDays = (days: number): Date => new Date(Math.floor((Date.now() + days * dayMs) / 1000) * 1000);

const algorithms: Record<KeyType, webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams | webcrypto.Algorithm> = {
  "ec-p256": { name: "ECDSA", namedCurve: "P-256" },
  "ec-p384": { name: "ECDSA", namedCurve: "P-384" },
  ed25519: { name: "Ed25519" },
  "rsa-1024": rsa(1024),
  "rsa-2048": rsa(2048),
};

function rsa(modulusLength: number): webcrypto.RsaHashedKeyGenParams {
  return { name: "RSASSA-PKCS1-v1_5", modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
}

/** A certificate authority: a root, or with an issuer an intermediate. */
export async function makeAuthority(options: AuthorityOptions = {}): Promise<Authority> {
  const { cn = "A test authority", issuer, keyType = "ec-p256", isCa = true, extendedKeyUsage = [] } = options;
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(isCa, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ];
  if (extendedKeyUsage.length > 0) extensions.push(new x509.ExtendedKeyUsageExtension(extendedKeyUsage));
  return { commonName: cn, ...(await make({ ...options, cn, issuer, keyType, extensions })) };
}

/** A server's certificate. */
export async function makeLeaf(options: LeafOptions): Promise<KeyPair> {
  const { names = [], ips = [], cn = names[0] ?? "", keyType = "ec-p256", keyUsage, issuerUrl } = options;
  const extensions: x509.Extension[] = [];
  const alternative = [
    ...names.map((value) => ({ type: "dns" as const, value })),
    ...ips.map((value) => ({ type: "ip" as const, value })),
  ];
  if (alternative.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(alternative, cn === ""));
  if (keyUsage !== undefined) extensions.push(new x509.KeyUsagesExtension(keyUsage, true));
  const { extendedKeyUsage = [x509.ExtendedKeyUsage.serverAuth] } = options;
  if (extendedKeyUsage.length > 0) extensions.push(new x509.ExtendedKeyUsageExtension(extendedKeyUsage));
  if (issuerUrl !== undefined) extensions.push(new x509.AuthorityInfoAccessExtension({ caIssuers: [issuerUrl] }));
  const { certificate, key } = await make({ ...options, cn, keyType, extensions });
  return { certificate, key };
}

interface Making extends Common {
  cn: string;
  issuer?: Authority | undefined;
  keyType: KeyType;
  hash?: "SHA-1" | "SHA-256";
  extensions: x509.Extension[];
}

async function make(making: Making): Promise<KeyPair & { keys: webcrypto.CryptoKeyPair; keyType: KeyType }> {
  const { cn, issuer, keyType, hash = "SHA-256", notBefore = inDays(-1 / 24), notAfter = inDays(90) } = making;
  const keys = await keysOf(keyType);
  const extensions = [...making.extensions];
  if (making.keyIdentifiers !== false) {
    extensions.push(await x509.SubjectKeyIdentifierExtension.create(keys.publicKey));
    extensions.push(await x509.AuthorityKeyIdentifierExtension.create((issuer?.keys ?? keys).publicKey));
  }
  const subject = cn === "" ? [] : [{ CN: [cn] }];
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: `4${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString("hex")}0`,
    subject,
    issuer: issuer ? [{ CN: [issuer.commonName] }] : subject,
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: { ...algorithms[issuer?.keyType ?? keyType], hash } as webcrypto.EcdsaParams,
    extensions,
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { certificate: `${made.toString("pem")}\n`, key: x509.PemConverter.encode(key, "PRIVATE KEY"), keys, keyType };
}

const slowKeys = new Map<KeyType, Promise<webcrypto.CryptoKeyPair>>();

/** A new pair of keys; of RSA, which takes long, one for each size and process. */
function keysOf(keyType: KeyType): Promise<webcrypto.CryptoKeyPair> {
  const generate = () => webcrypto.subtle.generateKey(algorithms[keyType], true, ["sign", "verify"]);
  if (!keyType.startsWith("rsa")) return generate() as Promise<webcrypto.CryptoKeyPair>;
  const known = slowKeys.get(keyType) ?? (generate() as Promise<webcrypto.CryptoKeyPair>);
  slowKeys.set(keyType, known);
  return known;
}

/** When a certificate ends or begins, as messages show it. */
export const shownDate = (date: Date): string => date.toISOString().replace(".000Z", "Z");

export interface TlsServer {
  address: string;
  port: number;
  /** Connections that are over. */
  closed: number;
  /** Requests whose head has arrived. */
  requests: number;
  /** The server names that clients asked for; undefined: a client sent none. */
  serverNames: (string | undefined)[];
  close: () => Promise<void>;
}

export interface Serving extends Omit<tls.TlsOptions, "cert" | "key"> {
  /** The certificates as they are sent: the leaf first. */
  chain: string[];
  key: string;
  /** Default 127.0.0.1. */
  address?: string;
  /** Default: a free one. */
  port?: number;
}

const reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/** A TLS server that answers each request with 200. */
export async function serveTls({ chain, key, address, port, ...options }: Serving): Promise<TlsServer> {
  const own = chain.length === 0 ? {} : { cert: chain.join(""), key };
  const secure = tls.createServer({ ...options, ...own });
  secure.on("tlsClientError", () => undefined);
  const server = await serve(secure, "secureConnection", { address, port }, (socket, counts) => {
    counts.serverNames.push((socket as tls.TLSSocket & { servername?: string | false }).servername || undefined);
    let head = "";
    socket.on("data", (bytes: Buffer) => {
      head += bytes.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      head = "";
      counts.requests += 1;
      socket.end(reply);
    });
  });
  return server;
}

/** A server that is no TLS server: what it does with each connection is told. */
export function serveRaw(accept: (socket: net.Socket) => void): Promise<TlsServer> {
  return serve(net.createServer(), "connection", {}, accept);
}

/** A server that answers the first bytes of a client with this TLS alert, a fatal one. */
export function serveAlert(description: number): Promise<TlsServer> {
  return serveRaw((socket) => {
    socket.once("data", () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, description])));
  });
}

async function serve(
  server: net.Server,
  event: "connection" | "secureConnection",
  place: { address?: string | undefined; port?: number | undefined },
  accept: (socket: net.Socket, counts: TlsServer) => void,
): Promise<TlsServer> {
  const sockets = new Set<net.Socket>();
  const { address = "127.0.0.1", port = 0 } = place;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  const counts: TlsServer = { address, port, closed: 0, requests: 0, serverNames: [], close };
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      counts.closed += 1;
    });
    socket.on("error", () => undefined);
  });
  server.on(event, (socket: net.Socket) => {
    socket.on("error", () => undefined);
    accept(socket, counts);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  counts.port = (server.address() as AddressInfo).port;
  return counts;
}
