// A bot of aiogram on a machine without a public address, which cloudflared connects to Cloudflare.
import * as pulumi from "@pulumi/pulumi";
import { TunnelEndpoint } from "pulumi-telegram/cloudflare";

const config = new pulumi.Config();

const home = new TunnelEndpoint("home", {
  accountId: config.require("accountId"),
  hostname: config.require("hostname"),
  zone: { name: config.require("zone"), zoneId: config.require("zoneId") },
  upstream: `http://127.0.0.1:${config.get("port") ?? "8080"}`,
  preset: "aiogram",
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
  webhook: { allowedUpdates: ["message"] },
});

export const url = home.url;
// What the bot's process reads.
export const environment = home.environmentFile;
// What cloudflared needs: a token, secret, and a unit for systemd.
export const tunnelName = home.tunnelName;
export const tunnelToken = home.tunnelToken;
export const systemdUnit = home.systemdUnit;
// For the zone's custom rules.
export const wafRule = home.wafRule;
