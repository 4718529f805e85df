// Why nobody whom Telegram trusts vouches for a served certificate: what is missing, and where it should have been.
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { isSelfSigned } from "../x509/chain";
import { commonName, issuerName, organisation, subjectName } from "../x509/names";
import { certificatesIn, includes } from "../x509/pem";
import { listed, whereOf } from "./tls-facts";
import type { Problem } from "./tls-facts";
import type { Endpoint } from "./verdict";

const leaveOut = "Leave certificate out, so that Telegram uses the public authorities.";

/** Node's names for what OpenSSL finds wrong with trust. */
const untrusted = new Set([
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
]);

/** Nothing for a reason that is not about trust. */
export function trustProblem(reason: string, chain: X509Certificate[], endpoint: Endpoint): Problem | undefined {
  const [leaf, top] = [chain[0], chain.at(-1)];
  if (!untrusted.has(reason) || !leaf || !top) return undefined;
  return endpoint.uploaded === undefined
    ? notPublic(leaf, top, endpoint)
    : notUploaded(chain, top, certificatesIn(endpoint.uploaded), endpoint);
}

function notPublic(leaf: X509Certificate, top: X509Certificate, endpoint: Endpoint): Problem {
  const where = whereOf(endpoint);
  const upload = `Give the root of ${issuerName(top)} as certificate, or use a public authority's.`;
  if (isSelfSigned(leaf)) {
    return {
      says: `${where} serves a self-signed certificate, ${subjectName(leaf)}, and none is uploaded.`,
      cure: "Give that certificate as certificate, or serve one of a public authority.",
    };
  }
  if (isSelfSigned(top)) {
    return {
      says: `${where} serves a certificate of ${subjectName(top)}, which is no public authority, and its root is not uploaded.`,
      cure: `Give the root ${subjectName(top)} as certificate, or use a public authority's.`,
    };
  }
  const says = `${where} does not send the certificate of ${issuerName(top)}, which signed ${subjectName(top)}`;
  if (!isOfPublicAuthority(top)) {
    return { says: `${says}, and that is neither a public authority nor uploaded.`, cure: upload };
  }
  return {
    says: `${says}; Telegram does not fetch what is missing.`,
    cure: "Serve the whole chain: the certificate, then its intermediates (fullchain.pem, not cert.pem).",
  };
}

function notUploaded(
  chain: X509Certificate[],
  top: X509Certificate,
  uploaded: X509Certificate[],
  endpoint: Endpoint,
): Problem {
  const where = whereOf(endpoint);
  const isPublic = leadsToPublicRoot(top, endpoint) || (!isSelfSigned(top) && isOfPublicAuthority(top));
  const end = [...chain].reverse().find((one) => !isSelfSigned(one) && includes(uploaded, one));
  const uploads = uploaded.length === 0 ? "no certificate" : listed(uploaded.map(subjectName));
  if (end) {
    return {
      says: `${where} serves what is uploaded, but that ends at ${subjectName(end)}, which ${issuerName(end)} signed: Telegram trusts a chain only up to its self-signed root.`,
      cure: isPublic ? leaveOut : `Upload the root of ${issuerName(top)} as well.`,
    };
  }
  if (isPublic) {
    const says = `${where} serves a certificate of a public authority, ${issuerName(top)}, while only ${uploads} is uploaded and trusted.`;
    return { says, cure: leaveOut };
  }
  const namesakes = uploaded.filter(({ subject }) => subject === top.issuer);
  if (isSelfSigned(top) && includes(uploaded, top) && namesakes.length > 1) {
    return {
      says: `${where} serves a certificate of ${subjectName(top)}; ${namesakes.length} uploaded certificates bear that name, and without key identifiers only the first of them counts.`,
      cure: "Make certificates with subject and authority key identifiers, or upload only the one that is in use.",
    };
  }
  if (isSelfSigned(top) && !includes(namesakes, top)) {
    const what = chain.length === 1 ? "the self-signed certificate" : "a certificate whose root is";
    const same = namesakes.length > 0 ? " of the same name, with another key" : "";
    return {
      says: `${where} serves ${what} ${subjectName(top)}, which is not the uploaded one (${uploads}${same}).`,
      cure: "Upload the one that is served, or serve the one that is uploaded.",
    };
  }
  if (namesakes.length > 0) {
    return {
      says: `${where} serves a certificate that ${issuerName(top)} signed with another key than that of the uploaded certificate of this name.`,
      cure: "Upload that authority's current certificate.",
    };
  }
  return {
    says: `${where} does not send the certificate of ${issuerName(top)}, which signed ${subjectName(top)}, and it is not uploaded either (that is ${uploads}).`,
    cure: `Serve the whole chain, with its intermediates; if ${issuerName(top)} is a root, upload it.`,
  };
}

/** Whether a public root signed it, or is it. */
function leadsToPublicRoot(top: X509Certificate, { publicAuthorities }: Endpoint): boolean {
  return rootsOf(publicAuthorities).some(
    (root) => root.raw.equals(top.raw) || (root.subject === top.issuer && top.verify(root.publicKey)),
  );
}

/** Evidence only: it says where its issuer's certificate is, as public authorities do, or the issuer bears a public name. */
function isOfPublicAuthority(certificate: X509Certificate): boolean {
  if (/^CA Issuers - URI:http/m.test(certificate.infoAccess ?? "")) return true;
  const [name, owner] = [commonName(certificate.issuer), organisation(certificate.issuer)];
  return rootsOf(undefined).some(
    ({ subject }) =>
      (name !== undefined && commonName(subject) === name) || (owner !== undefined && organisation(subject) === owner),
  );
}

const rootsOf = (pems: readonly string[] = rootCertificates): X509Certificate[] =>
  pems.map((pem) => new X509Certificate(pem));
