// A route whose certificate Caddy gets itself: Caddy is told to get it, it is waited for, and only then the route is made.
import { isFailure, reworded, wordsOf } from "../../../core/failure";
import type { OperationContext } from "../../../core/logic";
import { waitFor } from "../../../core/wait";
import { certificatesIn } from "../../../x509/pem";
import { sha256 } from "../../../core/hash";
import { errors, parts } from "../../errors";
import { machineOf } from "../../machine";
import { noticeParts } from "../../notices";
import type { RouteInputs } from "../../route/fields";
import type { Claimant, Edge } from "../edge";
import { submit } from "../queue";
import { labelOf } from "../route-edge";
import { foreignListener, ownershipOfRoute } from "../route-files";
import type { Files, RouteTexts } from "../route-files";
import type { Disk } from "../scripts";
import type { Store } from "../store";
import type { Plan } from "../transaction";
import { certificateShown } from "./admin-certificate";
import { adminNames, logName, routesBelow } from "./admin-names";
import { certificateIn, certificateText, listenerText, logText } from "./admin-objects";

const everySeconds = 1;
const restoreSeconds = 60;
const server = "caddy";

type Apply = Edge["apply"];

/**
 * The same with the certificate first. Other changes of the machine do not wait meanwhile. If the certificate does not come, or
 * the route cannot be made, Caddy is as it was.
 */
export function certificateFirst(apply: Apply, texts: RouteTexts, store: Store): Apply {
  return async (route, claimant, context) => {
    const { tls } = route;
    if (typeof tls !== "object" || !("automatic" in tls)) return apply(route, claimant, context);
    let told: Told = { before: new Map(), written: new Map() };
    await change(route, context, (disk) => (told = toldOf(texts, route, claimant, disk)).written);
    const failed = (error: unknown) => takeBack(route, context, told, error);
    const problem = await waitForCertificate(route, context, told).catch(failed);
    if (problem !== undefined) {
      const { directoryUrl } = tls.automatic;
      const { hostname } = route;
      const label = labelOf(route, context);
      const now = await putBack(route, context, told);
      throw errors.ROUTE_NOT_IN_FORCE.noCertificate({ label, server, hostname, directoryUrl, problem, now });
    }
    return apply(route, claimant, context).catch(failed);
  };

  function change(route: RouteInputs, context: OperationContext, written: (disk: Disk) => Files): Promise<void> {
    const plan = (disk: Disk): Plan => {
      const files = written(disk);
      const isListener = files.get(adminNames(route).listener) !== undefined;
      const nothing = () => Promise.resolve(undefined);
      return { files, folders: [], needs: [], proof: nothing, ...(isListener && { listen: route.listen }) };
    };
    return submit(machineOf(route.on), store, { reads: [], plan }, labelOf(route, context), context);
  }

  async function takeBack(route: RouteInputs, context: OperationContext, told: Told, error: unknown): Promise<never> {
    const now = await putBack(route, context, told);
    throw isFailure(error) && now !== "" ? reworded(error, `${error.message}${now}`) : error;
  }

  /** Of what nobody has changed since, and no other route needs; gives the sentence for what is true then. */
  async function putBack(route: RouteInputs, context: OperationContext, told: Told): Promise<string> {
    if (told.written.size === 0) return "";
    const later = { ...context, ...context.beyond(restoreSeconds) };
    try {
      await change(route, later, (disk) => backOf(route, told, disk));
      return ` ${parts.restored()}`;
    } catch (error) {
      return ` ${parts.notRestored({ said: wordsOf(error).replace(/\.$/, "") })}`;
    }
  }
}

/** What Caddy was told before the route, and what was there then. */
interface Told {
  before: ReadonlyMap<string, string>;
  written: Files;
}

/** Nothing where the route itself would be refused, which says why. */
function toldOf(texts: RouteTexts, route: RouteInputs, claimant: Claimant, disk: Disk): Told {
  const { listener, certificate } = adminNames(route);
  const wanted: Files = new Map([
    [listener, listenerText(route.listen, true)],
    [certificate, certificateText(route, claimant.owner)],
    [logName, logText()],
  ]);
  const before = new Map([...disk.texts].filter(([name]) => wanted.has(name)));
  const isRefused = ownershipOfRoute(texts, route, claimant, disk.texts) === "foreign" || texts.refusal?.(route, disk);
  if (isRefused) return { before, written: new Map() };
  const foreign = foreignListener(texts, route, claimant, wanted, disk);
  if (foreign && !claimant.mayTakeOver) wanted.delete(certificate);
  if (foreign && !claimant.mayTakeOver && foreign.changed.length > 0) return { before, written: new Map() };
  for (const [name, text] of wanted) if (disk.texts.get(name) === text) wanted.delete(name);
  return { before, written: wanted };
}

function backOf(route: RouteInputs, { before, written }: Told, { names, texts }: Disk): Files {
  const { listener, certificate, route: own } = adminNames(route);
  const isNeeded = (name: string) => before.get(name) === undefined && routesBelow(name, names, own).length > 0;
  const mine = [...written].filter(([name, text]) => texts.get(name) === text && !isNeeded(name));
  const back: Files = new Map(mine.map(([name]) => [name, before.get(name)]));
  // A listener that other hosts wait on stays.
  const others = [...names].some((name) => name.startsWith(`${listener}:`) && name !== certificate && name !== own);
  if (others) for (const name of [listener, logName]) back.delete(name);
  return back;
}

async function waitForCertificate(
  route: RouteInputs,
  context: OperationContext,
  { before }: Told,
): Promise<string | undefined> {
  const { hostname, on } = route;
  const connection = await machineOf(on).connect(context.signal);
  const release = connection.hold();
  const old = certificateIn(before.get(adminNames(route).certificate));
  const not = old === undefined ? undefined : sha256(certificatesIn(old)[0]?.raw ?? "");
  try {
    const look = async () => {
      const shown = await certificateShown(route, connection, context.now(), not);
      return "silent" in shown ? shown.silent : shown.flaw;
    };
    return await waitFor(look, context, {
      what: noticeParts.gettingCertificate({ server, hostname }),
      seconds: Infinity,
      everySeconds,
      isEnough: (problem) => problem === undefined,
      tell: (problem) => problem ?? noticeParts.answering(),
    });
  } finally {
    release();
  }
}
