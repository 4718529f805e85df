// A bot on an IP address, without domain and proxy: python-telegram-bot serves its own TLS, self-signed, on port 8443.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();

const bot = new telegram.BotEndpoint("bot", {
  ipAddress: config.require("address"),
  listen: config.get("listen") ?? "0.0.0.0:8443",
  preset: "python-telegram-bot",
  server: "skip", // the bot serves TLS itself
  certificate: { issuer: { selfSigned: {} }, rotateTrigger: config.get("rotate") ?? "1" },
  webhook: { allowedUpdates: ["message"] },
});

export const url = bot.url;
// What the bot's process reads.
export const environment = bot.environmentFile;
