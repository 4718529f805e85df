// A real name server for tests: scripts/lib/bind9.js with its types.

export interface Bind9Options {
  /** Loopback address to listen on. */
  address: string;
  /** Default 53. */
  port?: number;
  /** Zone to its records, as in a zone file: primary zones that `update` can change. */
  zones: Record<string, string>;
  /** TSIG keys: name to secret in base64 (hmac-sha256), or to such as "hmac-sha512:" and the secret. With keys, only updates signed with one of them are taken. */
  keys?: Record<string, string>;
  /** Secondary zones: zone to the address of its primary ("ip" or "ip:port"). One that cannot be transferred answers SERVFAIL. */
  slaves?: Record<string, string>;
  /** Asked before each look at a primary, with what tells whether a name was asked for here, and answered. Default: always yes. */
  mayFollow?: (wasAsked: (name: string) => boolean) => boolean;
}

export interface Bind9 {
  address: string;
  port: number;
  /** Where named itself listens: who asks there is not seen. */
  behind: string;
  /** Runs nsupdate with these lines ("update add bots.example.test 60 A 8.8.8.8"), signed with the first key; fails when it is refused. */
  update(script: string): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when all zones are served. */
export const { startBind9 } = require("../../scripts/lib/bind9.js") as {
  startBind9: (options: Bind9Options) => Promise<Bind9>;
};
