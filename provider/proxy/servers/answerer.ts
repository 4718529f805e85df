// An answerer of challenges that keeps what it answers as named texts in a store, for every server: the plan, the proof, the way back.
import { isFailure, wordsOf } from "../../core/failure";
import type { OperationContext } from "../../core/logic";
import { listed } from "../../core/rules";
import { answerOver } from "../../net/over-stream";
import { errors, parts } from "../errors";
import { machineOf } from "../machine";
import type { Connection } from "../machine";
import { refusedConnection } from "../probe";
import { listenAddressOf, reachedAt } from "../rules";
import type { ChallengeAnswer, Answerer, Answering } from "./edge";
import type { Proof } from "./proof";
import { submit } from "./queue";
import type { Disk } from "./scripts";
import type { Store } from "./store";
import type { Plan } from "./transaction";

/** Where the machine itself asks. */
export interface AskedAt {
  address: string;
  port: number;
  takesProxyProtocol?: boolean;
}

/** A plan without its proof, which is the same for every server. */
export interface AnswersPlan extends Omit<Plan, "proof"> {
  /** Left out: at `listen`. */
  askedAt?: readonly AskedAt[];
  /** What acts on a request before the answers do, for a proof that fails: "if (/etc/nginx/…:12)". */
  before?: () => string[];
}

/** How a server keeps answers in texts. Pure. `disk`: all names, the texts of `reads`, and what is loaded, if somebody can tell. */
export interface AnswerTexts {
  /** The names of all texts that a plan depends on or writes, as far as they follow from what is wanted. */
  reads(wanted: Answering): string[];
  /** The texts with all answers in force, and without what this keeper left at these names. Throws a failure where it cannot be. */
  withAnswers(wanted: Answering, disk: Disk): AnswersPlan;
  /** The texts without these answers, and the folders that go when they are empty. */
  withoutAnswers(wanted: Answering, disk: Disk): Pick<Plan, "files" | "folders">;
}

/** The path that is asked for (RFC 8555 8.3). */
export const challengePath = (token: string): string => `/.well-known/acme-challenge/${token}`;

const patienceSeconds = 10;
const mostBytes = 64 * 1024;

export function answererOver(texts: AnswerTexts, store: Store): Answerer {
  const commitPlan = (wanted: Answering, plan: (disk: Disk) => Plan, context: OperationContext) => {
    const machine = machineOf(wanted.on);
    const names = listed([...new Set(wanted.answers.map(({ name }) => name))], "and");
    const label = `TlsCertificate ${context.name} (${names} on ${machine.name})`;
    return submit(machine, store, { reads: texts.reads(wanted), plan }, label, context);
  };
  return {
    answer: (wanted, context) =>
      commitPlan(
        wanted,
        (disk) => {
          const { askedAt = [loopbackOf(wanted)], before, ...plan } = texts.withAnswers(wanted, disk);
          const proof = provenBy(wanted, askedAt, (one, at) => answered(store.server(disk).name, one, at, before));
          return { ...plan, proof };
        },
        context,
      ),
    withdraw: (wanted, context) =>
      commitPlan(
        wanted,
        (disk) => {
          // Whoever stands in front of it may answer as it likes then: only that it is not ours any more is asked.
          const proof = provenBy(wanted, [loopbackOf(wanted)], (one, at) => gone(store.server(disk).name, one, at));
          return { ...texts.withoutAnswers(wanted, disk), needs: [], proof };
        },
        context,
      ),
  };
}

const loopbackOf = ({ listen }: Answering): AskedAt => reachedAt(listenAddressOf(listen));

type ProofOf = (answer: ChallengeAnswer, at: AskedAt) => Proof;

function provenBy({ answers }: Answering, askedAt: readonly AskedAt[], proofOf: ProofOf): Proof {
  const proofs = answers.flatMap((answer) => askedAt.map((at) => proofOf(answer, at)));
  return async (connection) => {
    for (const proof of proofs) {
      const problem = await proof(connection);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** Whether it is answered there, in words if not. */
function answered(server: string, answer: ChallengeAnswer, at: AskedAt, before?: () => string[]): Proof {
  return async (connection) => {
    const { name } = answer;
    const where = `${at.address}:${at.port}`;
    const got = await asked(connection, answer, at);
    if ("problem" in got) return parts.silent({ server, hostname: name, where, problem: got.problem });
    if (got.status === 200 && got.body === answer.text) return undefined;
    const { status } = got;
    const problem = parts.otherText({ server, name, where, status });
    const places = before?.().join(", ") ?? "";
    return places === "" ? problem : parts.actsBeforeAnswer({ problem, places });
  };
}

function gone(server: string, answer: ChallengeAnswer, at: AskedAt): Proof {
  return async (connection) => {
    const got = await asked(connection, answer, at);
    const isThere = "status" in got && got.status === 200 && got.body === answer.text;
    return isThere ? parts.stillAnswered({ server, name: answer.name }) : undefined;
  };
}

/** No answer is an answer; it throws only where nobody can be asked at all. */
async function asked(
  connection: Connection,
  { name, token }: ChallengeAnswer,
  { address, port, takesProxyProtocol }: AskedAt,
): Promise<{ status: number; body: string } | { problem: string }> {
  const stream = connection.dial(address, port);
  try {
    if (takesProxyProtocol) stream.write(`PROXY TCP4 127.0.0.1 ${address} 50000 ${port}\r\n`);
    const headers = { Host: port === 80 ? name : `${name}:${port}` };
    const limits = { seconds: patienceSeconds, maxBytes: mostBytes, signal: AbortSignal.timeout(60_000) };
    return await answerOver(stream, { method: "GET", path: challengePath(token), headers, body: "" }, limits);
  } catch (error) {
    if (isFailure(error, errors.MACHINE_FORWARDS_NOT)) throw error;
    return { problem: wordsOf(error).replace(/^connect ECONNREFUSED.*/, refusedConnection) };
  } finally {
    stream.on("error", () => undefined).destroy();
  }
}
