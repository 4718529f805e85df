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
  // The process learns a new secret after `up`: what it refuses until then comes again, and is no reason to fail.
  webhook: { allowedUpdates: ["message"], verifySeconds: 0 },
});

export const url = bot.url;
// What the bot's process reads, beside PORT.
export const environment = bot.environmentFile;
