// A Mubble bot in an aiohttp server behind nginx, which checks the secret that Mubble does not look at.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();

const bot = new telegram.BotEndpoint("bot", {
  preset: "mubble",
  hostname: config.require("hostname"),
  listen: config.get("listen") ?? "0.0.0.0:443",
  server: { nginx: config.getObject<Partial<telegram.NginxSettings>>("nginx") ?? {} }, // left out: nginx as Debian installs it
  upstream: `http://127.0.0.1:${config.get("port") ?? "8000"}`,
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
});

export const url = bot.url;
// What the bot's process reads.
export const environment = bot.environmentFile;
