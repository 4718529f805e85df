// A bot of aiogram on a host with HTTPS, and in front of it a Worker at Cloudflare, which lets genuine updates through only.
import * as pulumi from "@pulumi/pulumi";
import { WorkerEndpoint } from "pulumi-telegram/cloudflare";

const config = new pulumi.Config();

const gate = new WorkerEndpoint("gate", {
  accountId: config.require("accountId"),
  hostname: config.require("hostname"),
  zone: { name: config.require("zone"), zoneId: config.require("zoneId") },
  origin: { url: config.require("origin") },
  preset: "aiogram",
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
  webhook: { allowedUpdates: ["message"] },
});

export const url = gate.url;
// What the bot's process reads.
export const environment = gate.environmentFile;
// For the custom rules of the zone.
export const wafRule = gate.wafRule;
