// What can go wrong between us and an ACME server: each code with its meaning, its cure and its messages.
import { declareFailures, declareParts } from "../core/failure";

const refused = '{what} was refused ({status}): "{said}".' as const;
const notProved = '{server} could not prove that {name} is yours ({challenge}): "{said}".' as const;
const nothingOrdered = "Nothing was ordered." as const;

/** What a message is filled with. */
export const parts = declareParts({
  noWords: "(no reason given)",
  caaRecord: 'Add one{where}: 0 {tag} "{identity}".',
  caaUnknown: "Add one that names the server, by the name that its documentation gives for CAA.",
});

export const errors = declareFailures({
  ACME_UNREACHABLE: {
    means: "The ACME server gave no answer, or an answer that tells of a fault of its own, after several tries.",
    cure: "See whether `directoryUrl` can be reached from this machine, and what the server's status page says; then run `pulumi up` again. What is there already stays as it is.",
    messages: {
      unanswered:
        "acme {what} got no answer ({why}). What is there already stays as it is. See whether the server can be reached from this machine, and run pulumi up again.",
      failed:
        'acme {what} failed at the server ({status}): "{said}". What is there already stays as it is. Run pulumi up again later.',
      failedUntil:
        'acme {what} failed at the server ({status}): "{said}". What is there already stays as it is. It asks to be left alone until {time}: run pulumi up again after that.',
      nonces:
        "acme {what} was refused {times} times, each time because of the nonce (a number that may be used once), although the server had just issued it. Nothing was done. See whether a proxy between this machine and the server caches answers.",
    },
  },
  ACME_UNCLEAR: {
    means:
      "Something answered that is not an ACME server, or not as RFC 8555 says: a proxy, a login page, another API.",
    cure: "See what answers at `directoryUrl`: it must be the URL of an ACME directory.",
    messages: {
      odd: "acme {what} got an answer that ACME does not know: {odd}. It was not used. See that directoryUrl is the URL of an ACME directory, and that nothing in between answers in its place.",
      certificate:
        "acme {what} got a certificate that was not asked for: {odd}. It was not used. Run pulumi up again; if it stays so, ask whoever runs the server.",
    },
  },
  ACME_RATE_LIMITED: {
    means:
      "A rate limit of the ACME server is reached: too many certificates, orders, accounts or failed proofs within some time.",
    cure: "Run `pulumi up` again after the time that the message names. Try out programs with the server's staging directory, whose limits are wider.",
    messages: {
      until: `acme ${refused} A limit of the server is reached. What is there already stays as it is. Run pulumi up again after {time}.`,
      limited: `acme ${refused} A limit of the server is reached, and it does not say until when. What is there already stays as it is. Run pulumi up again later.`,
    },
  },
  ACME_ACCOUNT_REFUSED: {
    means:
      "The ACME server rejects the account, its key or its contacts, or demands a step from the account's owner first, such as accepting new terms of service.",
    cure: "Correct `contact` or `eab`, give the key of a valid account of this directory, or take the step that the server demands: the last sentence of the message says which. Then run `pulumi up` again.",
    messages: {
      unknown: `acme ${refused} The server has no account with this key. Give the key of an account of this directory; an AcmeAccount makes one.`,
      closed:
        "acme {what}: the account {accountUrl} is {status} and cannot be used any more. Make another one: a new AcmeAccount, or another key.",
      needsBinding: `acme ${refused} The server makes accounts for its customers only. Get a key identifier and an HMAC key there, and give both as eab.`,
      binding: `acme ${refused} No account was made. Compare eab with what the server shows for your account, or get a new pair: a server may accept each pair only once.`,
      terms: `acme ${refused} The account's holder has to do something first. Look at {instructions}, then run pulumi up again.`,
      contact: `acme ${refused} Correct contact, or leave it out.`,
      key: `acme ${refused} The server does not take this kind of key. Give another keyType, or the key of another account.`,
      unauthorized: `acme ${refused} The account may be deactivated, or belong to another key. Give an account of this directory that is valid, with its own key.`,
      keyTaken:
        "acme {what} was not done: another account has the new key already. The account keeps the key that it has. Change rotateTrigger once more, which makes another key.",
    },
  },
  ACME_ORDER_REFUSED: {
    means:
      "The ACME server refuses to issue this certificate, because of a name, a CAA record, the profile or the kind of key.",
    cure: "Correct `names`, `profile`, `keyType` or the CAA records of the name, or choose another challenge or issuer: the last sentence of the message says which. Then run `pulumi up` again.",
    messages: {
      names: `acme ${refused} No certificate was issued. The server issues nothing for such a name: correct names, or take another issuer.`,
      profile: `acme ${refused} ${nothingOrdered} The server offers the profiles {profiles}: name one of these, or leave profile out.`,
      noProfile: `acme {what}: the server does not offer the profile {profile}. ${nothingOrdered} It offers {profiles}: name one of these, or leave profile out.`,
      caa: `acme ${refused} A CAA record of the name, or of a domain above it, does not allow this server. {cure}`,
      caaRecord:
        "acme {what}: nothing was ordered, since the CAA records at {fqdn} do not allow this server to issue for {name}: {records}. {cure}",
      caaAccount:
        "acme {what}: nothing was ordered, since the CAA records at {fqdn} do not allow this account to issue for {name}: {records}. Set accounturi there to {accountUrl}, or take it away.",
      caaChallenge:
        "acme {what}: nothing was ordered, since the CAA records at {fqdn} do not allow {challenge} for {name}: {records}. Add {challenge} to validationmethods there, or take another challenge.",
      caaCritical:
        "acme {what}: nothing was ordered, since a CAA record at {fqdn} has a property that is marked as critical and that no server knows. Such a record forbids every certificate for {name}: {records}. Remove the record, or its flag 128.",
      csr: `acme ${refused} No certificate was issued. Try another keyType.`,
      replaced: `acme ${refused} ${nothingOrdered} Another order has already renewed the certificate that was to be renewed. Run pulumi up again.`,
      notReady: `acme ${refused} The order is not ready for this step. Run pulumi up again: it begins a new order.`,
    },
  },
  ACME_NOT_PROVED: {
    means:
      "The ACME server looked for the proof that a name is yours, and did not find it. An authorization is the server's record of this proof.",
    cure: "Make what the server looked for reachable from the Internet: with dns-01 the TXT record, with http-01 the file at port 80 of the name. The message names it. Then run `pulumi up` again. No certificate was issued, and the one in use stays in use.",
    messages: {
      dns: `${notProved} The server's DNS lookup failed. See that {looked} can be resolved from the Internet: delegation, DNSSEC, and every name server of the zone.`,
      noRecord: `${notProved} See that every name server of the zone answers with the TXT record {looked}, and that no CNAME leads elsewhere; then run pulumi up again.`,
      notDelegated: `${notProved} With delegate, {looked} must be a CNAME to {delegate}. See that it is there, and that every name server answers with the TXT record {delegate}; then run pulumi up again.`,
      connection: `${notProved} The server could not connect. See that {looked} can be reached from the Internet on its port: address records, firewall, the server that listens.`,
      tls: `${notProved} TLS failed on the way. See what listens at {looked}.`,
      caa: `${notProved} A CAA record of the name, or of a domain above it, does not allow this server. {cure}`,
      otherAnswer: `${notProved} The answer was not the expected one. See that {looked} leads to the machine that answers the challenge, and that no redirect, proxy or other server answers in its place.`,
      other: `${notProved} No certificate was issued. Correct what it names, and run pulumi up again.`,
      notOffered:
        "{server} proves that {name} is yours by {offered}, and not by {challenge}. No certificate was issued. Take another challenge{hint}.",
      stale:
        "{server} has closed the authorization of {name} ({status}) before the proof. No certificate was issued. Run pulumi up again: it orders anew.",
      late: "{server} has not proved that {name} is yours within {seconds} s ({challenge}). No certificate was issued. Run pulumi up again.",
    },
  },
  ACME_NOT_ISSUED: {
    means: "All names were proved, and yet the ACME server issued no certificate, or not in time.",
    cure: "Run `pulumi up` again. If it stays so, ask whoever runs the server, with the words that the message quotes.",
    messages: {
      invalid:
        '{server} has closed the order for {names}: "{said}". No certificate was issued. What is there already stays as it is. Run pulumi up again: it orders anew.',
      noCertificate:
        "{server} says that the order for {names} is valid, and names no certificate. What is there already stays as it is. Run pulumi up again; if it stays so, ask whoever runs the server.",
      late: "{server} has not issued the certificate for {names} within {seconds} s; the order is {status}. What is there already stays as it is. Run pulumi up again: it takes the order up where it is.",
    },
  },
  ACME_REFUSED: {
    means: "The ACME server said no, for a reason that has no code of its own.",
    cure: "Correct what the server names, then run `pulumi up` again.",
    messages: {
      refused: `acme ${refused} Correct what it names, and run pulumi up again.`,
      malformed: `acme ${refused} Correct what it names, and run pulumi up again. If that is the signature (JWS), give the key that belongs to the account, or the account that belongs to the key.`,
      noDirectory: `acme ${refused} What answers there is no ACME directory. Correct directoryUrl: the server's documentation has it.`,
      revocation: `acme ${refused} The certificate was not revoked by this. Give another reason, or none.`,
    },
  },
});
