// Refuses an order that CAA records forbid, before it is made: the server would refuse it too, later and with fewer words.
import { isIPv4 } from "node:net";
import type { Holder } from "../../../acme/accounts";
import { errors } from "../../../acme/errors";
import { caaCure } from "../../../acme/problems";
import type { ChallengeType } from "../../../acme/answers";
import { caaVerdict } from "../../../probe/caa";
import { dnsBudget } from "../../../probe/dns-budget";
import { resolverOf } from "../../../probe/dns-walk";
import { lines } from "../../notices";

/** For all names together. */
const lookSeconds = 20;
const mostQuestions = 400;

/** `nameServers`: asked instead of the system's resolver. What cannot be looked up is said, and refuses nothing. */
export async function refuseForbidden(
  { server, accountUrl }: Holder,
  names: readonly string[],
  { challenge, nameServers, called }: { challenge: ChallengeType; nameServers?: readonly string[]; called: string },
): Promise<void> {
  const { context, name: host } = server;
  const directory = await server.directory();
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(lookSeconds * 1000)]);
  const resolver = resolverOf(nameServers, dnsBudget(signal, { questions: mostQuestions }));
  const { caaIdentities: identities } = directory;
  const asked = names.filter((name) => !isIPv4(name)); // CAA is of names only
  const verdicts = await Promise.all(
    asked.map(async (name) => ({
      name,
      verdict: await caaVerdict({ name, identities, accountUrl, challenge }, resolver, nameServers !== undefined),
    })),
  );
  for (const { name, verdict } of verdicts) {
    if (verdict.kind !== "forbidden") continue;
    const { because, fqdn, tag, records } = verdict;
    const told = { what: server.told(`newOrder for ${names.join(", ")}`), name, fqdn, records };
    if (because === "critical") throw errors.ACME_ORDER_REFUSED.caaCritical(told);
    if (because === "account") throw errors.ACME_ORDER_REFUSED.caaAccount({ ...told, accountUrl });
    if (because === "challenge") throw errors.ACME_ORDER_REFUSED.caaChallenge({ ...told, challenge });
    throw errors.ACME_ORDER_REFUSED.caaRecord({ ...told, cure: caaCure(directory, { tag, where: " there" }) });
  }
  for (const { name, verdict } of verdicts) {
    if (verdict.kind !== "unknown") continue;
    context.log(lines.caaUnknown({ name: called, host, of: name, why: verdict.why }));
    return; // one line tells that nothing is certain
  }
}
