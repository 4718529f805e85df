// nginx as a proxy server of routes: its settings as it stands on the machine. What acts is loaded when it is used.
import type { Settings } from "../../../core/choice-types";
import { text, texts, withDefault } from "../../../core/leaf";
import { commandProblem, fileProblem } from "../../rules";
import { serverModule } from "../module";

const settings = {
  /** The folder of our files, and of no others. Another one replaces (delete first). */
  directory: withDefault(text(directoryProblem), "/etc/nginx/pulumi-telegram"),
  /** The access log of our routes, which holds no path, secret or body; `off`: none. */
  accessLog: withDefault(
    text((file) => (file === "off" ? undefined : fileProblem(file))),
    "/var/log/nginx/pulumi-telegram.log",
  ),
  /** The command that checks the configuration and prints it. */
  check: withDefault(texts(wordsProblem), ["nginx", "-T"]),
  /** The command that makes nginx take up its configuration. */
  reload: withDefault(texts(wordsProblem), ["nginx", "-s", "reload"]),
} as const;

/** The settings with what was left out filled in. */
export type NginxSettings = Settings<typeof settings>;

export const nginx = serverModule({
  name: "nginx",
  settings,
  installation: ({ directory }) => directory && `nginx in ${directory}`,
  edge: (own) => (require("./edge") as typeof import("./edge")).nginxEdge(own),
});

/** Everything in our folder is ours, so it is not one that holds other things. */
function directoryProblem(directory: string): string | undefined {
  const isOfNginx = /^\/[a-z]+$|^\/etc\/nginx(?:\/(?:conf\.d|sites-\w+|modules-\w+|snippets))?$/.test(directory);
  const says =
    "must not be a folder at the root or one that nginx uses itself; give a folder of its own, such as /etc/nginx/pulumi-telegram";
  return fileProblem(directory) ?? (isOfNginx ? says : undefined);
}

function wordsProblem(words: string[]): string | undefined {
  const says = commandProblem(words);
  return says && `${says}, such as ["sudo", "-n", "nginx", "-T"]`;
}
