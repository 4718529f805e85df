// One certificate from order to chain: what was begun is written down before it counts, and what was published is always taken away.
import { isFailure, wordsOf } from "../core/failure";
import { waitFor } from "../core/wait";
import type { KeyType } from "../x509/make";
import type { Holder } from "./accounts";
import type { Order } from "./answers";
import type { ChosenChain } from "./chains";
import { errors } from "./errors";
import { isOfKey, oddInIssued } from "./issued";
import { lines, noticeParts } from "./notices";
import { downloadCertificate, finalizeOrder, isOrderOf, namesOfOrder, newOrder, patiently, readOrder } from "./orders";
import type { OrderSettings } from "./orders";
import { wordsOfProblem } from "./problems";
import { cleanUp, proveNames } from "./proving";
import type { ChallengeProof, Solver } from "./solver";

/** An order that is under way. */
export interface Begun {
  orderUrl: string;
  /** Of the certificate. */
  privateKeyPem: string;
  /** RFC 3339. */
  begunAt: string;
  /** What else was asked for than its names, which the server tells. */
  kind?: string;
}

const kindOf = ({ profile = "", keyType }: IssuanceRequest) => `${keyType} ${profile}`;

/** What must not be lost when a run is ended half-way. */
export interface JournalEntry {
  begun?: Begun;
  /** What may be published still. */
  presented: readonly ChallengeProof[];
}

/** Where it is kept, for one certificate. */
export interface Journal {
  read(): JournalEntry;
  /** An entry without anything in it removes it. */
  write(entry: JournalEntry): void;
}

export interface IssuanceRequest extends OrderSettings {
  /** What the certificate is called in what is said. */
  called: string;
  keyType: KeyType;
  preferredChain?: string;
  /** Fails if a new order would be in vain; called before one is made. */
  mayOrder?(): Promise<void>;
}

export interface Issuance extends ChosenChain {
  privateKeyPem: string;
  /** The profile that the server took; nothing if it has none. */
  profile?: string;
}

const issueSeconds = 180;
/** An order that is older is not gone on with: its certificate would have served for a part of its life already. */
const oldestSeconds = 86_400;

/**
 * Orders a certificate, or goes on with the order that an earlier run left. Nothing is left in the journal when it is there. Two runs
 * of one account that order the same names at the same time may be given one order (Boulder does that): the run that did not finalize
 * it orders anew.
 */
export async function issueCertificate(
  holder: Holder,
  request: IssuanceRequest,
  solver: Solver,
  journal: Journal,
): Promise<Issuance> {
  const { called: name, names } = request;
  const first = (await leftBy(holder, request, solver, journal)) ?? (await begin(holder, request, journal));
  const made = await carriedOut(holder, request, solver, journal, first);
  if (made) return made;
  holder.server.context.log(lines.shared({ name }));
  const own = await carriedOut(holder, request, solver, journal, await begin(holder, request, journal));
  if (own) return own;
  throw unclear(holder, names, "it is of another key");
}

function unclear(holder: Holder, names: readonly string[], odd: string) {
  return errors.ACME_UNCLEAR.certificate({ what: holder.server.told(`certificate for ${names.join(", ")}`), odd });
}

/** An order to its end. Nothing if its certificate is of another run's key. */
async function carriedOut(
  holder: Holder,
  request: IssuanceRequest,
  solver: Solver,
  journal: Journal,
  { order, begun: { privateKeyPem, ...begun } }: { order: Order; begun: Begun },
): Promise<Issuance | undefined> {
  const { called, names, preferredChain } = request;
  const left = journal.read().presented;
  let presented = left;
  const write = (proofs: readonly ChallengeProof[]) =>
    journal.write({ begun: { ...begun, privateKeyPem }, presented: (presented = proofs) });
  const over = () => journal.write({ presented });
  try {
    if (order.status === "pending") await proveNames(holder, order, { solver, called, left, write });
    const done = await finish(holder, order, request, privateKeyPem);
    const chosen = await downloadCertificate(holder, done.certificate, preferredChain);
    over();
    const odd = oddInIssued(chosen.certificatePem, names, holder.server.context.now());
    const isOurs = isOfKey(chosen.certificatePem, privateKeyPem);
    if (!isOurs && odd === undefined) return undefined;
    if (!isOurs) throw unclear(holder, names, "it is of another key");
    if (odd !== undefined) throw unclear(holder, names, odd);
    return { ...chosen, privateKeyPem, ...(done.profile !== undefined && { profile: done.profile }) };
  } catch (error) {
    const isRefused = isFailure(error, errors.ACME_ORDER_REFUSED, errors.ACME_REFUSED);
    const mayBeClosed = isFailure(error, errors.ACME_NOT_PROVED, errors.ACME_NOT_ISSUED);
    // An order of which a request was refused gets the same refusal each time.
    if (isRefused || (mayBeClosed && (await isClosed(holder, order)))) over();
    throw error;
  }
}

