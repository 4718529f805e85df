// A real Caddy of a test's own that is managed by its admin API, and that API as another hand than the provider's uses it.
import http from "node:http";
import type { Running } from "./process";

export interface CaddyApi {
  home: string;
  /** For `server: { caddy }` of a route. */
  settings: { adminSocket: string; user: string };
  adminSocket: string;
  program: string;
  /** What Caddy keeps for its next start. */
  saved(): string;
  /** All that it has printed, and with it the log of requests. */
  log: () => string;
  /** How often it has taken up another configuration. */
  changes: () => number;
  running: Running;
  stop(): Promise<void>;
  /** Ends it at once, without a chance to save anything. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** `own`: the user's own configuration. */
export const { startCaddyApi } = require("../../scripts/lib/caddy-api.js") as {
  startCaddyApi: (
    own?: object,
    more?: { admin?: string; args?: string[]; folder?: string; program?: string },
  ) => Promise<CaddyApi>;
};

/** One request to the admin API; gives the status and the body. */
export function askAdmin(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const headers = { host: "localhost", "content-type": "application/json" };
    const request = http.request({ socketPath, method, path, headers }, (response) => {
      let text = "";
      response.on("data", (part: Buffer) => (text += part.toString()));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: text.trim() === "" ? undefined : JSON.parse(text) });
      });
    });
    request.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}
