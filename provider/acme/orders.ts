// Orders of an ACME server: made, looked at, proved, finalized; and what it issued. Source: RFC 8555 7.4, 7.5, 7.6.
import type { X509Certificate } from "node:crypto";
import { isFailure } from "../core/failure";
import type { HttpAnswer } from "../core/http";
import type { ExecutionContext } from "../core/logic";
import { certificatesIn } from "../x509/pem";
import type { Holder } from "./accounts";
import { authorizationIn, identifierOf, Odd, orderIn } from "./answers";
import type { Authorization, Challenge, Directory, Order } from "./answers";
import { chainIn, chosenChain } from "./chains";
import type { ChosenChain } from "./chains";
import { secondsAfter } from "./connection";
import type { AcmeConnection, Signer } from "./connection";
import { errors } from "./errors";
import { profilesOf } from "./problems";
import { certificateId } from "./renewal";

export interface OrderSettings {
  names: readonly string[];
  /** One of those that the directory lists. Left out: one for web servers, if it lists such a one. */
  profile?: string;
  /** The certificate that the new one is to take the place of, PEM. Left out where the server has no renewal information. */
  replaces?: string;
}

/** What an answer says, and how long the server asks to wait before it is asked again. */
export interface Patient<T> {
  value: T;
  retryAfterSeconds?: number;
}

/** A new order. `replaces` is left out when the server says that another order has replaced that certificate. */
export async function newOrder(holder: Holder, settings: OrderSettings): Promise<Order> {
  const { server } = holder;
  const { names, replaces } = settings;
  const directory = await server.directory();
  const profile = settings.profile ?? usualProfile(directory);
  const what = `newOrder for ${names.join(", ")}`;
  if (profile !== undefined && !directory.profiles.includes(profile)) {
    const profiles = profilesOf(directory);
    throw errors.ACME_ORDER_REFUSED.noProfile({ what: server.told(what), profile, profiles });
  }
  const id = directory.renewalInfo === undefined || replaces === undefined ? undefined : certificateId(replaces);
  const payload = { identifiers: names.map(identifierOf), ...(profile !== undefined && { profile }) };
  const read = ({ headers, ...answer }: HttpAnswer) =>
    server.read({ headers, ...answer }, what, (value) => {
      const order = orderIn(value, headers["location"], server);
      if (!isOrderOf(order, names)) throw new Odd("its identifiers are not those that were ordered");
      return order;
    });
  const url = directory.newOrder;
  if (id !== undefined) {
    const answer = await server.post(holder, {
      url,
      payload: { ...payload, replaces: id },
      what,
      expects: notReplaceable,
    });
    if (answer.status < 400) return read(answer);
  }
  return read(await server.post(holder, { url, payload, what }));
}

/**
 * Profiles of certificates for a web server that live for weeks, the first one of a directory's list is asked for where none is given:
 * a server may take any of its profiles then, and Pebble 2.10.3 takes one by chance. Where it lists none of these it decides.
 * Source: https://letsencrypt.org/docs/profiles/, read Nov 2026.
 */
const usualProfiles = ["classic", "default", "tlsserver"];

function usualProfile({ profiles }: Directory): string | undefined {
  return usualProfiles.find((one) => profiles.includes(one));
}

/** What is said when that certificate was renewed already, or is not known: then it is an order like any other. */
const notReplaceable = ["alreadyReplaced", "malformed", "serverInternal", "unauthorized"] as const;

export async function readOrder(holder: Holder, url: string): Promise<Patient<Order>> {
  const what = "order";
  const answer = await holder.server.post(holder, { url, payload: "", what });
  return patient(
    holder.server,
    answer.headers,
    holder.server.read(answer, what, (value) => orderIn(value, url, holder.server)),
  );
}

export async function readAuthorization(holder: Holder, url: string): Promise<Patient<Authorization>> {
  const { server } = holder;
  const what = "authorization";
  const answer = await server.post(holder, { url, payload: "", what });
  return patient(
    server,
    answer.headers,
    server.read(answer, what, (value) => authorizationIn(value, server)),
  );
}

