// Caddy as a proxy server of routes: its settings as it stands on the machine. What acts is loaded when it is used.
import type { Settings } from "../../../core/choice-types";
import { optional, text, texts, withDefault } from "../../../core/leaf";
import { warning } from "../../../core/rules";
import { previewWarnings } from "../../notices";
import type { RouteInputs } from "../../route/fields";
import { adminUrlProblem, commandProblem, fileProblem, ownFolderProblem, userProblem } from "../../rules";
import { serverModule } from "../module";
import { securityWords } from "./security";

const settings = {
  /**
   * The path of the unix socket of Caddy's admin API. Omit it for `/run/caddy/admin.sock` with a listener, and for what the Caddyfile
   * says with a location.
   */
  adminSocket: optional(text(socketProblem)),
  /** The address of an admin API over TCP, such as `http://localhost:2019`. Every user of the machine can then read the secrets of all routes. */
  adminUrl: optional(text(adminUrlProblem)),
  /** The folder of our files, which holds no others; a listener has no files. Another one replaces the route (delete first). */
  directory: withDefault(
    text(ownFolderProblem("Caddy", "conf\\.d|sites-\\w+|Caddyfile\\.d")),
    "/etc/caddy/pulumi-telegram",
  ),
  /** The user who runs Caddy. Our files belong to that user, since Caddy reads them at each start. */
  user: withDefault(text(userProblem), "caddy"),
  /** The command that translates the Caddyfile to JSON and prints that. */
  check: withDefault(
    texts((words) => commandProblem(words, '["sudo", "-n", "caddy", "adapt", "--config", "/etc/caddy/Caddyfile"]')),
    ["caddy", "adapt", "--config", "/etc/caddy/Caddyfile"],
  ),
  /**
   * The command that makes Caddy load its configuration. Omit it for `caddy reload --config /etc/caddy/Caddyfile`, at the admin API of
   * `adminSocket`, `adminUrl` or the Caddyfile.
   */
  reload: optional(texts((words) => commandProblem(words, '["sudo", "-n", "systemctl", "reload", "caddy"]'))),
} as const;

/** Where the admin API is with a listener, unless it is told otherwise. */
export const usualSocket = "/run/caddy/admin.sock";
/** The line that closes the admin API to other users. */
export const adminLine = `admin unix/${usualSocket}`;
const socketCures = {
  location: `\`${adminLine}\` in the Caddyfile's global options, and adminSocket in place of adminUrl`,
  listener: `\`CADDY_ADMIN=unix/${usualSocket}|0600\` in Caddy's environment, and adminSocket in place of adminUrl`,
};

/** The settings with what was left out filled in. */
export type CaddySettings = Settings<typeof settings>;

export const caddy = serverModule({
  name: "caddy",
  settings,
  problem: ({ adminSocket, adminUrl }) =>
    adminSocket !== undefined && adminUrl !== undefined
      ? "has caddy.adminSocket and caddy.adminUrl, and there is one admin API: leave one out"
      : undefined,
  cannot: ({ known: { attach = "location" } }, { adminUrl }) => [
    ...(adminUrl === undefined
      ? []
      : [
          warning<RouteInputs>(
            "server",
            previewWarnings.openAdmin({
              setting: "caddy.adminUrl",
              address: `${adminUrl}/config/`,
              cure: socketCures[attach],
            }),
          ),
        ]),
  ],
  alike: ({ known, choices }) => {
    const { machine, attach, listen } = known;
    const branch = choices.tls?.branch;
    if (machine === undefined || listen === undefined || attach !== "listener" || branch === undefined)
      return undefined;
    const place = machine === "local" ? "this machine" : machine;
    return { thing: `the listener ${listen} of caddy on ${place}`, has: securityWords(branch !== "none") };
  },
  ignoresListen: true,
  getsCertificates: true,
  installation: ({ directory }) => directory && `caddy in ${directory}`,
  answerer: (own) => (require("./admin-edge") as typeof import("./admin-edge")).caddyAnswerer(own),
  edge: (own) => (require("./edge") as typeof import("./edge")).caddyEdge(own),
});

/** The address as a Caddyfile has it is a common paste. */
function socketProblem(socket: string): string | undefined {
  const [, file] = /^unix\/(\/[^|]*)(?:\|\d+)?$/.exec(socket) ?? [];
  const flaw = fileProblem(socket);
  return file === undefined || fileProblem(file) !== undefined ? flaw : `must be the path alone: "${file}"`;
}
