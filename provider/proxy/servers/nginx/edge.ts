// nginx as an edge: what the general transaction has to know of it, and which files a route is.
import { unmarked } from "../../../core/owner-mark";
import type { RouteInputs } from "../../route/fields";
import { listenAddressOf } from "../../rules";
import type { Answerer, Edge } from "../edge";
import { fileAnswerer, fileEdge } from "../file-edge";
import type { Need, ServerProgram } from "../program";
import type { RouteFiles } from "../route-files";
import { commandLine } from "../scripts";
import type { Disk } from "../scripts";
import type { Listening } from "../sockets";
import type { Plan } from "../transaction";
import { nginxAnswers } from "./answers";
import { mainIn, takesProxyProtocol } from "./blocks";
import { checkedOf } from "./check";
import { listensIn } from "./directives";
import { filesOf, stampIn, isHttpFileNewer, placesOf } from "./files";
import { handedTo, linesAgainst, surroundingsOf } from "./surroundings";
import type { RoutePlace } from "./surroundings";
import type { NginxSettings } from ".";

export function nginxEdge(settings: NginxSettings): Edge {
  return fileEdge(nginxFiles(settings));
}

export function nginxAnswerer(settings: NginxSettings): Answerer {
  return fileAnswerer(nginxAnswers(settings), nginxProgram(settings));
}

function nginxFiles(settings: NginxSettings): RouteFiles {
  const places = (route: RouteInputs) => placesOf(settings, route);
  return {
    program: nginxProgram(settings),
    own: (route) => [places(route).route, places(route).addresses],
    shared: (route) => [places(route).http, ...Object.values(places(route).site ?? {})],
    listener: (route) => Object.values(places(route).site ?? {}),
    withRoute: (route, stamp, { texts, loaded }) => {
      const wanted = filesOf(
        settings,
        route,
        stamp,
        linesAgainst(loaded && handedTo(placeOf(settings, route), loaded)),
      );
      const { http } = places(route);
      if (isHttpFileNewer(texts.get(http))) wanted.delete(http);
      return wanted;
    },
    withoutRoute: (route, disk) => withoutRoute(settings, route, disk),
    stampIn: (route, texts) => stampIn(texts.get(places(route).route)),
    certificateIn: (route, texts) => texts.get(places(route).site?.certificate ?? ""),
    needs: (route) => needsOf(settings, route),
    takesProxyProtocol: (route, loaded) => takesProxyProtocol(listenAddressOf(route.listen), loaded),
    surroundings: (route, texts, loaded) => {
      const text = texts.get(places(route).route) ?? "";
      return surroundingsOf({ ...placeOf(settings, route), isTls: route.tls !== "none", text }, loaded);
    },
  };
}

function placeOf(settings: NginxSettings, route: RouteInputs): RoutePlace {
  const { directory } = settings;
  return { file: placesOf(settings, route).route, directory, listen: listenAddressOf(route.listen) };
}

export function nginxProgram(settings: NginxSettings): ServerProgram {
  const { directory } = settings;
  return {
    name: "nginx",
    key: JSON.stringify(settings),
    directory,
    checker: { command: settings.check, read: (ran) => checkedOf(ran, `${directory}/http.conf`) },
    reload: commandLine(settings.reload),
    isNotRunning,
    listening: ({ loaded = new Map() }, { names }) => [
      ...listensIn(loaded, (file) => !file.startsWith(`${directory}/`) || names.has(file)),
      ...listensNotLoaded(
        directory,
        [...names].filter((file) => !loaded.has(file)),
      ),
    ],
    log: "its error log",
    errorLog: { fileOf: ({ loaded }) => loaded && errorLogIn(loaded), reasonsIn },
  };
}

/** The log of nginx as a whole. Another than a file with an absolute path (`stderr`, `syslog:…`) cannot be read. */
function errorLogIn(loaded: ReadonlyMap<string, string>): string | undefined {
  const [file] = mainIn(loaded).flatMap(({ words: [name, value] }) => (name === "error_log" && value ? [value] : []));
  return file?.startsWith("/") ? file : undefined;
}

/** Of nginx itself, not of a connection (`*12`), whose lines repeat what a client sent. */
function reasonsIn(lines: string): string[] {
  return [...lines.matchAll(/ \[(?:emerg|alert|crit)\] \d+#\d+: (?!\*)(.*)$/gm)].map(([, said = ""]) => said);
}

/** Listeners of ours on disk whose include is gone: what listens there was theirs, until somebody took the line or file away. */
function listensNotLoaded(directory: string, names: string[]): Listening[] {
  return names.flatMap((file) => {
    const [, address = "", port] = /^\/sites\/([\d.]+)_(\d+)_[^/]+\.conf$/.exec(file.slice(directory.length)) ?? [];
    return port === undefined ? [] : [{ file, address, port: Number(port) }];
  });
}

/** As nginx 1.22 says it with `-s reload`: an empty file, no file, or one of a process that has ended. */
function isNotRunning(said: string): boolean {
  return /invalid PID number ""|open\(\) ".*" failed \(2: |kill\(\d+, \d+\) failed \(3: /.test(said);
}

function needsOf(settings: NginxSettings, route: RouteInputs): Need[] {
  const { http, route: file, folder } = placesOf(settings, route);
  const line = (text: string, where: string) => `Add the line \`${text}\` to ${where}, and run pulumi up again`;
  const where = "the http block of nginx.conf, above every server block";
  return [
    { file: http, cure: line(`include ${settings.directory}/*.conf;`, where) },
    { file, cure: line(`include ${folder}/*.conf;`, `the server block of ${route.hostname}`) },
  ];
}

/** Everything of this route, and what no other route needs any more; a listener whose stack has none left has no mark any more. */
function withoutRoute(settings: NginxSettings, route: RouteInputs, disk: Disk): Pick<Plan, "files" | "folders"> {
  const { directory } = settings;
  const { names, texts, owners } = disk;
  const places = placesOf(settings, route);
  const { site } = places;
  const others = [...names].filter(
    (name) => name !== places.route && name.startsWith(`${places.folder}/`) && name.endsWith(".conf"),
  );
  const gone = [places.route, places.addresses];
  if (others.length === 0 && site) gone.push(...Object.values(site));
  const maker = site && owners.get(site.file);
  const isLeft = others.length > 0 && maker !== undefined && !others.some((file) => owners.get(file) === maker);
  const isLast = ![...names].some(
    (name) => /\/(?:sites|locations)\/[^/]+\/[^/]+\.conf$/.test(name) && name !== places.route,
  );
  if (isLast) gone.push(places.http);
  const folders = [places.folder, ...["sites", "locations", "addresses"].map((name) => `${directory}/${name}`)];
  const files: Plan["files"] = new Map(gone.map((file) => [file, undefined]));
  if (site && isLeft) files.set(site.file, unmarked(texts.get(site.file)));
  return { files, folders };
}
