// A bot at a Bot API server of your own on the same machine: no name, no certificate, no proxy.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const port = new pulumi.Config().get("port") ?? "8090";
const token = new pulumi.Config("telegram").requireSecret("token");

const secret = new telegram.WebhookSecret("secret");

const webhook = new telegram.TelegramWebhook("bot", {
  token,
  localServer: true, // at telegram:apiUrl, started with --local
  url: `http://127.0.0.1:${port}/telegram`,
  secretToken: secret.current,
  allowedUpdates: ["message"],
});

export const url = webhook.url;
// What the bot's process reads.
export const environment = pulumi.interpolate`TELEGRAM_BOT_TOKEN='${token}'
TELEGRAM_API_URL='${webhook.apiUrl}'
WEBHOOK_SECRET='${secret.current}'
PORT='${port}'
`;
