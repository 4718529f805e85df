// One bot's webhook: `pulumi up` registers it, `pulumi refresh` says who changed it, `pulumi destroy` takes it away.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();
const url = config.get("url") ?? process.env["QUICKSTART_URL"];
const hasToken = new pulumi.Config("telegram").getSecret("token") ?? process.env["TELEGRAM_BOT_TOKEN"];
if (!url || !hasToken) {
  throw new pulumi.RunError(
    "set TELEGRAM_BOT_TOKEN to your bot's token and run `pulumi config set url https://your.host/some-random-path`, " +
      "or run `npm start` to see it all work without a bot",
  );
}

const secretToken = config.getSecret("secretToken") ?? process.env["QUICKSTART_SECRET_TOKEN"];

const webhook = new telegram.TelegramWebhook("bot", {
  url,
  allowedUpdates: ["message", "callback_query"],
  localServer: process.env["QUICKSTART_LOCAL_SERVER"] === "true",
  ...(secretToken && { secretToken }),
});

export const bot = webhook.botId;
export const registered = webhook.registeredAt;