/** Whether nobody can go on with an order; not, if nobody can tell. */
async function isClosed(holder: Holder, { url }: Order): Promise<boolean> {
  return readOrder(holder, url).then(
    ({ value }) => value.status === "invalid",
    () => false,
  );
}

/** The order and the key are written down before anything is proved. */
async function begin(holder: Holder, request: IssuanceRequest, journal: Journal) {
  const { makeKey } = require("../x509/request") as typeof import("../x509/request");
  await request.mayOrder?.();
  const privateKeyPem = await makeKey(request.keyType);
  const order = await newOrder(holder, request);
  const begun: Begun = {
    orderUrl: order.url,
    privateKeyPem,
    begunAt: holder.server.context.now().toISOString(),
    kind: kindOf(request),
  };
  journal.write({ begun, presented: [] });
  return { order, begun };
}

/** The order that an earlier run left, if it is any use; otherwise what that run published is taken away. */
async function leftBy(holder: Holder, request: IssuanceRequest, solver: Solver, journal: Journal) {
  const { called: name } = request;
  const { begun, presented } = journal.read();
  const { context } = holder.server;
  const found = begun && (await orderLeft(holder, begun, request));
  if (begun && typeof found === "string") context.log(lines.anew({ name, why: found }));
  const isGoingOn = begun !== undefined && typeof found === "object";
  if (isGoingOn) context.log(lines.resumed({ name, status: found.status }));
  if (presented.length > 0 && !(isGoingOn && found.status === "pending")) {
    const isGone = await cleanUp(solver, presented, name, context);
    journal.write({ ...(isGoingOn && { begun }), presented: isGone ? [] : presented });
  } else if (!isGoingOn) journal.write({ presented: [] });
  return isGoingOn ? { order: found, begun } : undefined;
}

/** The order, or why it is no use. */
async function orderLeft(
  holder: Holder,
  { orderUrl, begunAt, kind }: Begun,
  request: IssuanceRequest,
): Promise<Order | string> {
  const age = holder.server.context.now().getTime() - Date.parse(begunAt);
  if (!(age >= 0 && age <= oldestSeconds * 1000)) return noticeParts.old({ begunAt });
  if (!URL.canParse(orderUrl) || new URL(orderUrl).origin !== holder.server.origin) return noticeParts.elsewhere();
  try {
    const { value } = await readOrder(holder, orderUrl);
    if (!isOrderOf(value, request.names)) return noticeParts.otherNames();
    if (kind !== undefined && kind !== kindOf(request)) return noticeParts.otherKind();
    return value.status === "invalid" ? noticeParts.ended({ status: value.status }) : value;
  } catch (error) {
    if (!isFailure(error) || isFailure(error, errors.ACME_UNREACHABLE, errors.ACME_RATE_LIMITED)) throw error;
    return wordsOf(error);
  }
}

/** From "all is proved" to "there is a certificate". */
async function finish(holder: Holder, order: Order, { called, names }: IssuanceRequest, privateKeyPem: string) {
  const { makeRequest } = require("../x509/request") as typeof import("../x509/request");
  const { context, name: server } = holder.server;
  const ready = await untilOrder(holder, order, called, ({ status }) => status !== "pending");
  if (ready.status === "ready") await finalizeOrder(holder, ready, await makeRequest(names, privateKeyPem));
  const done =
    ready.status === "valid" ? ready : await untilOrder(holder, ready, called, ({ status }) => isOver(status));
  const told = { server, names: namesOfOrder(order) };
  if (done.status === "invalid") {
    const said = wordsOfProblem(done.error ?? { type: "other", said: "" });
    throw errors.ACME_NOT_ISSUED.invalid({ ...told, said });
  }
  if (done.status === "valid" && done.certificate === undefined) throw errors.ACME_NOT_ISSUED.noCertificate(told);
  if (done.status !== "valid" || done.certificate === undefined) {
    context.signal.throwIfAborted();
    throw errors.ACME_NOT_ISSUED.late({ ...told, seconds: issueSeconds, status: done.status });
  }
  return { ...done, certificate: done.certificate };
}

const isOver = (status: Order["status"]) => status === "valid" || status === "invalid";

async function untilOrder(holder: Holder, order: Order, called: string, isEnough: (order: Order) => boolean) {
  const { context, name: server } = holder.server;
  const look = patiently(() => readOrder(holder, order.url), context);
  return waitFor(look, context, {
    what: noticeParts.issuing({ name: called, server, names: namesOfOrder(order) }),
    seconds: issueSeconds,
    isEnough,
    tell: ({ status }) => noticeParts.order({ status }),
  });
}
