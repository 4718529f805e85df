// nginx as a proxy server of routes: its settings as it stands on the machine. What acts is loaded when it is used.
import type { Settings } from "../../../core/choice-types";
import { text, texts, withDefault } from "../../../core/leaf";
import { commandProblem, fileProblem, ownFolderProblem } from "../../rules";
import { serverModule } from "../module";

const settings = {
  /** The folder of our files, which holds no others. Another one replaces the route (delete first). */
  directory: withDefault(
    text(ownFolderProblem("nginx", "conf\\.d|sites-\\w+|modules-\\w+|snippets")),
    "/etc/nginx/pulumi-telegram",
  ),
  /** The file of the access log of our routes, without path, secret and body; `off` for none. */
  accessLog: withDefault(
    text((file) => (file === "off" ? undefined : fileProblem(file))),
    "/var/log/nginx/pulumi-telegram.log",
  ),
  /** The command that checks the configuration and prints it. */
  check: withDefault(texts(wordsProblem), ["nginx", "-T"]),
  /** The command that makes nginx load its configuration. */
  reload: withDefault(texts(wordsProblem), ["nginx", "-s", "reload"]),
} as const;

/** The settings with what was left out filled in. */
export type NginxSettings = Settings<typeof settings>;

export const nginx = serverModule({
  name: "nginx",
  settings,
  ignoresListen: true,
  installation: ({ directory }) => directory && `nginx in ${directory}`,
  edge: (own) => (require("./edge") as typeof import("./edge")).nginxEdge(own),
  answerer: (own) => (require("./edge") as typeof import("./edge")).nginxAnswerer(own),
});

function wordsProblem(words: string[]): string | undefined {
  return commandProblem(words, '["sudo", "-n", "nginx", "-T"]');
}
