// A bot of aiogram that serves its own TLS, self-signed, on port 8443; no proxy.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();

const endpoint = new telegram.BotEndpoint("bot", {
  token: config.requireSecret("token"),
  hostname: config.require("hostname"),
  listen: config.get("listen") ?? "0.0.0.0:8443",
  preset: "aiogram",
  server: "skip", // the bot serves TLS itself
  certificate: { issuer: { selfSigned: {} }, rotateTrigger: config.get("rotate") ?? "1" },
  webhook: { allowedUpdates: ["message"] },
});

export const url = endpoint.url;
// What the bot's process reads.
export const environment = endpoint.environmentFile;
