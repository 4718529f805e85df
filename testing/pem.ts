// Whether OpenSSL can read an uploaded file of certificates, and its chain of errors as the server prints it.
import { createSecureContext } from "node:tls";
import type { SecureContextOptions } from "node:tls";

const shown = (errors: readonly string[]): string => errors.map((each) => `{${each}}`).join("");
const LIBRARY = "error:05880009:x509 certificate routines::PEM lib";
const MISSING = "error:05800088:x509 certificate routines::no certificate or crl found";

/** OpenSSL's errors; empty when every certificate can be read and there is one, or a revocation list. Keys are not looked at. */
export function certificateErrors(pem: string): string {
  if (pem === "") return shown([MISSING]);
  const problem = failureOf({ cert: pem });
  if (problem === undefined) return "";
  if (problem.some((each) => each.endsWith(":no start line"))) {
    const hasList = pem.includes("-----BEGIN X509 CRL-----") && failureOf({ crl: pem }) === undefined;
    return hasList ? "" : shown([MISSING]);
  }
  const last = problem.findIndex((each) => each.includes(":PEM routines:"));
  return shown([...problem.slice(0, last + 1), LIBRARY]);
}

/** OpenSSL's errors, the first one first: Node puts that one into the message. Weak keys and digests are none. */
function failureOf(options: SecureContextOptions): string[] | undefined {
  try {
    createSecureContext({ ...options, ciphers: "DEFAULT:@SECLEVEL=0" });
    return undefined;
  } catch (error) {
    const { message, opensslErrorStack = [] } = error as Error & { opensslErrorStack?: string[] };
    return [message, ...[...opensslErrorStack].reverse()].filter((each) => each.startsWith("error:"));
  }
}
