// A bot of aiogram at a path of a site that Caddy serves already, with the certificate that Caddy has for it.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();

const endpoint = new telegram.BotEndpoint("bot", {
  token: config.requireSecret("token"),
  hostname: config.require("hostname"),
  listen: config.get("listen") ?? "0.0.0.0:443", // where Caddy listens
  preset: "aiogram",
  upstream: `http://127.0.0.1:${config.get("port") ?? "8001"}`,
  server: { caddy: config.getObject<Partial<telegram.CaddySettings>>("caddy") ?? {} }, // left out: Caddy as its Debian package installs it
  route: { attach: "location" },
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
  webhook: { allowedUpdates: ["message"] },
});

export const url = endpoint.url;
// What the bot's process reads.
export const environment = endpoint.environmentFile;
