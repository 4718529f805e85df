// What is told of certificates and authorities: warnings, lines of the log, and what fills them.
import { declareParts } from "../core/failure";
import { declareLines, declarePreviewWarnings, declareWarnings } from "../core/notice";

const gap =
  "Telegram's deliveries fail from the moment the new certificate is served until the webhook has uploaded it; it sends them again, so they come late and none is lost" as const;

export const previewWarnings = declarePreviewWarnings({
  otherNames: `names change from {before} to {names}. ${gap}`,
  otherIssuer: `the new issuer is none that the webhook has uploaded in advance. ${gap}`,
});

export const warnings = declareWarnings({
  remark: {
    text: "TlsCertificate {name}: {remark}",
    means: "The issuer made the certificate, with a remark that stands after the colon.",
  },
});

export const lines = declareLines({
  renewalDue: "TlsCertificate {name}: a renewal is due (it is to serve until {retiresAt}); the next pulumi up does it.",
  renewed: {
    text: "TlsCertificate {name}: a new certificate serves from now on until {retiresAt} ({reason}), valid until {notAfter}; the one before stays trusted.",
    means: "The reason stands in brackets. Telegram trusts both certificates, so no delivery fails.",
  },
  nextCertificate: "TlsCertificate {name}: the next certificate is made anew, as keyType and validityDays now say.",
  rootDue:
    "CertificateAuthority {name}: a new root is due (this one is to sign until {retiresAt}); the next pulumi up makes it.",
  newRoot: {
    text: "CertificateAuthority {name}: another root signs from now on until {retiresAt} ({reason}); the one before stays trusted.",
    means: "The reason stands in brackets.",
  },
  nextRoot: "CertificateAuthority {name}: the next root is made anew, as the arguments now say.",
});

export const noticeParts = declareParts({
  rotateTrigger: "rotateTrigger changed",
  due: "it was to serve until {retiresAt}",
  names: "names changed",
  issuer: "the issuer changed",
  authority: "the authority's certificate is another one",
  endsWithIssuer:
    "it ends {notAfter} and not after validityDays ({validityDays}), since its issuer ends then. Rotate the authority in time.",
});
