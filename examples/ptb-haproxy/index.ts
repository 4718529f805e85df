// Two bots of python-telegram-bot behind one haproxy: one address and port, a sub-domain and a certificate for each.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();
const domain = config.require("domain");

const shared: Partial<telegram.BotEndpointArgs> = {
  listen: config.get("listen") ?? "0.0.0.0:443",
  preset: "python-telegram-bot",
  server: { haproxy: config.getObject<Partial<telegram.HaproxySettings>>("haproxy") ?? {} }, // left out: haproxy as Debian installs it
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
  webhook: { allowedUpdates: ["message"] },
};
// One trigger for each bot: a certificate is renewed without the other one.
const certificate = (name: string) => ({
  issuer: { selfSigned: {} },
  rotateTrigger: config.get(`${name}Certificate`) ?? "1",
});

const shop = new telegram.BotEndpoint("shop", {
  ...shared,
  hostname: `shop.${domain}`,
  certificate: certificate("shop"),
  token: config.requireSecret("shopToken"),
  upstream: `http://127.0.0.1:${config.get("shopPort") ?? "8001"}`,
});

const support = new telegram.BotEndpoint("support", {
  ...shared,
  hostname: `support.${domain}`,
  certificate: certificate("support"),
  token: config.requireSecret("supportToken"),
  upstream: `http://127.0.0.1:${config.get("supportPort") ?? "8002"}`,
});

export const urls = [shop.url, support.url];
// What each bot's process reads.
export const shopEnvironment = shop.environmentFile;
export const supportEnvironment = support.environmentFile;
