// Two bots of aiogram in one process behind nginx: a path for each, and no token in any of them.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();
const hostname = config.require("hostname");

const certificate = new telegram.TlsCertificate("certificate", { names: [hostname], issuer: { selfSigned: {} } });

const shared: Partial<telegram.BotEndpointArgs> = {
  hostname,
  listen: config.get("listen") ?? "0.0.0.0:443",
  preset: "aiogram",
  upstream: `http://127.0.0.1:${config.get("port") ?? "8001"}`,
  server: { nginx: config.getObject<Partial<telegram.NginxSettings>>("nginx") ?? {} }, // left out: nginx as Debian installs it
  certificate,
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
  webhook: { allowedUpdates: ["message"] },
};

const shop = new telegram.BotEndpoint("shop", { ...shared, token: config.requireSecret("shopToken") });
const support = new telegram.BotEndpoint("support", { ...shared, token: config.requireSecret("supportToken") });

export const urls = [shop.url, support.url];
// What the process of both reads.
export const bots = [shop.environment, support.environment];
