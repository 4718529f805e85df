// Caddy as an edge: routes of the user's own site are files that its Caddyfile imports.
import { errors, parts } from "../../errors";
import type { RouteInputs } from "../../route/fields";
import type { Failure } from "../../../core/failure-types";
import type { Edge } from "../edge";
import { fileEdge } from "../file-edge";
import type { ServerProgram } from "../program";
import type { RouteFiles } from "../route-files";
import { commandLine } from "../scripts";
import type { Disk } from "../scripts";
import { caddyAdminEdge } from "./admin-edge";
import { adminIn, caddyReport, messageIn } from "./check";
import { caddyPlaces, caddyStampIn, importLine, caddyRouteFile } from "./files";
import { adminLine } from ".";
import { caddySurroundings } from "./surroundings";
import type { CaddySettings } from ".";

/** Which way a Caddy is told of a route: by its admin API, or by a file of the user's own site. */
export function caddyEdge(settings: CaddySettings): Edge {
  const [listeners, locations] = [caddyAdminEdge(settings), fileEdge(caddyFiles(settings))];
  const of = ({ attach }: RouteInputs) => (attach === "listener" ? listeners : locations);
  return {
    apply: (route, ...rest) => of(route).apply(route, ...rest),
    inspect: (route, ...rest) => of(route).inspect(route, ...rest),
    remove: (route, ...rest) => of(route).remove(route, ...rest),
  };
}

function caddyFiles(settings: CaddySettings): RouteFiles {
  const { directory } = settings;
  const fileOf = (route: RouteInputs) => caddyPlaces(directory, route).route;
  return {
    program: caddyProgram(settings),
    own: (route) => [fileOf(route)],
    shared: () => [],
    refusal: (_route, disk) => refusalOf(settings, disk),
    withRoute: (route, stamp) => new Map([[fileOf(route), caddyRouteFile(directory, route, stamp)]]),
    withoutRoute: (route) => ({
      files: new Map([[fileOf(route), undefined]]),
      folders: caddyPlaces(directory, route).folders,
    }),
    stampIn: (route, texts) => caddyStampIn(texts.get(fileOf(route))),
    certificateIn: () => undefined,
    surroundings: (route, _texts, loaded) => {
      const around = caddySurroundings(loaded.get(fileOf(route)) ?? "", route, importLine(directory, route));
      const address = shownAt(settings, loaded);
      const shown = address === undefined ? [] : [parts.showsSecrets({ server: "caddy", address })];
      return { ...around, obstacles: [...shown, ...around.obstacles] };
    },
    needs: (route) => [
      {
        file: fileOf(route),
        cure: `Add the line \`${importLine(directory, route)}\` to the site block of ${route.hostname} in the Caddyfile, and run pulumi up again`,
      },
    ],
  };
}

function caddyProgram(settings: CaddySettings): ServerProgram {
  const { directory, user, check } = settings;
  return {
    name: "caddy",
    key: JSON.stringify(settings),
    directory,
    owner: user,
    checker: { command: check, read: (ran) => caddyReport(ran, directory) },
    reload: commandLine(reloadWords(settings)),
    messageIn,
    listening: () => [],
    unreached: (said) => (isUnreached.test(said) ? `${usualReload.join(" ")} --address …` : undefined),
    tellsReload: true,
    log: "its log",
    logsHeaders: true,
  };
}

const usualReload = ["caddy", "reload", "--config", "/etc/caddy/Caddyfile"];
const isUnreached = /\bdial (?:unix|tcp) .*(?:no such file or directory|connection refused)/;

/** Where the API is not told, Caddy looks into its Caddyfile. */
export function reloadWords({ reload, adminSocket, adminUrl }: CaddySettings): string[] {
  const address = adminSocket === undefined ? adminUrl?.replace(/^http:\/\//, "") : `unix/${adminSocket}`;
  const at = address === undefined ? [] : ["--address", address];
  return reload ?? [...usualReload, ...at];
}

function refusalOf(settings: CaddySettings, { loaded }: Disk): Failure | undefined {
  const address = loaded && shownAt(settings, loaded);
  if (address === undefined) return undefined;
  const cure = `Add \`${adminLine}\` to the global options of the Caddyfile and run \`${usualReload.join(" ")} --address ${address}\` once (or restart Caddy), or allow it by caddy.adminUrl`;
  return errors.PROXY_REFUSED.openAdmin({ server: "caddy", address, cure });
}

/** Who can ask the admin API is shown the whole configuration, whatever the modes of our files are. */
function shownAt({ adminSocket, adminUrl }: CaddySettings, loaded: ReadonlyMap<string, string>): string | undefined {
  const admin = adminIn(loaded);
  if (adminUrl !== undefined || admin === undefined) return undefined;
  return adminSocket !== undefined && admin.isDefault ? undefined : admin.address;
}
