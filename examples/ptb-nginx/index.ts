// Two bots of python-telegram-bot behind one nginx: one domain and port, a path for each, one certificate.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();
const hostname = config.require("hostname");

const certificate = new telegram.TlsCertificate("certificate", { names: [hostname], issuer: { selfSigned: {} } });

const shared: Partial<telegram.BotEndpointArgs> = {
  hostname,
  listen: config.get("listen") ?? "0.0.0.0:443",
  preset: "python-telegram-bot",
  server: { nginx: config.getObject<Partial<telegram.NginxSettings>>("nginx") ?? {} }, // left out: nginx as Debian installs it
  certificate,
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
  webhook: { allowedUpdates: ["message"] },
};

const shop = new telegram.BotEndpoint("shop", {
  ...shared,
  token: config.requireSecret("shopToken"),
  upstream: `http://127.0.0.1:${config.get("shopPort") ?? "8001"}`,
});

const support = new telegram.BotEndpoint("support", {
  ...shared,
  token: config.requireSecret("supportToken"),
  upstream: `http://127.0.0.1:${config.get("supportPort") ?? "8002"}`,
});

export const urls = [shop.url, support.url];
// What each bot's process reads.
export const shopEnvironment = shop.environmentFile;
export const supportEnvironment = support.environmentFile;
