// A bot of aiogram behind nginx that only Telegram's own addresses get to.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();
const trustedProxies = config.getObject<string[]>("trustedProxies"); // what stands in front of nginx, if anything does

const endpoint = new telegram.BotEndpoint("bot", {
  token: config.requireSecret("token"),
  hostname: config.require("hostname"),
  listen: config.get("listen") ?? "0.0.0.0:443",
  preset: "aiogram",
  upstream: `http://127.0.0.1:${config.get("port") ?? "8001"}`,
  server: { nginx: config.getObject<Partial<telegram.NginxSettings>>("nginx") ?? {} }, // left out: nginx as Debian installs it
  route: { onlyTelegram: true, ...(trustedProxies && { clientAddress: { trustedProxies } }) },
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
  webhook: { allowedUpdates: ["message"] },
});

export const url = endpoint.url;
// What the bot's process reads.
export const environment = endpoint.environmentFile;
