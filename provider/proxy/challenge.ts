// Answers http-01 challenges of ACME, by a proxy server or in a folder that a site serves. What is proved is proved on the machine itself.
import type { ChallengeProof, Solver } from "../acme/solver";
import { fingerprint } from "../core/hash";
import type { ExecutionContext, OperationContext } from "../core/logic";
import { machineOf } from "./machine";
import type { On } from "./route/choices";
import { answererOf } from "./servers";
import type { Server } from "./servers";
import type { Answering } from "./servers/edge";
import { webrootOf } from "./webroot";

/** Who answers, and where: either `server` or `webroot`. */
export interface HttpChallenge {
  server?: Server;
  on?: On;
  listen: string;
  webroot?: string;
}

/** `operation`: of the certificate. Nothing more is waited for: this program need not reach the public name. */
export function httpSolver({ server, webroot, on, listen }: HttpChallenge, operation: OperationContext): Solver {
  const { owner, name } = operation;
  const wanted = (proofs: readonly ChallengeProof[]): Answering => ({
    ...(on && { on }),
    listen,
    answers: proofs.map((proof) => ({ name: proof.name, token: proof.token, text: proof.keyAuthorization })),
    owner,
    keeper: fingerprint(`${owner}/${name}`),
  });
  const whole = (context: ExecutionContext): OperationContext => ({ ...operation, ...context });
  const by = server ? answererOf(server) : webrootOf(webroot ?? "", machineOf(on));
  return {
    type: "http-01",
    present: (proofs, context) => by.answer(wanted(proofs), whole(context)),
    wait: () => Promise.resolve(),
    cleanUp: (proofs, context) => by.withdraw(wanted(proofs), whole(context)),
  };
}
