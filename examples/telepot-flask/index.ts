// A bot of telepot in Flask, behind nginx.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();

const endpoint = new telegram.BotEndpoint("bot", {
  token: config.requireSecret("token"),
  hostname: config.require("hostname"),
  listen: config.get("listen") ?? "0.0.0.0:443",
  preset: "telepot", // one connection, and the nine kinds of update that it can parse
  upstream: `http://127.0.0.1:${config.get("port") ?? "8001"}`,
  server: { nginx: config.getObject<Partial<telegram.NginxSettings>>("nginx") ?? {} }, // left out: nginx as Debian installs it
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
});

export const url = endpoint.url;
// What the bot's process reads.
export const environment = endpoint.environmentFile;
