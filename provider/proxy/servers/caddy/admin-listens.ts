// Which other server of a Caddy's configuration listens at an address and port. Pure.
import { isIPv4 } from "node:net";
import { isObject } from "../../../core/rules";
import { listenAddressOf } from "../../rules";
import { meets } from "../sockets";
import type { ListenAddress } from "../sockets";
import { objectAt } from "./admin-json";
import { partsOfName } from "./admin-names";
import type { Json } from "./admin-objects";

/** What a server listens at if it does not say. */
const defaultListen = ":443";

/** The name of a server that is none of ours and has the place; nothing if it is free. */
export function servingServer(listen: string, config: unknown): string | undefined {
  const servers = objectAt(config, "apps", "http", "servers");
  return serverAt(listen, servers, (name) => partsOfName(name)?.kind !== "listener");
}

/** The name of the first of these servers that has the place. */
export function serverAt(
  listen: string,
  servers: Json,
  isWanted: (name: string) => boolean = () => true,
): string | undefined {
  const wanted = listenAddressOf(listen);
  const found = Object.entries(servers).find(([name, server]) => {
    if (!isWanted(name) || !isObject(server)) return false;
    const given = Array.isArray(server["listen"]) ? (server["listen"] as unknown[]) : [defaultListen];
    return given.some((one) => typeof one === "string" && isMet(one, wanted));
  });
  return found?.[0];
}

/** `[network/]host:port[-port]`. What cannot be told (a name, a variable, a socket) is left to the kernel's list. */
function isMet(text: string, wanted: ListenAddress): boolean {
  const [, network = "tcp", host = "", from, to] =
    /^(?:([a-z0-9]+)\/)?(\[.*\]|[^[\]/:]*):(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (from === undefined || !/^tcp4?$/.test(network)) return false;
  const meant = { "": "0.0.0.0", "[::]": "0.0.0.0", localhost: "127.0.0.1" }[host] ?? host;
  if (!isIPv4(meant)) return false;
  return meets({ address: meant, port: Number(from), lastPort: Number(to ?? from) }, wanted);
}
