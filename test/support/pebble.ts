// A real ACME server for tests: scripts/lib/pebble.js with its types.

export interface PebbleOptions {
  /** Percent of good nonces that are refused. Default 0. */
  rejectedNonces?: number;
  /** Key identifiers to their HMAC keys (base64url): without one of them no account is made. */
  eab?: Record<string, string>;
  /** Names that are refused. */
  blocked?: string[];
  /** How many roots there are beside the first. */
  alternateRoots?: number;
  /** Percent of orders that find their names proved already. Default 0. */
  reusedAuthorizations?: number;
  /** "ip:port" of the DNS server that is asked, instead of one of its own. */
  dns?: string;
  /** Where http-01 is looked for. Default: a free port. */
  httpPort?: number;
  /** Where tls-alpn-01 is looked for. Default: a free port. */
  tlsPort?: number;
}

export interface Pebble {
  directoryUrl: string;
  /** What it shows to its clients: a file for NODE_EXTRA_CA_CERTS, and its text. */
  caFile: string;
  caPem: string;
  httpPort: number;
  /** The root that signs, 0, or another one, PEM. */
  root(at?: number): Promise<string>;
  /** What it is to say of the renewal of a certificate: a JSON text. */
  setRenewalInfo(certificatePem: string, response: string): Promise<string>;
  /** Sets what its own DNS server, and its server for http-01, answer: `answer("set-txt", { host, value })`. */
  answer(command: string, body: object): Promise<string>;
  log(): string;
  stop(): Promise<void>;
}

/** Resolves when orders are taken. */
export const { startPebble } = require("../../scripts/lib/pebble.js") as {
  startPebble: (options?: PebbleOptions) => Promise<Pebble>;
};
