// Caddy with its admin API as an edge: routes of a listener of ours are objects in the configuration that Caddy keeps.
import { isIPv4 } from "node:net";
import { unmarked } from "../../../core/owner-mark";
import type { Failure } from "../../../core/failure-types";
import { errors, parts } from "../../errors";
import type { RouteInputs } from "../../route/fields";
import { answererOver } from "../answerer";
import type { Answerer, Edge } from "../edge";
import { routeEdge } from "../route-edge";
import type { Files, RouteTexts } from "../route-files";
import type { Disk } from "../scripts";
import type { Plan } from "../transaction";
import { adminAnswers } from "./admin-answers";
import { certificateFirst } from "./admin-automatic";
import { certificateShown } from "./admin-certificate";
import { leakingIn } from "./admin-config";
import { adminNames, certifiedHostsOf, logName, routesBelow } from "./admin-names";
import {
  certificateIn,
  certificateText,
  isSecureListener,
  listenerText,
  logText,
  routeStampIn,
  routeText,
} from "./admin-objects";
import { adminStore } from "./admin-store";
import { securityWords } from "./security";
import type { CaddySettings } from ".";

export function caddyAdminEdge(settings: CaddySettings): Edge {
  const store = adminStore(settings);
  const edge = routeEdge(adminTexts, store);
  return { ...edge, apply: certificateFirst((...given) => edge.apply(...given), adminTexts, store) };
}

export function caddyAnswerer(settings: CaddySettings): Answerer {
  const otherwise = "give http01.webroot, a folder that its site serves below /.well-known/acme-challenge/";
  return answererOver(adminAnswers, adminStore(settings, otherwise));
}

const adminTexts: RouteTexts = {
  own: (route) => [adminNames(route).route],
  shared: (route) => {
    const { listener, certificate } = adminNames(route);
    return [listener, certificate, logName];
  },
  listener: (route) => (isSecure(route) ? [adminNames(route).certificate] : []),
  refusal: refusalOf,
  withRoute: (route, stamp) => {
    const { listener, certificate, route: name } = adminNames(route);
    return new Map([
      [name, routeText(route, stamp)],
      [listener, listenerText(route.listen, isSecure(route))],
      [certificate, certificateText(route, stamp.owner)],
      [logName, logText()],
    ]);
  },
  withoutRoute,
  stampIn: (route, texts) => routeStampIn(texts.get(adminNames(route).route)),
  certificateIn: (route, texts) => certificateIn(texts.get(adminNames(route).certificate)),
  needs: () => [],
  differences: async (route, _texts, connection, context) => {
    if (typeof route.tls !== "object" || !("automatic" in route.tls)) return [];
    const shown = await certificateShown(route, connection, context.now());
    return "flaw" in shown ? [shown.flaw] : [];
  },
  unsafe: (texts) => {
    const logs = leakingIn(texts.get(logName));
    return logs.length === 0 ? undefined : parts.leakingLog({ server: "caddy", logs: logs.join(", ") });
  },
};

const isSecure = ({ tls }: RouteInputs) => typeof tls === "object";

/** A listener speaks TLS or not; and one certificate is shown to who sends no name, as Telegram to an IP address. */
function refusalOf(route: RouteInputs, { names, texts }: Disk): Failure | undefined {
  const { listen, hostname } = route;
  const { listener, route: own } = adminNames(route);
  const text = texts.get(listener);
  const isAlone = routesBelow(listener, names, own).length === 0;
  if (text !== undefined && isSecureListener(text) !== isSecure(route) && !isAlone) {
    const [has, wanted] = [securityWords(isSecureListener(text)), securityWords(isSecure(route))];
    return errors.ROUTE_NOT_FREE.otherKind({ listen, has, wanted });
  }
  const other = certifiedHostsOf(listen, names).find((host) => isIPv4(host) && host !== hostname);
  if (!isSecure(route) || !isIPv4(hostname) || other === undefined) return undefined;
  return errors.ROUTE_NOT_FREE.otherKind({
    listen,
    has: `the IP address ${other}`,
    wanted: `the IP address ${hostname}`,
  });
}

/** Everything of this route, and what no other route needs any more; a certificate whose stack has no route left has no mark any more. */
function withoutRoute(route: RouteInputs, { names, texts, owners }: Disk): Pick<Plan, "files" | "folders"> {
  const { listener, certificate, route: own } = adminNames(route);
  const files: Files = new Map([[own, undefined]]);
  const ofHost = routesBelow(certificate, names, own);
  const maker = owners.get(certificate);
  if (ofHost.length === 0) files.set(certificate, undefined);
  else if (maker !== undefined && !ofHost.some((name) => owners.get(name) === maker)) {
    files.set(certificate, unmarked(texts.get(certificate)));
  }
  if (routesBelow(listener, names, own).length === 0) files.set(listener, undefined);
  if (routesBelow(logName, names, own).length === 0) files.set(logName, undefined);
  return { files, folders: [] };
}
