// What answers challenges: somebody else than the client, which knows neither DNS nor web servers. The split is that of acmez.
import { createHash } from "node:crypto";
import type { ExecutionContext } from "../core/logic";
import type { ChallengeType } from "./answers";

/** What has to be found at one name. All of it can be written down and read again. */
export interface ChallengeProof {
  /** The name without "*.": a wildcard is proved at the name below it. */
  name: string;
  token: string;
  keyAuthorization: string;
}

/** Each is given all proofs of one order, since two of them may stand at one name. */
export interface Solver {
  type: ChallengeType;
  /** Where a CNAME at `_acme-challenge` of each name has to lead. */
  delegate?: string;
  /** Publishes them; what is there already is no fault. */
  present(proofs: readonly ChallengeProof[], context: ExecutionContext): Promise<void>;
  /** Resolves when everybody who may be asked answers with them. */
  wait(proofs: readonly ChallengeProof[], context: ExecutionContext): Promise<void>;
  /** Takes away what `present` published; what is not there any more is no fault. */
  cleanUp(proofs: readonly ChallengeProof[], context: ExecutionContext): Promise<void>;
}

/** What a TXT record has to say for dns-01 (RFC 8555 8.4). */
export function txtValueOf({ keyAuthorization }: ChallengeProof): string {
  return createHash("sha256").update(keyAuthorization).digest("base64url");
}