function patient<T>({ context }: AcmeConnection, headers: Record<string, string>, value: T): Patient<T> {
  const retryAfterSeconds = secondsAfter(headers["retry-after"], context.now());
  return { value, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}

const longestPatience = 60;

/** Looks no sooner than the server asked for, the last time it was asked. */
export function patiently<T>(look: () => Promise<Patient<T>>, context: ExecutionContext): () => Promise<T> {
  let patience = 0;
  return async () => {
    if (patience > 0) await context.sleep(Math.min(patience, longestPatience));
    const { value, retryAfterSeconds = 0 } = await look();
    patience = Math.max(0, retryAfterSeconds - 1); // a second passes between two looks anyway
    return value;
  };
}

/** Tells the server that it may look now. */
export async function answerChallenge(holder: Holder, { url, type }: Challenge): Promise<void> {
  await holder.server.post(holder, { url, payload: {}, what: `challenge ${type}` });
}

/**
 * Asks for the certificate. `request`: the certificate signing request, DER. An order that another run has finalized meanwhile is none
 * to finalize: whoever looks at it then sees what became of it.
 */
export async function finalizeOrder(holder: Holder, order: Order, request: Buffer): Promise<Order> {
  const { server } = holder;
  const what = `finalize for ${namesOfOrder(order)}`;
  const payload = { csr: request.toString("base64url") };
  try {
    const answer = await server.post(holder, { url: order.finalize, payload, what });
    return server.read(answer, what, (value) => orderIn(value, order.url, server));
  } catch (error) {
    if (!isFailure(error, errors.ACME_ORDER_REFUSED)) throw error;
    const { value: seen } = await readOrder(holder, order.url);
    if (seen.status === "processing" || seen.status === "valid") return seen;
    throw error;
  }
}

/** The certificate with its chain; of several chains the one that ends at the root of this name, or else the first. */
export async function downloadCertificate(holder: Holder, url: string, preferred?: string): Promise<ChosenChain> {
  const { server } = holder;
  const what = "certificate";
  const accept = "application/pem-certificate-chain";
  const download = async (one: string) => {
    const answer = await server.post(holder, { url: one, payload: "", what, accept });
    return server.judged(what, () => chainIn(answer, server));
  };
  const { chain, alternates } = await download(url);
  const chains = [chain];
  let unread: string | undefined;
  for (const one of preferred === undefined ? [] : alternates) {
    try {
      chains.push((await download(one)).chain);
    } catch (error) {
      // The certificate is issued: it is not lost for a chain that cannot be had.
      if (!isFailure(error)) throw error;
      unread = error.message;
      if (isFailure(error, errors.ACME_UNREACHABLE)) break;
    }
  }
  return { ...chosenChain(chains, preferred), ...(unread !== undefined && { unread }) };
}

/** RFC 5280 5.3.1, as RFC 8555 7.6 takes them. */
export const revocationReasons = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
} as const;
export type RevocationReason = keyof typeof revocationReasons;

/** By the account that ordered it, or by the certificate's own key. One that is revoked already stays so. */
export async function revokeCertificate(
  signer: Signer,
  certificatePem: string,
  reason?: RevocationReason,
): Promise<void> {
  const [certificate] = certificatesIn(certificatePem) as [X509Certificate];
  const { revokeCert: url } = await signer.server.directory();
  const payload = {
    certificate: certificate.raw.toString("base64url"),
    ...(reason !== undefined && { reason: revocationReasons[reason] }),
  };
  await signer.server.post(signer, { url, payload, what: "revokeCert", expects: ["alreadyRevoked"] });
}

/** Whether it is for these names and no others. */
export function isOrderOf({ identifiers }: Order, names: readonly string[]): boolean {
  const sorted = (all: readonly string[]) => [...all].sort().join();
  return sorted(identifiers.map(({ value }) => value)) === sorted(names.map((name) => name.toLowerCase()));
}

/** For a sentence. */
export function namesOfOrder({ identifiers }: Order): string {
  return identifiers.map(({ value }) => value).join(", ");
}
