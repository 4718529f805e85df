// A real Caddy of a test's own, in a temporary folder.
import type { Running } from "./process";

export interface Caddy {
  home: string;
  /** For `server: { caddy }` of a route. */
  settings: { directory: string; user: string; check: string[]; reload: string[] };
  program: string;
  /** The user's own Caddyfile. */
  config: string;
  adminSocket: string;
  /** All that it has printed. */
  log(): string;
  /** How often it has taken up another configuration. */
  reloads(): number;
  running: Running;
  stop(): Promise<void>;
  /** Starts it again after `stop`. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** `own`: the user's own Caddyfile after the global options; `{directory}` stands for our folder. */
export const { startCaddy } = require("../../scripts/lib/caddy.js") as {
  startCaddy: (
    own: string,
    more?: { admin?: string; global?: string; folder?: string; program?: string; user?: string },
  ) => Promise<Caddy>;
};
