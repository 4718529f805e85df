// An ACME server such as Let's Encrypt signs: everybody trusts it, and nothing is uploaded. What acts is loaded by `issue`.
import { isIPv4 } from "node:net";
import { choice, group } from "../../../core/choice";
import type { Settings } from "../../../core/choice-types";
import { number, optional, secret, text, texts, withDefault, within } from "../../../core/leaf";
import type { Inner } from "../../../core/leaf";
import type { Finding } from "../../../core/logic";
import { nameServerProblem } from "../../../probe/dns-address";
import { keyText } from "../../../x509/pem";
import * as rules from "../../rules";
import type { RevokeReason } from "../../rules";
import { noticeParts } from "../../notices";
import { issuerModule } from "../module";
import type { IssuerModule } from "../module";

const dns01 = <V extends Inner>(via: V) => ({
  /** The vendor that serves the zone, with its credentials. */
  via: within(via),
  /** The zone to write to. Omit it to use the zone in which the public DNS has the name. */
  zone: optional(text(rules.challengeNameProblem)),
  /** The name to which a CNAME at `_acme-challenge` of each name leads: the TXT record is written there. Omit it to write at `_acme-challenge` itself. */
  delegate: optional(text(rules.challengeNameProblem)),
  /** How many seconds to wait until every name server of the zone answers with the record, 1 to 3600. Omit it to wait 120. */
  waitSeconds: optional(number(rules.challengeWaitProblem)),
  /** The zone's name servers, each `ip:port`. Omit it to ask those that the public DNS names. */
  nameServers: optional(texts((all) => all.map(nameServerProblem).find((says) => says !== undefined))),
});

const http01 = <S extends Inner, O extends Inner>(server: S, on: O, rules: HttpRules) => ({
  /** The proxy server that answers, on port 80 of the names' addresses. Give either `server` or `webroot`. */
  server: optional(within(server)),
  /** The machine of `server` or `webroot`. Omit it for this machine. */
  on: optional(within(on)),
  /** Where `server` listens: an IPv4 address of the machine (0.0.0.0 for all) and a port. ACME servers connect to port 80 only; give another port if something in front forwards port 80 to it. */
  listen: withDefault(text(rules.listenProblem), "0.0.0.0:80"),
  /** In place of `server`: the folder that your own site serves for the names, an absolute path on the machine. The answers are files in `.well-known/acme-challenge` of this folder. */
  webroot: optional(text(rules.webrootProblem)),
});

/** What the settings of http-01 may be; the system of the proxy servers knows. */
export interface HttpRules {
  listenProblem: (listen: string) => string | undefined;
  webrootProblem: (folder: string) => string | undefined;
  /** What they may not be together; continues a sentence that begins with the argument's name. */
  httpChallengeProblem: (settings: { server?: unknown; webroot?: string }) => string | undefined;
}

/** What other systems declare, for the challenges: the choices between the vendors of DNS, the proxy servers and the machines. */
export interface ChallengeChoices {
  via: Inner;
  server: Inner;
  on: Inner;
  httpRules: HttpRules;
}

