// A Mubble bot in a FastAPI application behind nginx: the path that Telegram calls need not be the path of the application.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();

const bot = new telegram.BotEndpoint("bot", {
  preset: "mubble",
  hostname: config.require("hostname"),
  listen: config.get("listen") ?? "0.0.0.0:443",
  server: { nginx: config.getObject<Partial<telegram.NginxSettings>>("nginx") ?? {} }, // left out: nginx as Debian installs it
  upstream: `http://127.0.0.1:${config.get("port") ?? "8000"}/telegram`,
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
});

export const url = bot.url;
// What the bot's process reads.
export const environment = bot.environmentFile;
