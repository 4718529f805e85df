// Orders certificates at an ACME server, and asks when it wants them renewed. A renewal that fails leaves what serves, while there is time.
import type { Holder } from "../../../acme/accounts";
import { AcmeConnection } from "../../../acme/connection";
import { issueCertificate } from "../../../acme/issuance";
import type { Journal } from "../../../acme/issuance";
import { entryIn } from "../../../acme/journal";
import { signingKey } from "../../../acme/jws";
import { ifWritable, Kept } from "../../../acme/kept";
import type { KeptFile } from "../../../acme/kept";
import { Nonces } from "../../../acme/nonces";
import { certificateId, renewalInfo, timeIn } from "../../../acme/renewal";
import { isFailure, reworded } from "../../../core/failure";
import type { Failure } from "../../../core/failure-types";
import { sha256 } from "../../../core/hash";
import type { OperationContext } from "../../../core/logic";
import { isObject } from "../../../core/rules";
import { certificatesIn } from "../../../x509/pem";
import { leftText } from "../../ageing";
import * as anchors from "../../anchors";
import type { IssuedFacts } from "../../anchors";
import { errors } from "../../errors";
import { lines, noticeParts } from "../../notices";
import { isTriggered } from "../../rules";
import { areSameNames } from "../module";
import type { IssuedCertificate, Issued, IssueRequest, IssuerServices } from "../module";
import type { AcmeSettings } from ".";
import { refuseForbidden } from "./caa";

const dayMilliseconds = 86_400_000;
/** What lives no longer than this must be renewed by something that runs by itself. */
const shortLifeDays = 10;

export async function issue(
  request: IssueRequest<AcmeSettings>,
  context: OperationContext,
  services: IssuerServices,
): Promise<Issued> {
  try {
    return await ordered(request, context, services);
  } catch (error) {
    const { old } = request;
    if (!isFailure(error) || !old || !isOnlyDue(request)) throw error;
    return keptOr(error, old, context);
  }
}

async function ordered(
  { certificate, settings, old }: IssueRequest<AcmeSettings>,
  context: OperationContext,
  services: IssuerServices,
): Promise<Issued> {
  const holder = holderOf(settings, context, services);
  const { names, keyType } = certificate;
  const { account, profile, preferredChain, challenge, schedule } = settings;
  if (!services.challengeSolver) throw new Error("nothing was handed in that answers challenges");
  const solver = services.challengeSolver(challenge, context);
  const nameServers = nameServersIn(challenge);
  const ownServers = nameServers && { nameServers };
  // Not by what is ordered: what a killed run left is found also after an argument has changed.
  const held = new Kept().held("order", account.directoryUrl, account.accountUrl, context.name);
  try {
    const isSameServer = old?.settings?.account.directoryUrl === account.directoryUrl;
    const made = await issueCertificate(
      holder,
      {
        ...{ called: `TlsCertificate ${context.name}`, names, keyType },
        ...(profile !== undefined && { profile }),
        ...(preferredChain !== undefined && { preferredChain }),
        mayOrder: () => refuseForbidden(holder, names, { challenge: solver.type, called: context.name, ...ownServers }),
        ...(isSameServer && { replaces: old.certificate.certificatePem }),
      },
      solver,
      journalIn(held, context),
    );
    context.hide(made.privateKeyPem);
    const { certificatePem, privateKeyPem, isPreferred, roots, unread } = made;
    const wanted = await renewalTime(holder.server, certificatePem);
    // A time that has come already would order again in each run; a refresh takes it, if the server insists.
    const renewAt = wanted && wanted > context.now() ? wanted : undefined;
    const ends = new Date(certificatesIn(certificatePem)[0]?.validTo ?? "");
    const facts = {
      ...anchors.certificateFacts({ certificatePem, privateKeyPem }, ends),
      uploadPem: "",
      ...(renewAt && { renewAt: renewAt.toISOString() }),
    };
    const remarks: string[] = [];
    if (!isPreferred && preferredChain !== undefined)
      remarks.push(
        unread === undefined
          ? noticeParts.noSuchChain({ preferredChain, roots: [...new Set(roots)].join(", ") })
          : noticeParts.chainUnread({ preferredChain, said: unread }),
      );
    const life = Date.parse(facts.notAfter) - Date.parse(facts.notBefore);
    if (life < shortLifeDays * dayMilliseconds && schedule === undefined)
      remarks.push(noticeParts.shortLife({ life: leftText(life) }));
    return { facts, warnings: remarks };
  } finally {
    held.release();
  }
}

/** Those that the setting names for the DNS. */
function nameServersIn(challenge: object): readonly string[] | undefined {
  const { dns01 } = challenge as { dns01?: { nameServers?: readonly string[] } };
  return dns01?.nameServers;
}

