// Where haproxy's files for a route are, and what their names tell of the other routes on the disk. Pure.
import { placeIdOf } from "../../route/fields";
import type { RouteInputs } from "../../route/fields";
import { folderOf } from "../scripts";

/** haproxy loads the files of our folder that end in ".cfg", in the order of their names, and none of a folder below. */
export interface HaproxyPlaces {
  /** For all routes: defaults, and what answers for no route. It is loaded first. */
  base: string;
  /** The frontend. Missing with attach "location". */
  listener?: string;
  /** Which certificate is for which host of the listener. */
  list: string;
  /** Key, certificate and chain of this host, where we write them. */
  certificate: string;
  /** Else: which file of the user's has them. Only we read it; it has the mark of the stack. */
  path: string;
  route: string;
  /** The digests of the secrets that are accepted, and the generation. */
  secrets: string;
  /** The folders, the deepest first. */
  folders: string[];
}

export const baseName = "00-pulumi-telegram.cfg";
const listenName = (listen: string) => listen.replace(":", "_");

export function haproxyPlaces(directory: string, route: RouteInputs): HaproxyPlaces {
  const id = placeIdOf(route);
  const listen = `${directory}/routes/${listenName(route.listen)}`;
  const host = `${listen}/${route.hostname}`;
  return {
    base: `${directory}/${baseName}`,
    ...(route.attach === "listener" && { listener: listenerOf(directory, route.listen) }),
    list: `${listen}/certificates.list`,
    certificate: `${host}/certificate.pem`,
    path: `${host}/certificate.path`,
    route: `${directory}/20-route-${id}.cfg`,
    secrets: `${host}/${id}.secrets`,
    folders: [host, listen, `${directory}/routes`],
  };
}

/** Where the answers to challenges of ACME are. haproxy loads "12-…" after "00-…". */
export function answerPlaces(directory: string, listen: string) {
  return {
    base: `${directory}/${baseName}`,
    frontend: `${directory}/10-acme-${listenName(listen)}.cfg`,
    backend: `${directory}/12-acme.cfg`,
    /** Host and path to text. */
    list: `${directory}/acme/answers.map`,
    folder: `${directory}/acme`,
  };
}

/** The frontend of routes at an address and port. */
export const listenerOf = (directory: string, listen: string): string =>
  `${directory}/10-listener-${listenName(listen)}.cfg`;

const certificateName = /\/certificate\.(?:pem|path)$/;

/**
 * The file with key and certificate of each host of the listener: ours, or the user's that the list names. One that the list
 * does not name any more is left out, until its own stack puts it back.
 */
export function certificatesOf(
  { list }: HaproxyPlaces,
  names: Iterable<string>,
  listed: string | undefined,
): Map<string, string> {
  const folder = folderOf(list);
  const inList = new Map(
    (listed ?? "").split("\n").map((line) => [line.split(" ")[1] ?? "", line.split(" ")[0] ?? ""] as const),
  );
  const found = new Map<string, string>();
  for (const name of names) {
    if (!name.startsWith(`${folder}/`) || !certificateName.test(name)) continue;
    const host = folderOf(name).slice(folder.length + 1);
    const file = name.endsWith(".pem") ? name : inList.get(host);
    if (file !== undefined) found.set(host, file);
  }
  return found;
}

/** The secrets of other routes below a folder. */
export function othersBelow(folder: string, { secrets }: HaproxyPlaces, names: Iterable<string>): string[] {
  return [...names].filter((name) => name.startsWith(`${folder}/`) && name.endsWith(".secrets") && name !== secrets);
}

/** The address and port of the frontend that a file of ours is; nothing for other files. */
export function listenIn(file: string): string | undefined {
  const [, address, port] = /\/10-(?:listener|acme)-([\d.]+)_(\d+)\.cfg$/.exec(file) ?? [];
  return address === undefined ? undefined : `${address}:${port}`;
}
