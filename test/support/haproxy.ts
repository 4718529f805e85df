// A real haproxy of a test's own, in a temporary folder.
import type { Running } from "./process";

export interface Haproxy {
  home: string;
  /** For `server: { haproxy }` of a route. */
  settings: { directory: string; check: string[]; reload: string[] };
  /** The runtime socket, and the one of the master. */
  socket: string;
  masterSocket: string;
  /** The user's own haproxy.cfg. */
  config: string;
  /** What master and workers have printed, and with it the log of requests. */
  log(): string;
  /** How often a new worker was started beside the first. */
  reloads(): number;
  running: Running;
  stop(): Promise<void>;
  /** Starts it again after `stop`. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** `own`: the user's own configuration after `global` and `defaults`. */
export const { startHaproxy } = require("../../scripts/lib/haproxy.js") as {
  startHaproxy: (own: string, more?: { include?: boolean; folder?: string; global?: string }) => Promise<Haproxy>;
};
