// A route at Caddy's admin API, and the objects that it is there.
import type { RouteInputs } from "../../provider/proxy/route/fields";
import { adminNames } from "../../provider/proxy/servers/caddy/admin-names";
import { certificateText, listenerText, logText, routeText } from "../../provider/proxy/servers/caddy/admin-objects";
import { routeOf } from "./routes";

export const listen = "127.0.0.1:8443";
export const route = (more: object = {}): RouteInputs => ({
  ...routeOf({
    ...{ server: { caddy: {} }, attach: "listener", hostname: "bots.example.com", listen, path: "/tg/b1" },
    ...{ tls: { files: { certificateFile: "/c.pem", keyFile: "/k.pem" } }, upstream: "http://127.0.0.1:1" },
    secretTokens: ["a-secret"],
  }),
  ...more,
});
export const automatic = { automatic: { directoryUrl: "https://acme.example.com/directory", rootsFile: "/roots.pem" } };
export const stamp = { owner: "acme/bots/prod", routeId: "0123456789ab", generation: "abcdef" };

export function objectsOf(one: RouteInputs): Map<string, string> {
  const names = adminNames(one);
  return new Map([
    [names.route, routeText(one, stamp)],
    [names.listener, listenerText(one.listen, one.tls !== "none")],
    ["pulumi-telegram", logText()],
    ...(one.tls === "none" ? [] : [[names.certificate, certificateText(one, stamp.owner) ?? ""] as const]),
  ]);
}
