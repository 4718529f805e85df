// What every proxy server does for a route, and for challenges of ACME; One contract test each holds all of them to it.
import type { OperationContext } from "../../core/logic";
import type { On } from "../route/choices";
import type { RouteInputs } from "../route/fields";

/** For whom a route is written, and what is recorded of it. */
export interface Claimant {
  /** The mark of the stack. */
  owner: string;
  /** What the access log calls the route, for life; missing while it is being made. */
  routeId?: string;
  /** SHA-256 of what is the route's alone, as it was written last. */
  sha256?: string;
  /** Whether what another stack has at this place may be replaced. */
  mayTakeOver: boolean;
}

/** What a look at a route in force shows. */
export interface EdgeState {
  routeId: string;
  /** SHA-256 of what is the route's alone. */
  sha256: string;
  /** Of the certificate that we wrote (its PEM), if there is one. */
  certificateSha256?: string;
  /** What is not as it was written, one sentence each. */
  problems: string[];
  /** What to do where an apply would refuse to repair it, since a file is another owner's. */
  cure?: string;
  /** What the rest of the server's configuration does to it, and only who has that can put right; one sentence each. */
  obstacles?: string[];
}

export interface Edge {
  /** Brings a route into force and proves it, or throws and leaves the server and its files as they were. */
  apply(route: RouteInputs, claimant: Claimant, context: OperationContext): Promise<EdgeState>;
  /** Looks without writing. */
  inspect(route: RouteInputs, claimant: Claimant, context: OperationContext): Promise<EdgeState>;
  /** Takes a route away, and what nobody else needs with it. Removing nothing succeeds; what is another stack's stays. */
  remove(route: RouteInputs, claimant: Claimant, context: OperationContext): Promise<void>;
}

/** What http-01 looks for (RFC 8555 8.3): `GET http://<name>/.well-known/acme-challenge/<token>` gives the text. */
export interface ChallengeAnswer {
  /** A host name, or an IPv4 address. */
  name: string;
  token: string;
  text: string;
}

/** The answers of one order, and where they are given. */
export interface Answering {
  on?: On;
  /** Where they are asked for: "0.0.0.0:80". */
  listen: string;
  answers: readonly ChallengeAnswer[];
  /** The mark of the stack. */
  owner: string;
  /** Of the stack's certificate that the order is for, 12 hex digits: nobody else's answers are touched. */
  keeper: string;
}

export interface Answerer {
  /**
   * Brings the answers into force beside those of others, and proves them on the machine itself; or throws and leaves the server and
   * its files as they were. What its keeper left at these names before goes. Again, it does nothing.
   */
  answer(wanted: Answering, context: OperationContext): Promise<void>;
  /** Takes these answers away, and what nobody else needs with them. What is not there is no fault. */
  withdraw(wanted: Answering, context: OperationContext): Promise<void>;
}
