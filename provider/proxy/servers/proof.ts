// Whether the edge itself answers for a route as it should: asked after each change, and when somebody looks.
import { sha256 } from "../../core/hash";
import type { OperationContext } from "../../core/logic";
import { waitFor } from "../../core/wait";
import type { Connection } from "../machine";
import { parts } from "../errors";
import { noticeParts } from "../notices";
import { probe } from "../probe";
import type { EdgeQuestion, Stranger } from "../probe";
import type { RouteInputs } from "../route/fields";
import { certificatesIn } from "../../x509/pem";
import { listenAddressOf } from "../rules";
import type { ServerProgram } from "./program";

type Server = Pick<ServerProgram, "name" | "owner">;

/** What is not in force yet, in words; nothing once it is. */
export type Proof = (connection: Connection) => Promise<string | undefined>;

const proofPatienceSeconds = 10;
/** So often in a row the edge answers as it should: the workers of before still accept for a moment. */
const steadyAnswers = 5;

/** The first proof stands for the workers, which change all at once; then each is asked once. */
export async function prove(
  [first, ...others]: Proof[],
  connection: Connection,
  context: OperationContext,
  server: string,
): Promise<string | undefined> {
  if (!first) return undefined;
  let inRow = 0;
  const look = async () => {
    const problem = await first(connection);
    inRow = problem === undefined ? inRow + 1 : 0;
    return problem;
  };
  const problem = await waitFor(look, context, {
    what: noticeParts.takingUp({ server }),
    seconds: proofPatienceSeconds,
    everySeconds: 0.1,
    isEnough: () => inRow >= steadyAnswers,
    tell: (said) => said ?? noticeParts.answering(),
  });
  return problem ?? problemOf(others, connection);
}

/** Asks each once, up to the first that has a problem. */
export async function problemOf(proofs: Proof[], connection: Connection): Promise<string | undefined> {
  for (const proof of proofs) {
    const problem = await proof(connection);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * Asks for this generation of a route, of nobody but the server. `before`: what acts on a request before the route is found,
 * by the configuration.
 */
export function inForce(
  program: Server,
  route: RouteInputs,
  generation: string,
  before: () => string[] = () => [],
): Proof {
  const { name: server } = program;
  return async (connection) => {
    const question = questionFor(route, program);
    const { hostname } = route;
    const where = `${question.address}:${question.port}`;
    const answer = await probe(connection, question);
    if ("problem" in answer) return parts.silent({ server, hostname, where, problem: answer.problem });
    if ("stranger" in answer) return strangerWords(answer.stranger, server, where);
    if (!answer.isOurs) {
      const problem = parts.otherConfiguration({ hostname, where, status: answer.status });
      const places = before().join(", ");
      return places === "" ? problem : parts.actsBefore({ problem, places });
    }
    return answer.generation === generation ? undefined : parts.stillBefore({ server, where });
  };
}

/** Asks that this generation of a route is answered for no more. */
export function outOfForce(program: Server, route: RouteInputs, generation: string | undefined): Proof {
  return async (connection) => {
    if (generation === undefined) return undefined;
    const answer = await probe(connection, questionFor(route, program));
    const isThere = "isOurs" in answer && answer.isOurs && answer.generation === generation;
    return isThere ? parts.stillThere({ server: program.name, hostname: route.hostname }) : undefined;
  };
}

function strangerWords(stranger: Stranger, server: string, where: string): string {
  if (stranger === "otherCertificate") return parts.otherCertificate({ server, where });
  return stranger === "nobody" ? parts.nobodyListens({ where }) : parts.strangerListens({ where, user: stranger.user });
}

function questionFor(route: RouteInputs, { owner }: Server): EdgeQuestion {
  const { address, port } = listenAddressOf(route.listen);
  const certificateSha256 = leafOf(route);
  return {
    address: address === "0.0.0.0" ? "127.0.0.1" : address,
    port,
    hostname: route.hostname,
    path: route.path,
    secret: route.secretTokens[0] ?? "",
    isTls: route.tls !== "none",
    ...(certificateSha256 !== undefined && { certificateSha256 }),
    ...(owner !== undefined && { owner }),
  };
}

/** Nothing where the certificate is not ours: then nobody but the server knows which it is. */
function leafOf({ tls }: RouteInputs): string | undefined {
  if (typeof tls !== "object" || !("pem" in tls)) return undefined;
  return sha256(certificatesIn(tls.pem.certificatePem)[0]?.raw ?? "");
}
