// What a check of an endpoint ends in: pass, fail (there is evidence that it is broken) or cannot tell.

/** "fail" needs evidence; a connection that is refused or times out is "cannot tell". */
export type Outcome = "pass" | "fail" | "cannot tell";

/** The end of one check. Texts are whole sentences without a secret; of a URL they show scheme, host and port. */
export interface Verdict {
  check: "dns" | "tls" | "http";
  outcome: Outcome;
  /** What was found: "bots.example.com has the address 149.154.175.50 at both of its name servers." */
  says: string;
  /** What to do, one sentence; with every fail. */
  cure?: string;
  /** It works, and yet somebody should know: one sentence each. */
  warnings?: string[];
  /** Time may change it (a record that is not published yet): worth asking again. */
  mayChange?: true;
}

export interface DnsVerdict extends Verdict {
  check: "dns";
  /** IPv4 addresses that Telegram would accept; empty when there is none. */
  addresses: string[];
  /** How long a "no such name" of this zone may be remembered, when the zone says so. */
  negativeTtlSeconds?: number;
}

export interface HttpVerdict extends Verdict {
  check: "http";
  /** What the endpoint does with the right secret and with a wrong one. "unchecked": it takes both. "required": none was sent, and refused. */
  secret: "accepted" | "refused" | "required" | "unchecked" | "unknown";
  /** A route of ours answered, so nothing is known of the bot behind it. */
  isByRoute?: true;
}

/** Where a check connects: to `address`, and nowhere else. */
export interface Endpoint {
  /** Host name, or IPv4 address, of the URL. */
  host: string;
  port: number;
  /** IPv4 address to connect to. */
  address: string;
  /** PEM that Telegram is given: trusted instead of the public authorities, and names are compared as host names. */
  uploaded?: string;
  /** PEM of the authorities that are public here; default those of Node.js (with NODE_EXTRA_CA_CERTS). */
  publicAuthorities?: string[];
}

/** Says that a request is a probe, with a nonce: a route of ours answers it itself, others take it for one more header. */
export const probeHeader = "X-Pulumi-Telegram-Probe";
