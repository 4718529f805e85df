// What an issuer declares of itself: one module each, and one line in index.ts. What makes keys and certificates is loaded by `issue`.
import type { Branch, Leaves, Settings } from "../../core/choice-types";
import type { Solver } from "../../acme/solver";
import type { Finding, OperationContext, SharedServices } from "../../core/logic";
import type { KeyType } from "../../x509/make";
import type { IssuedFacts } from "../anchors";

/** What a certificate is to be, whoever signs it: the arguments in normal form. */
export interface RequestedCertificate {
  names: string[];
  keyType: KeyType;
  validityDays: number;
  renewBeforeDays: number;
  rotateTrigger?: string;
}

/** The certificate that is there, as it is stored. */
export interface IssuedCertificate<S> {
  certificate: RequestedCertificate & IssuedFacts;
  /** The settings with which this issuer signed it; nothing if another issuer did. */
  settings: S | undefined;
}

export interface IssueRequest<S> {
  certificate: RequestedCertificate;
  settings: S;
  /** Nothing is there yet: undefined. */
  old: IssuedCertificate<S> | undefined;
}

export interface Issued {
  facts: IssuedFacts;
  /** What a person should know; each continues a sentence that begins with the resource's name. */
  warnings?: string[];
  /** It is the certificate that was there: no new one could be had yet. */
  isKept?: true;
}

/** What an issuer may work with. What belongs to another system is handed in by registry.ts. */
export interface IssuerServices extends SharedServices {
  /** What answers the challenges of an ACME server, by the setting that says how. */
  challengeSolver?(challenge: unknown, context: OperationContext): Solver;
}

export interface IssuerModule<N extends string = string, L extends Leaves = Leaves> extends Branch<N, L> {
  /** Whether the issuer alone decides how long a certificate lives: validityDays has no effect then. */
  decidesLife?: true;
  /** What the issuer cannot do for such a certificate, and what a person should know, for the preview. Both: as far as they are known. */
  cannot(certificate: Partial<RequestedCertificate>, settings: Partial<Settings<L>>, now: Date): Finding[];
  /**
   * Whether Telegram will trust what this issuer signs by what the webhook has uploaded already. Otherwise the preview
   * warns that a change to this issuer, or to these settings of it, is not gapless.
   */
  isTrustedAlready(settings: Settings<L>, old: IssuedCertificate<Settings<L>>): boolean;
  /** Why the issuer's certificate cannot stay, beyond other names, another issuer, the trigger and its age. */
  reissueReason?(settings: Settings<L>, old: IssuedCertificate<Settings<L>>): string | undefined;
  /** Issues a new certificate. It fails by throwing, and then the old one stays; it may wait, until `context.signal` is aborted. */
  issue(request: IssueRequest<Settings<L>>, context: OperationContext, services: IssuerServices): Promise<Issued>;
  /** What a refresh finds of a certificate that this issuer signed. It fails never for what a far side says. Left out: all as recorded. */
  look?(
    old: IssuedCertificate<Settings<L>> & { settings: Settings<L> },
    context: OperationContext,
    services: IssuerServices,
  ): Promise<IssuedFacts>;
  /** What is done with the certificate when its resource is destroyed. It fails by throwing, and then the resource stays. Left out: nothing. */
  withdraw?(
    old: IssuedCertificate<Settings<L>> & { settings: Settings<L> },
    context: OperationContext,
    services: IssuerServices,
  ): Promise<void>;
  /** What changes although no new certificate is due, such as roots or what is made in advance. Left out: nothing. */
  update?(
    request: IssueRequest<Settings<L>> & { old: IssuedCertificate<Settings<L>> },
    context: OperationContext,
  ): Promise<IssuedFacts>;
}

/** Declares a module with its types. */
export function issuerModule<N extends string, L extends Leaves>(module: IssuerModule<N, L>): IssuerModule<N, L> {
  return module;
}

type Named = Pick<RequestedCertificate, "names">;

export function areSameNames(one: Named, other: Named): boolean {
  return one.names.join() === other.names.join();
}
