// What is told of certificates and authorities: warnings, lines of the log, and what fills them.
import { declareParts } from "../core/failure";
import { declareLines, declarePreviewWarnings, declareWarnings } from "../core/notice";

const gap =
  "Telegram's deliveries fail from the moment the new certificate is served until the webhook has uploaded it; it sends them again, so they come late and none is lost" as const;

export const previewWarnings = declarePreviewWarnings({
  otherNames: `names change from {before} to {names}. ${gap}`,
  otherIssuer: `the webhook has not uploaded the new issuer in advance. ${gap}`,
});

export const warnings = declareWarnings({
  remark: {
    text: "TlsCertificate {name}: {remark}",
    means:
      "The certificate was issued, with a remark that stands after the colon: it ends early, has another chain than asked for, or was not renewed, such as `TlsCertificate shop: it could not be renewed, and the certificate that is there goes on serving until …`.",
    cure: "Do what the remark says, if it says anything to do.",
  },
  ending: {
    text: "TlsCertificate {name}: {ends}.",
    means:
      "The certificate in use has expired, or expires soon and was not renewed. The text after the colon says which, such as `TlsCertificate shop: the certificate expires … (5 days are left), and was not renewed yet; pulumi up does it`.",
    cure: "Run `pulumi up`, which renews it, or says why it cannot.",
  },
  accountNotDeactivated: {
    text: "AcmeAccount {name}: it was not deactivated: {said}",
    means: "The server does not accept the account any more, so there is nothing to deactivate.",
    cure: "Nothing.",
  },
});

export const lines = declareLines({
  renewalDue: {
    text: "TlsCertificate {name}: a renewal is due ({why}); pulumi up does it.",
    means: "A preview or a refresh shows an update of the certificate, for the reason in brackets.",
    cure: "Run `pulumi up`.",
  },
  renewed: {
    text: "TlsCertificate {name}: a new certificate serves from now on until {retiresAt} ({reason}), valid until {notAfter}; the one before stays trusted.",
    means:
      "The certificate was replaced, for the reason in brackets. Telegram trusts the old and the new one, so no delivery fails.",
  },
  reissued: {
    text: "TlsCertificate {name}: a new certificate was issued ({reason}), valid until {notAfter}{wanted}.",
    means:
      "The certificate was replaced, for the reason in brackets. A public authority vouches for the old and the new one, so no delivery fails.",
  },
  nextCertificate: "TlsCertificate {name}: the next certificate is made anew, as keyType and validityDays now say.",
  rootDue: {
    text: "CertificateAuthority {name}: a new root is due (this one is to sign until {retiresAt}); the next pulumi up makes it.",
    means: "A preview or a refresh shows an update of the authority.",
    cure: "Run `pulumi up`.",
  },
  newRoot: {
    text: "CertificateAuthority {name}: another root signs from now on until {retiresAt} ({reason}); the one before stays trusted.",
    means: "The root was replaced, for the reason in brackets. Certificates of the old root go on working.",
  },
  renewalFailed: {
    text: "TlsCertificate {name}: it was not renewed; the one that is there serves until {notAfter} ({left}).",
    means:
      "The issuer refused or did not answer, so the certificate in use stays. A warning of the same run says why. The next `pulumi up` tries again.",
    cure: "Correct the cause that the warning names, then run `pulumi up` before the certificate expires.",
  },
  caaUnknown: {
    text: "TlsCertificate {name}: whether CAA records allow {host} to issue for {of} cannot be told ({why}); the certificate is ordered anyway.",
    means: "The ACME server reads the CAA records itself, and refuses the order if they forbid it.",
  },
  revoked: "TlsCertificate {name}: the certificate was revoked ({reason}).",
  notRevoked: "TlsCertificate {name}: the certificate expired {notAfter}, so it was not revoked.",
  accountFound: {
    text: "AcmeAccount {name}: the key has the account {accountUrl} already, which is used from now on.",
    means: "The server knows this key. An account belongs to its key, so no new account was made.",
  },
  accountKey: "AcmeAccount {name}: the account {accountUrl} has another key from now on.",
  accountKeyKept: {
    text: "AcmeAccount {name}: the account {accountUrl} has the key already that an earlier run was about to give it.",
    means: "An earlier run ended while it changed the account's key. The new key was saved, and is used.",
  },
  accountClosed: {
    text: "AcmeAccount {name}: the account {accountUrl} is {status}; the next pulumi up makes another one.",
    means: "The account was closed at the server, as the word before the semicolon says.",
    cure: "Run `pulumi up`.",
  },
  accountRefused: {
    text: "AcmeAccount {name}: the server does not take the account any more; the next pulumi up makes another one. {said}",
    means: "The account was closed at the server. The words at the end are the server's.",
    cure: "Run `pulumi up`.",
  },
  accountContact: "AcmeAccount {name}: somebody else changed the contacts to {contact}.",
  nextRoot: "CertificateAuthority {name}: the next root is made anew, as the arguments now say.",
});

export const noticeParts = declareParts({
  rotateTrigger: "rotateTrigger changed",
  due: "it was to serve until {retiresAt}",
  isDue: "it is to serve until {retiresAt}",
  wanted: "its issuer asked for a renewal from {renewAt} on",
  wantedFrom: ", to be renewed from {renewAt} on",
  isWanted: "its issuer asks for a renewal from {renewAt} on",
  expired: "the certificate expired {notAfter}, and Telegram refuses it since then; pulumi up brings a new one",
  late: "the certificate expires {notAfter} ({left} are left), and was not renewed yet; pulumi up does it",
  days: "{count} days",
  hours: "{count} hours",
  hour: "1 hour",
  names: "names changed",
  issuer: "the issuer changed",
  authority: "the authority's certificate is another one",
  accountUnreadable: "The account of AcmeAccount {name} could not be read. {said}",
  directory: "the ACME directory is another one",
  profile: "the profile is another one",
  preferredChain: "preferredChain is another one",
  noSuchChain:
    "the server offers no chain to the root {preferredChain}, so the first one is taken. It offers chains to: {roots}.",
  chainUnread:
    "not all chains that the server offers could be read, so the first one is taken, and not one to the root {preferredChain}. {said}",
  shortLife:
    'it lives for {life} only, so something must run pulumi up every day. If something does, set acme.schedule to "external"; if not, take another profile.',
  notRenewed:
    "it could not be renewed, and the certificate that is there goes on serving until {notAfter} ({left}). The next pulumi up tries again. {said}",
  staysUnrevoked:
    "The certificate was not revoked, so TlsCertificate {name} stays in the state. Destroy it again later; or take revokeOnDestroy away, run pulumi up, and destroy it then.",
  endsSoon: "The certificate that serves expires {notAfter} ({left} are left).",
  hasEnded: "The certificate that serves expired {notAfter}, and Telegram refuses it since then.",
  endsWithIssuer:
    "it ends {notAfter} and not after validityDays ({validityDays}), since its issuer ends then. Rotate the authority in time.",
});
