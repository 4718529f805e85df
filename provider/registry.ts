// Name to logic: the one list of resources, and what each is given. A resource is loaded when it is first asked for, what acts when it first acts.
import { lazily } from "./core/lazy";
import type { IssuerServices } from "./tls/issuers/module";

export const logics = lazily({
  TelegramWebhook: () => {
    const { webhookLogic } = require("./telegram/webhook/fields") as typeof import("./telegram/webhook/fields");
    return webhookLogic(({ http }) => {
      const { RateLimiter } = require("./telegram/pace") as typeof import("./telegram/pace");
      const { telegramApi } = require("./telegram/api") as typeof import("./telegram/api");
      const { webhookLifecycle } =
        require("./telegram/webhook/lifecycle") as typeof import("./telegram/webhook/lifecycle");
      const { probeEndpoint } = require("./probe/endpoint") as typeof import("./probe/endpoint");
      return webhookLifecycle(telegramApi({ http, pace: new RateLimiter() }), probeEndpoint);
    });
  },
  WebhookSecret: () => {
    const { secretLogic } = require("./telegram/secret/fields") as typeof import("./telegram/secret/fields");
    return secretLogic(() => {
      const { secretLifecycle } =
        require("./telegram/secret/lifecycle") as typeof import("./telegram/secret/lifecycle");
      return secretLifecycle();
    });
  },
  TlsCertificate: () => {
    const { certificateLogic } = require("./tls/certificate/fields") as typeof import("./tls/certificate/fields");
    const { issuer, issuers } = require("./issuers") as typeof import("./issuers");
    const acts: Parameters<typeof certificateLogic>[0] = (services) => {
      const { certificateLifecycle } =
        require("./tls/certificate/lifecycle") as typeof import("./tls/certificate/lifecycle");
      const { issuerOf } = require("./tls/issuers") as typeof import("./tls/issuers");
      const { challengeSolver: solver } = require("./challenge-solver") as typeof import("./challenge-solver");
      const challengeSolver: IssuerServices["challengeSolver"] = (challenge, context) =>
        solver(challenge, services.http, context);
      return certificateLifecycle((given) => issuerOf(given, issuers), { ...services, challengeSolver });
    };
    return certificateLogic(acts, issuers, issuer);
  },
  CertificateAuthority: () => {
    const { authorityLogic } = require("./tls/authority/fields") as typeof import("./tls/authority/fields");
    return authorityLogic(() => {
      const { authorityLifecycle } = require("./tls/authority/lifecycle") as typeof import("./tls/authority/lifecycle");
      return authorityLifecycle();
    });
  },
  AcmeAccount: () => {
    const { accountLogic } = require("./tls/account/fields") as typeof import("./tls/account/fields");
    return accountLogic((services) => {
      const { accountLifecycle } = require("./tls/account/lifecycle") as typeof import("./tls/account/lifecycle");
      const { Kept } = require("./acme/kept") as typeof import("./acme/kept");
      const { Nonces } = require("./acme/nonces") as typeof import("./acme/nonces");
      const nonces = services.once("acme nonces", () => new Nonces());
      return accountLifecycle({ http: services.http, nonces, kept: new Kept() });
    });
  },
  ProxyRoute: () => {
    const { routeLogic } = require("./proxy/route/fields") as typeof import("./proxy/route/fields");
    return routeLogic(() => {
      const { routeLifecycle } = require("./proxy/route/lifecycle") as typeof import("./proxy/route/lifecycle");
      const { edgeOf } = require("./proxy/servers") as typeof import("./proxy/servers");
      return routeLifecycle(edgeOf);
    });
  },
  DnsRecord: () => {
    const { recordLogic } = require("./dns/record/fields") as typeof import("./dns/record/fields");
    return recordLogic(({ http }) => {
      const { recordLifecycle } = require("./dns/record/lifecycle") as typeof import("./dns/record/lifecycle");
      const { vendorOf } = require("./dns/vendors") as typeof import("./dns/vendors");
      return recordLifecycle((via) => vendorOf(via, http));
    });
  },
});
