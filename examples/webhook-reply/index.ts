// A bot that calls the Bot API in its HTTP answers to updates: its process needs no token and no way out.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();

// The token: pulumi config set --secret telegram:token
const bot = new telegram.BotEndpoint("bot", {
  hostname: config.require("hostname"),
  listen: config.get("listen") ?? "0.0.0.0:443",
  upstream: `http://127.0.0.1:${config.get("port") ?? "8001"}`,
  server: { nginx: config.getObject<Partial<telegram.NginxSettings>>("nginx") ?? {} }, // left out: nginx as Debian installs it
  webhook: { allowedUpdates: ["message"] },
});

export const url = bot.url;
// What the bot's process reads: all but the token.
export const environment = bot.environment.apply(({ TELEGRAM_BOT_TOKEN, ...rest }) =>
  Object.entries(rest)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join(""),
);
