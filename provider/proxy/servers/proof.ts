// Whether the edge itself answers for a route as it should: asked after each change, and when somebody looks.
import { sha256 } from "../../core/hash";
import type { OperationContext } from "../../core/logic";
import { waitFor } from "../../core/wait";
import type { Connection } from "../machine";
import { parts } from "../errors";
import { noticeParts } from "../notices";
import { noTls, probe, refusedConnection } from "../probe";
import type { EdgeAnswer, EdgeQuestion, Stranger } from "../probe";
import type { RouteInputs } from "../route/fields";
import { certificatesIn } from "../../x509/pem";
import { listenAddressOf, reachedAt } from "../rules";
import type { ServerProgram } from "./program";

type Server = Pick<ServerProgram, "name" | "owner" | "logsHeaders">;

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

/** What the configuration says of the way to a route. */
export interface Way {
  takesProxyProtocol?: boolean;
  /** What acts on a request before the route is found. */
  before?(): string[];
  /** Told when nobody takes a connection. */
  refused?(): void;
}

/** Asks for this generation of a route, of nobody but the server. */
export function inForce(program: Server, route: RouteInputs, generation: string, way: Way = {}): Proof {
  const { name: server } = program;
  return async (connection) => {
    const question = questionFor(route, program, way);
    const { hostname } = route;
    const where = `${question.address}:${question.port}`;
    const answer = await asked(connection, question, program);
    if ("problem" in answer) {
      const told = { server, hostname, where, problem: answer.problem };
      if (answer.problem === refusedConnection) way.refused?.();
      if (route.attach === "location" && answer.problem === noTls) return parts.plainHttp(told);
      const isElsewhere = route.attach === "location" && answer.problem === refusedConnection;
      return isElsewhere ? parts.silentLocation({ ...told, listen: route.listen }) : parts.silent(told);
    }
    if ("stranger" in answer && answer.stranger === "nobody") way.refused?.();
    if ("stranger" in answer) return strangerWords(answer.stranger, server, where);
    if (!answer.isOurs) {
      const problem = parts.otherConfiguration({ hostname, where, status: answer.status });
      const places = way.before?.().join(", ") ?? "";
      return places === "" ? problem : parts.actsBefore({ problem, places });
    }
    return answer.generation === generation ? undefined : parts.stillBefore({ server, where });
  };
}

/** Asks that this generation of a route is answered for no more. */
export function outOfForce(program: Server, route: RouteInputs, generation: string | undefined, way: Way = {}): Proof {
  return async (connection) => {
    if (generation === undefined) return undefined;
    const answer = await asked(connection, questionFor(route, program, way), program);
    const isThere = "isOurs" in answer && answer.isOurs && answer.generation === generation;
    return isThere ? parts.stillThere({ server: program.name, hostname: route.hostname }) : undefined;
  };
}

const notAllowed = 405;

/** Who logs headers is sent the secret only where a route of ours answers: its own sites would write it down. */
async function asked(connection: Connection, question: EdgeQuestion, { logsHeaders }: Server): Promise<EdgeAnswer> {
  if (logsHeaders) {
    const { secret: _kept, ...open } = question;
    const answer = await probe(connection, open);
    if (!("status" in answer) || answer.status !== notAllowed) return answer;
  }
  return probe(connection, question);
}

function strangerWords(stranger: Stranger, server: string, where: string): string {
  if (stranger === "otherCertificate") return parts.otherCertificate({ server, where });
  return stranger === "nobody" ? parts.nobodyListens({ where }) : parts.strangerListens({ where, user: stranger.user });
}

function questionFor(route: RouteInputs, { owner }: Server, { takesProxyProtocol }: Way): EdgeQuestion {
  const certificateSha256 = leafOf(route);
  return {
    ...reachedAt(listenAddressOf(route.listen)),
    hostname: route.hostname,
    path: route.path,
    secret: route.secretTokens[0] ?? "",
    isTls: route.tls !== "none",
    ...(certificateSha256 !== undefined && { certificateSha256 }),
    ...(owner !== undefined && { owner }),
    ...(takesProxyProtocol && { takesProxyProtocol }),
  };
}

/** Nothing where the certificate is not ours: then nobody but the server knows which it is. */
function leafOf({ tls }: RouteInputs): string | undefined {
  if (typeof tls !== "object" || !("pem" in tls)) return undefined;
  return sha256(certificatesIn(tls.pem.certificatePem)[0]?.raw ?? "");
}
