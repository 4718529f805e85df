// What answers the challenges of an ACME server, by the branch of the setting `challenge`. What acts is loaded when it is used.
import type { Solver } from "./acme/solver";
import type { HttpClient } from "./core/http";
import type { OperationContext } from "./core/logic";
import type { DnsChallenge } from "./dns/challenge";
import type { Via } from "./dns/vendors";
import type { HttpChallenge } from "./proxy/challenge";

type DnsSettings = Partial<DnsChallenge> & { via: Via };

/** `challenge`: exactly one of the two, as check has accepted it. */
export function challengeSolver(challenge: unknown, http: HttpClient, context: OperationContext): Solver {
  const given = challenge as { dns01: DnsSettings } | { http01: HttpChallenge };
  if ("http01" in given) {
    const { httpSolver } = require("./proxy/challenge") as typeof import("./proxy/challenge");
    return httpSolver(given.http01, context);
  }
  const { dnsSolver, challengeWaitSeconds } = require("./dns/challenge") as typeof import("./dns/challenge");
  const { vendorOf } = require("./dns/vendors") as typeof import("./dns/vendors");
  const { via, ...settings } = given.dns01;
  return dnsSolver({ waitSeconds: challengeWaitSeconds, ...settings }, vendorOf(via, http), context);
}
