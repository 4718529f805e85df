// Two python-telegram-bots with web servers of their own behind one nginx. Neither registers anything, so no preset: it is for run_webhook.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();
const hostname = config.require("hostname");

const certificate = new telegram.TlsCertificate("certificate", { names: [hostname], issuer: { selfSigned: {} } });

const shared: Partial<telegram.BotEndpointArgs> = {
  hostname,
  listen: config.get("listen") ?? "0.0.0.0:443",
  server: { nginx: config.getObject<Partial<telegram.NginxSettings>>("nginx") ?? {} }, // left out: nginx as Debian installs it
  certificate,
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
  webhook: { allowedUpdates: ["message"] },
};

const queue = new telegram.BotEndpoint("queue", {
  ...shared,
  token: config.requireSecret("queueToken"),
  upstream: `http://127.0.0.1:${config.get("queuePort") ?? "8001"}`,
});

const stateless = new telegram.BotEndpoint("stateless", {
  ...shared,
  token: config.requireSecret("statelessToken"),
  upstream: `http://127.0.0.1:${config.get("statelessPort") ?? "8002"}`,
});

export const urls = [queue.url, stateless.url];
// What each bot's process reads.
export const queueEnvironment = queue.environmentFile;
export const statelessEnvironment = stateless.environmentFile;