/** What a refresh finds: the certificate as it is, and the server's wish to have it renewed if that is now. */
export async function look(
  { certificate, settings }: IssuedCertificate<AcmeSettings> & { settings: AcmeSettings },
  context: OperationContext,
  services: IssuerServices,
): Promise<IssuedFacts> {
  const { server } = holderOf(settings, context, services);
  const { certificatePem, renewAt } = certificate;
  const now = context.now();
  const wanted = await renewalTime(server, certificatePem);
  const isNew = wanted !== undefined && wanted <= now && (renewAt === undefined || now < new Date(renewAt));
  return isNew ? { ...certificate, renewAt: wanted.toISOString() } : certificate;
}

/**
 * When the server wants it renewed: always the same time in the same window, so that nothing moves by itself. What it said holds as
 * long as it said, for all runs of this user. Nothing if it has no such information, or cannot be asked.
 */
async function renewalTime(server: AcmeConnection, certificatePem: string): Promise<Date | undefined> {
  const id = certificateId(certificatePem);
  if (id === undefined) return undefined;
  const file = new Kept().file("renewal", server.origin, id);
  const known = knownWindow(file.read(), server.context.now());
  const window = known ?? (await asked(server, certificatePem, file));
  const fraction = parseInt(sha256(id).slice(0, 8), 16) / 2 ** 32;
  return window && timeIn(window, fraction);
}

async function asked(server: AcmeConnection, certificatePem: string, file: KeptFile) {
  try {
    const info = await renewalInfo(server, certificatePem);
    if (!info) return undefined;
    const until = new Date(server.context.now().getTime() + info.holdsSeconds * 1000);
    ifWritable(() => file.write({ start: info.start, end: info.end, until }));
    return info;
  } catch (error) {
    if (!isFailure(error)) throw error;
    return undefined; // its age decides then
  }
}

function knownWindow(value: unknown, now: Date): { start: Date; end: Date } | undefined {
  if (!isObject(value)) return undefined;
  const [start, end, until] = [value["start"], value["end"], value["until"]].map((one) => new Date(String(one)));
  if (!start || !end || !until || !(start < end) || !(now < until)) return undefined;
  return { start, end };
}

/** Who orders and revokes. */
export function holderOf({ account }: AcmeSettings, context: OperationContext, services: IssuerServices): Holder {
  const { directoryUrl, accountUrl, privateKeyPem } = account;
  const nonces = services.once("acme nonces", () => new Nonces());
  const key = signingKey(privateKeyPem);
  if (!key) throw errors.ACME_KEY_UNUSABLE.kind();
  return { server: new AcmeConnection({ directoryUrl, http: services.http, nonces, context }), key, accountUrl };
}

/** Without a cache that can be written a run that is killed orders anew; nothing else is lost. */
function journalIn(file: KeptFile, context: OperationContext): Journal {
  return {
    read() {
      const entry = entryIn(file.read());
      if (entry.begun) context.hide(entry.begun.privateKeyPem);
      return entry;
    },
    write(entry) {
      if (entry.begun || entry.presented.length > 0) ifWritable(() => file.write(entry));
      else ifWritable(() => file.remove());
    },
  };
}

/** Whether nothing but the time asks for a new one. */
function isOnlyDue({ certificate, settings, old }: IssueRequest<AcmeSettings>): boolean {
  const before = old?.settings;
  if (!old || !before || !areSameNames(old.certificate, certificate)) return false;
  if (isTriggered(old.certificate.rotateTrigger, certificate.rotateTrigger)) return false;
  const what = (one: AcmeSettings) => [one.account.directoryUrl, one.profile, one.preferredChain].join("\n");
  return what(before) === what(settings);
}

/** The certificate that serves goes on while a sixth of its life, and a day, is left; then the failure ends the command. */
function keptOr(failure: Failure, { certificate }: IssuedCertificate<AcmeSettings>, context: OperationContext): Issued {
  const { notBefore, notAfter } = certificate;
  const [begins, ends] = [Date.parse(notBefore), Date.parse(notAfter)];
  const left = ends - context.now().getTime();
  const told = { notAfter, left: leftText(left) };
  if (left <= Math.max((ends - begins) / 6, dayMilliseconds)) {
    const ending = left > 0 ? noticeParts.endsSoon(told) : noticeParts.hasEnded({ notAfter });
    throw reworded(failure, `${failure.message} ${ending}`);
  }
  context.log(lines.renewalFailed({ name: context.name, ...told }));
  return { facts: certificate, isKept: true, warnings: [noticeParts.notRenewed({ said: failure.message, ...told })] };
}
