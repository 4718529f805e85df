// Name to logic: the one list of resources, and what each is given. What acts is loaded when it is first used.
import { routeLogic } from "./proxy/route/fields";
import { secretLogic } from "./telegram/secret/fields";
import { webhookLogic } from "./telegram/webhook/fields";

export const logics = {
  TelegramWebhook: webhookLogic(() => {
    const { telegramApi } = require("./telegram/api") as typeof import("./telegram/api");
    const { webhookLifecycle } =
      require("./telegram/webhook/lifecycle") as typeof import("./telegram/webhook/lifecycle");
    return webhookLifecycle(telegramApi());
  }),
  WebhookSecret: secretLogic(() => {
    const { secretLifecycle } = require("./telegram/secret/lifecycle") as typeof import("./telegram/secret/lifecycle");
    return secretLifecycle();
  }),
  ProxyRoute: routeLogic(() => {
    const { routeLifecycle } = require("./proxy/route/lifecycle") as typeof import("./proxy/route/lifecycle");
    const { nginxEdge } = require("./proxy/servers/nginx") as typeof import("./proxy/servers/nginx");
    const { telegramRanges } = require("./telegram/addresses") as typeof import("./telegram/addresses");
    return routeLifecycle(
      nginxEdge({ ranges: telegramRanges, source: "core.telegram.org/bots/webhooks, read Oct 2026" }),
    );
  }),
};
