// What every proxy server does for a route; nginx is the first. One contract test holds all of them to it.
import type { OperationContext } from "../../core/logic";
import type { RouteInputs } from "../route/fields";

/** What a look at a route in force shows. */
export interface EdgeState {
  /** SHA-256 of what is the route's alone. */
  sha256: string;
  /** Of the certificate that we wrote (its PEM), if there is one. */
  certificateSha256?: string;
  /** What is not as it was written, one sentence each. */
  problems: string[];
}

export interface Edge {
  /** Brings a route into force and proves it, or throws and leaves the server and its files as they were. */
  apply(route: RouteInputs, context: OperationContext): Promise<EdgeState>;
  /** Looks without writing. `sha256` is that of the route's file as it was written last. */
  inspect(route: RouteInputs, sha256: string, context: OperationContext): Promise<EdgeState>;
  /** Takes a route away, and what nobody else needs with it. Removing nothing succeeds. */
  remove(route: RouteInputs, context: OperationContext): Promise<void>;
}
