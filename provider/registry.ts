// Name to logic: the one list of resources, and what each is given. What acts is loaded when it is first used.
import { telegramRanges, telegramRangesSource } from "./facts/telegram";
import { routeLogic } from "./proxy/route/fields";
import { recordLogic } from "./dns/record/fields";
import { secretLogic } from "./telegram/secret/fields";
import { webhookLogic } from "./telegram/webhook/fields";
import { authorityLogic } from "./tls/authority/fields";
import { certificateLogic } from "./tls/certificate/fields";

export const logics = {
  TelegramWebhook: webhookLogic(({ http }) => {
    const { Pace } = require("./telegram/pace") as typeof import("./telegram/pace");
    const { telegramApi } = require("./telegram/api") as typeof import("./telegram/api");
    const { webhookLifecycle } =
      require("./telegram/webhook/lifecycle") as typeof import("./telegram/webhook/lifecycle");
    const { probeEndpoint } = require("./probe/endpoint") as typeof import("./probe/endpoint");
    return webhookLifecycle(telegramApi({ http, pace: new Pace() }), probeEndpoint);
  }),
  WebhookSecret: secretLogic(() => {
    const { secretLifecycle } = require("./telegram/secret/lifecycle") as typeof import("./telegram/secret/lifecycle");
    return secretLifecycle();
  }),
  TlsCertificate: certificateLogic((services) => {
    const { certificateLifecycle } =
      require("./tls/certificate/lifecycle") as typeof import("./tls/certificate/lifecycle");
    const { issuerOf } = require("./tls/issuers") as typeof import("./tls/issuers");
    return certificateLifecycle(issuerOf, services);
  }),
  CertificateAuthority: authorityLogic(() => {
    const { authorityLifecycle } = require("./tls/authority/lifecycle") as typeof import("./tls/authority/lifecycle");
    return authorityLifecycle();
  }),
  ProxyRoute: routeLogic(() => {
    const { routeLifecycle } = require("./proxy/route/lifecycle") as typeof import("./proxy/route/lifecycle");
    const { edgeOf } = require("./proxy/servers") as typeof import("./proxy/servers");
    const telegram = { ranges: telegramRanges, source: telegramRangesSource };
    return routeLifecycle((server) => edgeOf(server, telegram));
  }),
  DnsRecord: recordLogic(({ http }) => {
    const { recordLifecycle } = require("./dns/record/lifecycle") as typeof import("./dns/record/lifecycle");
    const { vendorOf } = require("./dns/vendors") as typeof import("./dns/vendors");
    return recordLifecycle((via) => vendorOf(via, http));
  }),
};
