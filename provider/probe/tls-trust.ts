// Why nobody whom Telegram trusts vouches for a served certificate: what is missing, and where it should have been.
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import type { TrustFlaw } from "../x509/acceptance";
import { isSelfSigned, isSignedBy } from "../x509/chain";
import { commonName, issuerName, organisation, subjectName } from "../x509/names";
import { certificatesIn, includes } from "../x509/pem";
import { testAuthorityOf } from "../x509/test-authorities";
import { shortList, whereOf } from "./tls-facts";
import type { Problem } from "./tls-facts";
import type { Endpoint } from "./verdict";

const leaveOut = "Leave certificate out, so that Telegram uses the public authorities.";

export function trustProblem(flaw: TrustFlaw, chain: X509Certificate[], endpoint: Endpoint): Problem {
  if (flaw.kind === "too deep") return tooDeep(endpoint);
  return endpoint.uploaded === undefined
    ? notPublic(flaw, chain, endpoint)
    : notUploaded(flaw, chain, certificatesIn(endpoint.uploaded), endpoint);
}

function tooDeep(endpoint: Endpoint): Problem {
  return {
    says: `${whereOf(endpoint)} serves a certificate with more intermediates than Telegram allows.`,
    cure: "Have it signed by an authority nearer to the root.",
  };
}

function notPublic({ kind, at }: TrustFlaw, chain: X509Certificate[], endpoint: Endpoint): Problem {
  const where = whereOf(endpoint);
  const [leaf] = chain;
  const forTests = testAuthorityOf(chain);
  if (forTests) {
    return {
      says: `${where} serves ${forTests.what} (of ${issuerName(at)}), which Telegram does not trust.`,
      cure: forTests.cure,
    };
  }
  if (kind === "untrusted root" && at === leaf) {
    return {
      says: `${where} serves a self-signed certificate, ${subjectName(at)}, and none is uploaded.`,
      cure: "Give that certificate as certificate, or serve one of a public authority.",
    };
  }
  if (kind === "untrusted root") {
    return {
      says: `${where} serves a certificate of ${subjectName(at)}, which is no public authority, and its root is not uploaded.`,
      cure: `Give the root ${subjectName(at)} as certificate, or use a public authority's.`,
    };
  }
  const says = `${where} does not send the certificate of ${issuerName(at)}, which signed ${subjectName(at)}`;
  if (!isOfPublicAuthority(at)) {
    return {
      says: `${says}, and that is neither a public authority nor uploaded.`,
      cure: `Give the root of ${issuerName(at)} as certificate, or use a public authority's.`,
    };
  }
  return {
    says: `${says}; Telegram does not fetch what is missing.`,
    cure: "Serve the whole chain: the certificate, then its intermediates (fullchain.pem, not cert.pem).",
  };
}

function notUploaded(
  flaw: TrustFlaw,
  chain: X509Certificate[],
  uploaded: X509Certificate[],
  endpoint: Endpoint,
): Problem {
  const { at } = flaw;
  const [where, issuer] = [whereOf(endpoint), issuerName(at)];
  const isPublic = leadsToPublicRoot(at, endpoint) || (!isSelfSigned(at) && isOfPublicAuthority(at));
  const end = [...chain].reverse().find((one) => !isSelfSigned(one) && includes(uploaded, one));
  const uploads = uploaded.length === 0 ? "no certificate" : shortList(uploaded.map(subjectName));
  if (end) {
    return {
      says: `${where} serves what is uploaded, but that ends at ${subjectName(end)}, which ${issuerName(end)} signed: Telegram trusts a chain only up to its self-signed root.`,
      cure: isPublic ? leaveOut : `Upload the root of ${issuer} as well.`,
    };
  }
  const forTests = testAuthorityOf(chain);
  if (forTests) {
    return {
      says: `${where} serves ${forTests.what} (of ${issuer}), while only ${uploads} is uploaded and trusted.`,
      cure: `${forTests.cure} ${leaveOut}`,
    };
  }
  if (isPublic) {
    const says = `${where} serves a certificate of a public authority, ${issuer}, while only ${uploads} is uploaded and trusted.`;
    return { says, cure: leaveOut };
  }
  const namesakes = uploaded.filter(({ subject }) => subject === at.issuer);
  switch (flaw.kind) {
    case "too deep":
      return tooDeep(endpoint);
    case "shadowed":
      return {
        says: `${where} serves a certificate of ${issuer}; ${namesakes.length} uploaded certificates bear that name, and without key identifiers only the first of them counts.`,
        cure: "Make certificates with subject and authority key identifiers, or upload only the one that is in use.",
      };
    case "untrusted root": {
      const what = at === chain[0] ? "the self-signed certificate" : "a certificate whose root is";
      const same = namesakes.length > 0 ? " of the same name, with another key" : "";
      return {
        says: `${where} serves ${what} ${subjectName(at)}, which is not the uploaded one (${uploads}${same}).`,
        cure: "Upload the one that is served, or serve the one that is uploaded.",
      };
    }
    case "other key":
      return {
        says: `${where} serves a certificate that ${issuer} signed with another key than that of the uploaded certificate of this name.`,
        cure: "Upload that authority's current certificate.",
      };
    case "no issuer":
      return {
        says: `${where} does not send the certificate of ${issuer}, which signed ${subjectName(at)}, and it is not uploaded either (that is ${uploads}).`,
        cure: `Serve the whole chain, with its intermediates; if ${issuer} is a root, upload it.`,
      };
  }
}

/** Whether a public root signed it, or is it. */
function leadsToPublicRoot(top: X509Certificate, { publicAuthorities }: Endpoint): boolean {
  return rootsOf(publicAuthorities).some(
    (root) => root.raw.equals(top.raw) || (root.subject === top.issuer && isSignedBy(top, root)),
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
