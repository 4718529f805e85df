// nginx as a proxy server of routes: its settings, and what is loaded to act.
import { commandProblem, fileProblem } from "../../rules";
import type { ServerModule } from "../module";

/** nginx as it stands on the machine. */
export interface NginxSettings {
  directory?: string;
  accessLog?: string;
  check?: string[];
  reload?: string[];
}

const defaults: Required<NginxSettings> = {
  directory: "/etc/nginx/pulumi-telegram",
  accessLog: "/var/log/nginx/pulumi-telegram.log",
  check: ["nginx", "-T"],
  reload: ["nginx", "-s", "reload"],
};

export const nginx: ServerModule<"nginx", Required<NginxSettings>> = {
  name: "nginx",
  settings: ["directory", "accessLog", "check", "reload"],
  problem,
  accept: (given) => ({ ...defaults, ...given }),
  installation: ({ directory }) => `nginx in ${directory}`,
  edge: (settings, telegram) => {
    const { nginxEdge } = require("./edge") as typeof import("./edge");
    return nginxEdge(settings, telegram);
  },
};

function problem(given: Partial<Record<keyof NginxSettings, unknown>>): string | undefined {
  for (const name of ["directory", "accessLog"] as const) {
    const says = given[name] === undefined ? undefined : fileProblem(given[name]);
    if (says && !(name === "accessLog" && given[name] === "off")) return `has a ${name} that ${says}`;
  }
  if (typeof given.directory === "string" && isOfNginx(given.directory))
    return "has a directory that nginx uses itself; give a folder of its own, such as /etc/nginx/pulumi-telegram";
  const wrong = (["check", "reload"] as const).find((name) => given[name] !== undefined && commandProblem(given[name]));
  return wrong && `must have a list of words as ${wrong}, such as ["sudo", "-n", "nginx", "-T"]`;
}

/** Everything in our folder is ours, so it is not one that holds other things. */
function isOfNginx(directory: string): boolean {
  return /^\/[a-z]+$|^\/etc\/nginx(?:\/(?:conf\.d|sites-\w+|modules-\w+|snippets))?$/.test(directory);
}
