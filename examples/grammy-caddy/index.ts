// A bot of grammY on Node's own http server, made reachable by a Caddy that takes its configuration over its admin API.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();

// The token: pulumi config set --secret telegram:token
const bot = new telegram.BotEndpoint("bot", {
  hostname: config.require("hostname"),
  listen: config.get("listen") ?? "0.0.0.0:443",
  preset: "grammy",
  upstream: `http://127.0.0.1:${config.get("port") ?? "8001"}`,
  server: { caddy: config.getObject<Partial<telegram.CaddySettings>>("caddy") ?? {} }, // left out: Caddy as Debian's unit caddy-api runs it
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
  webhook: { allowedUpdates: ["message"] },
});

export const url = bot.url;
// What the bot's process reads.
export const environment = bot.environmentFile;