export function acmeSettings<C extends ChallengeChoices>({ via, server, on, httpRules }: C) {
  return {
    /** The account that orders: what an AcmeAccount gives. */
    account: within(
      group("account", {
        /** URL of the server's directory, https: an output of the AcmeAccount. `account` takes the AcmeAccount itself, or these three of its outputs. Another directory issues a new certificate. */
        directoryUrl: text(rules.directoryUrlProblem, { accept: (url) => new URL(url).href }),
        /** URL of the account that orders, at that server: an output of the AcmeAccount. */
        accountUrl: text(rules.accountUrlProblem),
        /** The account's private key, PEM: an output of the AcmeAccount. */
        privateKeyPem: secret(text(rules.accountKeyProblem, { compared: keyText })),
      }),
    ),
    /** How the server sees that the names are yours. */
    challenge: within(
      choice(
        { dns01: dns01<C["via"]>(via), http01: http01<C["server"], C["on"]>(server, on, httpRules) },
        { problems: { http01: (settings) => httpRules.httpChallengeProblem(settings) } },
      ),
    ),
    /** A profile of the server, such as `shortlived`. Omit it to take `classic`, `default` or `tlsserver`, the first of them that the server lists, or else the server's own choice. A change issues a new certificate. */
    profile: optional(text(rules.profileProblem)),
    /** Common name of the root to which the chain must lead. Omit it to take the first chain that the server offers. A change issues a new certificate. */
    preferredChain: optional(text(rules.commonNameProblem)),
    /** `external` says that something runs `pulumi up` every day. A certificate that lives for six days needs that. */
    schedule: optional(text((value) => (value === "external" ? undefined : 'must be "external", or left out'))),
    /**
     * The reason, `unspecified`, `keyCompromise`, `superseded` or `cessationOfOperation`, for which the certificate is revoked when
     * the resource is destroyed. Omit it to revoke nothing: the certificate then expires by itself.
     */
    revokeOnDestroy: optional(text<RevokeReason>(rules.revokeReasonProblem)),
  } as const;
}

export type AcmeSettings = Settings<ReturnType<typeof acmeSettings<ChallengeChoices>>>;

/** Profiles whose certificates live for days. Source: https://letsencrypt.org/docs/profiles/, read Nov 2026. */
const shortLived = "shortlived";

/** The issuer, with what may answer its challenges. */
export function acmeIssuer<C extends ChallengeChoices>(
  choices: C,
): IssuerModule<"acme", ReturnType<typeof acmeSettings<C>>> {
  return withAny(choices) as unknown as IssuerModule<"acme", ReturnType<typeof acmeSettings<C>>>;
}

/** What acts looks into no vendor's settings: those are for whoever answers the challenges. */
function withAny(choices: ChallengeChoices) {
  const act = () => require("./issue") as typeof import("./issue");
  return issuerModule({
    name: "acme",
    decidesLife: true,
    settings: acmeSettings(choices),
    cannot({ names = [] }, { account = {}, profile, schedule, challenge }) {
      const findings: Finding[] = [];
      const add = (says: string) => findings.push({ field: "issuer", level: "problem", says });
      const address = names.find((name) => isIPv4(name));
      if (address !== undefined && challenge !== undefined && "dns01" in challenge)
        add(
          `has acme.challenge.dns01, by which no server sees that the address ${address} is yours; leave it out of names, or take http01`,
        );
      const place = rules.accountPlaceProblem(account);
      if (place !== undefined) add(place);
      const dns = challenge !== undefined && "dns01" in challenge ? challenge.dns01 : undefined;
      const says = dns && rules.dnsChallengeProblem(names, dns);
      if (says !== undefined && address === undefined) add(says);
      const wildcard = names.find((name) => name.startsWith("*."));
      if (wildcard !== undefined && challenge !== undefined && "http01" in challenge)
        add(
          `has acme.challenge.http01, by which no server proves a wildcard such as ${wildcard}; leave it out of names, or take dns01`,
        );
      if (profile === shortLived && schedule === undefined)
        add(
          'has acme.profile "shortlived", whose certificates live for six days: set acme.schedule to "external" if something runs pulumi up every day, or take another profile',
        );
      return findings;
    },
    // Neither is uploaded.
    isTrustedAlready: (_settings, { settings: before }) => before !== undefined,
    reissueReason({ account, profile, preferredChain }, { settings: before }) {
      if (account.directoryUrl !== before?.account.directoryUrl) return noticeParts.directory();
      if (profile !== before.profile) return noticeParts.profile();
      return preferredChain === before.preferredChain ? undefined : noticeParts.preferredChain();
    },
    issue: (request, context, services) => act().issue(request, context, services),
    look: (old, context, services) => act().look(old, context, services),
    withdraw(old, context, services) {
      const { withdraw } = require("./revoke") as typeof import("./revoke");
      return withdraw(old, context, services);
    },
  });
}
