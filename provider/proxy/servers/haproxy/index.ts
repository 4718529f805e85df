// haproxy as a proxy server of routes: its settings as it stands on the machine. What acts is loaded when it is used.
import type { Settings } from "../../../core/choice-types";
import { optional, text, texts, withDefault } from "../../../core/leaf";
import type { Branched, Finding } from "../../../core/logic";
import { problem } from "../../../core/rules";
import type { RouteInputs } from "../../route/fields";
import { commandProblem, fileProblem, ownFolderProblem } from "../../rules";
import { upstreamOf } from "../../upstream";
import { serverModule } from "../module";
import { kindWords, listenerKindOf } from "./kinds";

const settings = {
  /** The folder of our files, which holds no others; haproxy is started with it as its last `-f`. Another one replaces the route (delete first). */
  directory: withDefault(
    text(ownFolderProblem("haproxy", "errors|conf\\.d|certs|maps")),
    "/etc/haproxy/pulumi-telegram",
  ),
  /** `global`: requests to a listener's route are logged where your `global` section says, without path, secret and body. `off`: they are not logged. */
  accessLog: withDefault(
    text((word) => (/^(?:global|off)$/.test(word) ? undefined : 'must be "global" or "off"')),
    "global",
  ),
  /** The command that checks the configuration. Omit it for `haproxy -c -f /etc/haproxy/haproxy.cfg -f` and `directory`. */
  check: optional(texts((words) => commandProblem(words, '["sudo", "-n", "/usr/local/sbin/check-haproxy"]'))),
  /** The command that makes haproxy load its configuration. */
  reload: withDefault(
    texts((words) => commandProblem(words, '["sudo", "-n", "systemctl", "reload", "haproxy"]')),
    ["systemctl", "reload", "haproxy"],
  ),
  /**
   * The path of the runtime socket, a `stats socket` of level admin: secrets and certificates then change without a reload. Omit it to
   * reload for each change.
   */
  socket: optional(text(fileProblem)),
  /**
   * The path of the master's socket (`-S` of haproxy): the reload is asked for there, and a failure is known at once. Omit it to run the
   * command `reload`; a failure is then known after 10 s without an answer of the route.
   */
  masterSocket: optional(text(fileProblem)),
} as const;

/** The settings with what was left out filled in. */
export type HaproxySettings = Settings<typeof settings>;

export const haproxy = serverModule({
  name: "haproxy",
  settings,
  cannot: ({ known, choices }, { check, directory }) => [
    ...tlsFindings(choices.tls),
    ...socketFindings(known.upstream),
    ...checkFindings(check, directory),
  ],
  alike: ({ known, choices }) => {
    const { machine, attach, listen } = known;
    const kind = attach === "listener" ? listenerKindOf(known, choices.tls?.branch) : undefined;
    if (machine === undefined || listen === undefined || kind === undefined) return undefined;
    const place = machine === "local" ? "this machine" : machine;
    return { thing: `the listener ${listen} of haproxy on ${place}`, has: kindWords(kind) };
  },
  installation: ({ directory }) => directory && `haproxy in ${directory}`,
  answerer: (own) => (require("./edge") as typeof import("./edge")).haproxyAnswerer(own),
  edge: (own) => (require("./edge") as typeof import("./edge")).haproxyEdge(own),
});

function tlsFindings(tls: Branched | undefined): Finding[] {
  if (tls?.branch !== "files") return [];
  const { certificateFile, keyFile } = tls.settings;
  if (certificateFile === undefined || keyFile === undefined || certificateFile === keyFile) return [];
  return [
    problem<RouteInputs>(
      "tls",
      'has two files, and haproxy reads certificate and key from one: put the key behind the certificates in one file and give it as certificateFile and as keyFile; or give { pem }, or attach "location" to a frontend of your own that has the certificate',
    ),
  ];
}

/** haproxy binds a longer name beside the one that it is given. */
const longestSocket = 97;

function socketFindings(upstream: string | undefined): Finding[] {
  const place = upstream === undefined ? undefined : upstreamOf(upstream);
  if (!place || !("socket" in place) || place.socket.length <= longestSocket) return [];
  return [
    problem<RouteInputs>(
      "upstream",
      `must name a socket of at most ${longestSocket} characters with haproxy; this one has ${place.socket.length}: let the bot listen at a shorter path, such as /run/bot.sock`,
    ),
  ];
}

/** haproxy's own words that leave out our folder would call every mistake of ours good. Of another program nobody knows. */
function checkFindings(check: readonly string[] | undefined, directory: string | undefined): Finding[] {
  const isItsOwn = check?.some((word) => /(?:^|\/)haproxy$/.test(word)) && check.includes("-c");
  if (!isItsOwn || directory === undefined || check?.some((word) => word.startsWith(directory))) return [];
  return [
    problem<RouteInputs>(
      "server",
      `has haproxy.check, which checks the configuration without our files; add "-f", "${directory}" at its end, or leave check out`,
    ),
  ];
}
