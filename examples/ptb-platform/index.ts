// A bot on a platform (Heroku and the like) that has TLS in front and tells the process its port: only secret and webhook are made.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();

const bot = new telegram.BotEndpoint("bot", {
  hostname: config.require("hostname"),
  preset: "python-telegram-bot",
  server: "skip",
  certificate: "skip", // the platform has one of a public authority
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
  // The process gets its secret from this stack, so it cannot be asked for it before.
  webhook: { allowedUpdates: ["message"], preflight: { http: false }, verifySeconds: 0 },
});

export const url = bot.url;
// What the bot's process reads, beside PORT.
export const environment = bot.environmentFile;
