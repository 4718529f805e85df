// What Node's X509Certificate does not tell, read from DER by @peculiar/asn1-x509, which is loaded when first needed.
import type { X509Certificate } from "node:crypto";
import type { KeyUsageType } from "@peculiar/asn1-x509";

export interface Details {
  /** 1 to 3; only 3 has extensions. */
  version: number;
  basicConstraints?: { isAuthority: boolean; pathLength?: number };
  keyUsage?: readonly KeyUsageType[];
  /** Hex; "authority" is the one that signed it. */
  subjectKeyId?: string;
  authorityKeyId?: string;
  /** Object identifier of what it is signed with. */
  signatureAlgorithm: string;
}

/** By fingerprint: reading takes a millisecond or more, and one authority stands behind many certificates. */
const known = new Map<string, Details>();
const mostKnown = 1000;

export function detailsOf(certificate: X509Certificate): Details {
  const { fingerprint256 } = certificate;
  const details = known.get(fingerprint256) ?? read(certificate);
  if (known.size >= mostKnown) known.clear();
  known.set(fingerprint256, details);
  return details;
}

function read(certificate: X509Certificate): Details {
  const { AsnConvert } = require("@peculiar/asn1-schema") as typeof import("@peculiar/asn1-schema");
  const asn1 = require("@peculiar/asn1-x509") as typeof import("@peculiar/asn1-x509");
  const { tbsCertificate, signatureAlgorithm } = AsnConvert.parse(certificate.raw, asn1.Certificate);
  const extension = <T>(id: string, type: new () => T): T | undefined => {
    const found = tbsCertificate.extensions?.find(({ extnID }) => extnID === id);
    return found && AsnConvert.parse(found.extnValue.buffer, type);
  };
  const constraints = extension(asn1.id_ce_basicConstraints, asn1.BasicConstraints);
  const keyUsage = extension(asn1.id_ce_keyUsage, asn1.KeyUsage);
  const own = extension(asn1.id_ce_subjectKeyIdentifier, asn1.SubjectKeyIdentifier);
  const { keyIdentifier: signer } = extension(asn1.id_ce_authorityKeyIdentifier, asn1.AuthorityKeyIdentifier) ?? {};
  const { cA: isAuthority = false, pathLenConstraint: pathLength } = constraints ?? {};
  return {
    version: tbsCertificate.version + 1,
    signatureAlgorithm: signatureAlgorithm.algorithm,
    ...(constraints && { basicConstraints: { isAuthority, ...(pathLength !== undefined && { pathLength }) } }),
    ...(keyUsage && { keyUsage: keyUsage.toJSON() }),
    ...(own && { subjectKeyId: hexOf(own) }),
    ...(signer && { authorityKeyId: hexOf(signer) }),
  };
}

const hexOf = ({ buffer }: { buffer: ArrayBuffer }): string => Buffer.from(buffer).toString("hex");
