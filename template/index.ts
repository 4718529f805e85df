// A bot's webhook with its secret. docs/bot-endpoint.md of pulumi-telegram has the rest: certificate, DNS record, proxy route.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const deliverTo = new pulumi.Config().require("url");

const secret = new telegram.WebhookSecret("secret");
const webhook = new telegram.TelegramWebhook("webhook", {
  url: deliverTo,
  secretToken: secret.current, // the bot compares it with the header X-Telegram-Bot-Api-Secret-Token
  preflight: { http: false }, // the bot learns a new secret only from this `up`
});

export const url = webhook.url;
export const secretToken = secret.current;
