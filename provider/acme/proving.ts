// Proves the names of an order: presents what the server looks for, lets it look, and takes it away again whatever comes of it.
import { isFailure, wordsOf } from "../core/failure";
import type { ExecutionContext } from "../core/logic";
import { listed } from "../core/rules";
import { waitFor } from "../core/wait";
import type { Holder } from "./accounts";
import { Odd } from "./answers";
import type { Authorization, Challenge, Order } from "./answers";
import { errors } from "./errors";
import { keyAuthorization } from "./jws";
import { noticeParts, warnings } from "./notices";
import { answerChallenge, patiently, readAuthorization } from "./orders";
import { notProvedOf } from "./problems";
import type { ChallengeProof, Solver } from "./solver";

const proveSeconds = 180;
const cleanUpSeconds = 60;

/** One name of an order that is not proved yet. */
interface Unproven {
  url: string;
  /** As it was ordered: "*.example.com". */
  name: string;
  challenge: Challenge;
  proof: ChallengeProof;
}

interface Proving {
  solver: Solver;
  called: string;
  /** What an earlier run published and did not take away; with another key of the account it is not what is published now. */
  left: readonly ChallengeProof[];
  /** Told what is about to be published, before it is; and that nothing is. */
  write: (presented: readonly ChallengeProof[]) => void;
}

/** Resolves when every name is proved. */
export async function proveNames(
  holder: Holder,
  order: Order,
  { solver, called, left, write }: Proving,
): Promise<void> {
  const { context } = holder.server;
  const unproven = await unprovenOf(holder, order, solver);
  const proofs = unproven.map(({ proof }) => proof);
  if (proofs.length === 0) return;
  const isNew = (one: ChallengeProof) =>
    proofs.every(({ keyAuthorization }) => keyAuthorization !== one.keyAuthorization);
  const all = [...proofs, ...left.filter(isNew)];
  write(all);
  let refused: string | undefined;
  try {
    await solver.present(proofs, context).catch((error: unknown) => {
      refused = wordsOf(error);
      throw error;
    });
    await solver.wait(proofs, context);
    for (const { challenge } of unproven) if (challenge.status === "pending") await answerChallenge(holder, challenge);
    for (const one of unproven) await untilProved(holder, one, solver, called);
  } catch (error) {
    // Another run may have the same proof to give, and may have given it and taken it away again meanwhile.
    if (!isFailure(error) || !(await areProved(holder, unproven))) throw error;
  } finally {
    if (await cleanUp(solver, all, called, context, refused)) write([]);
  }
}

/** Not, if nobody can tell. */
async function areProved(holder: Holder, unproven: readonly Unproven[]): Promise<boolean> {
  try {
    for (const { url } of unproven) if ((await readAuthorization(holder, url)).value.status !== "valid") return false;
    return true;
  } catch (error) {
    if (!isFailure(error)) throw error;
    return false;
  }
}

/**
 * Whether it went away. It is tried beyond the operation's deadline too. `refused`: with which words the publication failed; the same
 * once more tell nothing, and there may be nothing that stayed.
 */
export async function cleanUp(
  solver: Solver,
  proofs: readonly ChallengeProof[],
  called: string,
  context: ExecutionContext,
  refused?: string,
): Promise<boolean> {
  try {
    await solver.cleanUp(proofs, context.signal.aborted ? context.beyond(cleanUpSeconds) : context);
    return true;
  } catch (error) {
    if (wordsOf(error) === refused) return false;
    const names = listed(
      proofs.map(({ name }) => name),
      "and",
    );
    context.warn(warnings.leftBehind({ name: called, names, said: wordsOf(error) }));
    return false;
  }
}

async function unprovenOf(holder: Holder, order: Order, solver: Solver): Promise<Unproven[]> {
  const found: Unproven[] = [];
  for (const url of order.authorizations) {
    const { value } = await readAuthorization(holder, url);
    if (value.status === "valid") continue;
    const name = nameOf(value);
    const { name: server } = holder.server;
    holder.server.judged("authorization", () => refuseStrange(name, order, found));
    if (value.status !== "pending") throw await closed(holder, value, solver);
    const challenge = value.challenges.find(({ type }) => type === solver.type);
    if (!challenge) {
      const offered = listed(value.offered, "and");
      const hint = value.identifier.type === "ip" ? ": an address is never proved by the DNS" : "";
      throw errors.ACME_NOT_PROVED.notOffered({ server, name, challenge: solver.type, offered, hint });
    }
    const { token } = challenge;
    const proof = {
      name: name.replace(/^\*\./, ""),
      token,
      keyAuthorization: await keyAuthorization(token, holder.key),
    };
    found.push({ url, name, challenge, proof });
  }
  return found;
}

/** What is published for a name that was not ordered would prove that name to somebody. */
function refuseStrange(name: string, { identifiers }: Order, found: readonly Unproven[]): void {
  if (!identifiers.some(({ value }) => value === name)) throw new Odd(`it is for ${name}, which was not ordered`);
  if (found.some((one) => one.name === name)) throw new Odd(`${name} has more than one`);
}

async function untilProved(holder: Holder, { url, name, challenge }: Unproven, solver: Solver, called: string) {
  const { context, name: server } = holder.server;
  const look = patiently(() => readAuthorization(holder, url), context);
  const seen = await waitFor(look, context, {
    what: noticeParts.proving({ name: called, server, names: name }),
    seconds: proveSeconds,
    isEnough: ({ status }) => status !== "pending",
    tell: () => noticeParts.pending({ names: name }),
  });
  if (seen.status === "valid") return;
  if (seen.status !== "pending") throw await closed(holder, seen, solver);
  context.signal.throwIfAborted();
  throw errors.ACME_NOT_PROVED.late({ server, name, challenge: challenge.type, seconds: proveSeconds });
}

/** Why the server does not go on with a name. */
async function closed(holder: Holder, authorization: Authorization, { type, delegate }: Solver) {
  const { name: server } = holder.server;
  const name = nameOf(authorization);
  const { challenges, status } = authorization;
  const failed = challenges.filter(({ error }) => error);
  // The one that was answered, if the server says anything against that.
  const challenge = failed.find((one) => one.type === type) ?? failed[0] ?? challenges[0];
  if (status !== "invalid" || !challenge) return errors.ACME_NOT_PROVED.stale({ server, name, status });
  const directory = await holder.server.directory();
  const told = challenge.error ? challenge : { ...challenge, type };
  return notProvedOf({ server, name, challenge: told, directory, ...(delegate !== undefined && { delegate }) });
}

function nameOf({ identifier, isWildcard }: Authorization): string {
  const { value } = identifier;
  return isWildcard && !value.startsWith("*.") ? `*.${value}` : value;
}
