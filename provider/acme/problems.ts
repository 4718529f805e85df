// Makes a failure with its cure of what an ACME server says against a request, or against the proof of a name.
import type { Failure, FailureDetails } from "../core/failure-types";
import { timeText } from "../x509/period";
import type { Challenge, Directory } from "./answers";
import { errors, parts } from "./errors";
import type { AcmeProblem } from "./problem-documents";

/** An answer that says no. */
export interface AcmeRefusal {
  /** "newOrder for bots.example.com at acme.example.com" */
  what: string;
  status: number;
  problem: AcmeProblem;
  retryAfterSeconds?: number;
  now: Date;
  directory?: Directory;
  /** Whether an external account binding was sent. */
  wasBound?: boolean;
  /** Whether the directory itself was asked for. */
  isDirectory?: boolean;
}

/** The failure of a request that was refused. */
export function refusedBy(refusal: AcmeRefusal): Failure {
  const { what, status, problem, retryAfterSeconds, now, directory, wasBound = false, isDirectory = false } = refusal;
  const said = wordsOfProblem(problem);
  const values = { what, status, said };
  const details: FailureDetails = {
    status,
    description: said,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
  switch (status === 429 ? "rateLimited" : problem.type) {
    case "rateLimited": {
      if (retryAfterSeconds === undefined) return errors.ACME_RATE_LIMITED.limited(values, details);
      return errors.ACME_RATE_LIMITED.until({ ...values, time: timeAfter(retryAfterSeconds, now) }, details);
    }
    case "accountDoesNotExist":
      return errors.ACME_ACCOUNT_REFUSED.unknown(values, details);
    case "externalAccountRequired":
      return errors.ACME_ACCOUNT_REFUSED.needsBinding(values, details);
    case "userActionRequired": {
      const instructions = problem.instance ?? directory?.termsOfService ?? "the server's site";
      return errors.ACME_ACCOUNT_REFUSED.terms({ ...values, instructions }, details);
    }
    case "invalidContact":
    case "unsupportedContact":
      return errors.ACME_ACCOUNT_REFUSED.contact(values, details);
    case "badPublicKey":
    case "badSignatureAlgorithm":
      return errors.ACME_ACCOUNT_REFUSED.key(values, details);
    case "unauthorized":
      return wasBound
        ? errors.ACME_ACCOUNT_REFUSED.binding(values, details)
        : errors.ACME_ACCOUNT_REFUSED.unauthorized(values, details);
    case "rejectedIdentifier":
    case "unsupportedIdentifier":
      return errors.ACME_ORDER_REFUSED.names(values, details);
    case "invalidProfile":
      return errors.ACME_ORDER_REFUSED.profile({ ...values, profiles: profilesOf(directory) }, details);
    case "caa":
      return errors.ACME_ORDER_REFUSED.caa({ ...values, cure: caaCure(directory) }, details);
    case "badCSR":
      return errors.ACME_ORDER_REFUSED.csr(values, details);
    case "alreadyReplaced":
      return errors.ACME_ORDER_REFUSED.replaced(values, details);
    case "orderNotReady":
      return errors.ACME_ORDER_REFUSED.notReady(values, details);
    case "badRevocationReason":
      return errors.ACME_REFUSED.revocation(values, details);
    default:
      if (status >= 500 || problem.type === "serverInternal") {
        return retryAfterSeconds === undefined
          ? errors.ACME_UNREACHABLE.failed(values, details)
          : errors.ACME_UNREACHABLE.failedUntil({ ...values, time: timeAfter(retryAfterSeconds, now) }, details);
      }
      if (isDirectory) return errors.ACME_REFUSED.noDirectory(values, details);
      // A server that knows no code for it refuses a binding as "malformed".
      if (wasBound) return errors.ACME_ACCOUNT_REFUSED.binding(values, details);
      return problem.type === "malformed"
        ? errors.ACME_REFUSED.malformed(values, details)
        : errors.ACME_REFUSED.refused(values, details);
  }
}

function timeAfter(seconds: number, now: Date): string {
  return timeText(new Date(now.getTime() + seconds * 1000));
}

/** A name that the server could not prove. */
export interface Unproved {
  server: string;
  name: string;
  challenge: Challenge;
  directory: Directory;
  /** Where a CNAME leads to the record, if the settings say so. */
  delegate?: string;
}

/** The failure of a proof: the server's words, where it looked, and what to see to. */
export function notProvedOf({ server, name, challenge, directory, delegate }: Unproved): Failure {
  const problem = challenge.error ?? { type: "other", said: "" };
  const isDns = challenge.type === "dns-01";
  const host = name.replace(/^\*\./, "");
  const looked = isDns ? `_acme-challenge.${host}` : `http://${host}/.well-known/acme-challenge/`;
  const values = { server, name, challenge: challenge.type, said: wordsOfProblem(problem) };
  const isRecordMissing = ["dns", "unauthorized", "incorrectResponse"].includes(problem.type);
  if (isDns && delegate !== undefined && isRecordMissing)
    return errors.ACME_NOT_PROVED.notDelegated({ ...values, looked, delegate });
  switch (problem.type) {
    case "dns":
      return errors.ACME_NOT_PROVED.dns({ ...values, looked: isDns ? looked : host });
    case "connection":
      return errors.ACME_NOT_PROVED.connection({ ...values, looked });
    case "tls":
      return errors.ACME_NOT_PROVED.tls({ ...values, looked });
    case "caa":
      return errors.ACME_NOT_PROVED.caa({ ...values, cure: caaCure(directory) });
    case "unauthorized":
    case "incorrectResponse":
      return isDns
        ? errors.ACME_NOT_PROVED.noRecord({ ...values, looked })
        : errors.ACME_NOT_PROVED.otherAnswer({ ...values, looked });
    default:
      return errors.ACME_NOT_PROVED.other(values);
  }
}

export function wordsOfProblem({ said }: AcmeProblem): string {
  return said === "" ? parts.noWords() : said;
}

/** For a sentence: "classic, shortlived", or "none". */
export function profilesOf(directory: Directory | undefined): string {
  const profiles = directory?.profiles ?? [];
  return profiles.length === 0 ? "none" : profiles.join(", ");
}

/** A CAA record that allows the server, if it tells its name. */
export function caaCure(directory: Directory | undefined, { tag = "issue", where = "" } = {}): string {
  const [identity] = directory?.caaIdentities ?? [];
  return identity === undefined ? parts.caaUnknown() : parts.caaRecord({ where, tag, identity });
}
