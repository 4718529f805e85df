// Authorities whose certificates are for trying things out: no system trusts their roots. They are told by the names that they bear.
// Sources: https://letsencrypt.org/docs/staging-environment/, `ca/ca.go` of Pebble 2.10.3; read Nov 2026.
import type { X509Certificate } from "node:crypto";
import { commonName, organisation } from "./names";

export interface TestAuthority {
  /** "a staging certificate of Let's Encrypt" */
  what: string;
  /** What to do instead, a sentence. */
  cure: string;
}

const authorities: readonly (TestAuthority & { names: RegExp })[] = [
  {
    names: /^(?:\(STAGING\) |Fake LE )/,
    what: "a staging certificate of Let's Encrypt",
    cure: "Order one at Let's Encrypt's directory for production, https://acme-v02.api.letsencrypt.org/directory, and serve that.",
  },
  {
    names: /^Pebble (?:Intermediate|Root) CA /,
    what: "a test certificate of Pebble",
    cure: "Order one at an ACME server whose root is public, and serve that; in a test, upload Pebble's root.",
  },
];

/** The test authority that signed one of these, or a part of whose chain they are; nothing if none of them bears such a name. */
export function testAuthorityOf(chain: readonly X509Certificate[]): TestAuthority | undefined {
  const names = chain
    .flatMap(({ subject, issuer }) => [subject, issuer])
    .flatMap((one) => [commonName(one) ?? "", organisation(one) ?? ""]);
  return authorities.find((one) => names.some((name) => one.names.test(name)));
}
