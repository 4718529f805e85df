// A bot on an IP address, without domain and proxy: it serves its own TLS, self-signed, on port 8443.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();
const address = config.require("address");
const url = `https://${address}:8443/tg`;

const secret = new telegram.WebhookSecret("secret");

const certificate = new telegram.TlsCertificate("certificate", {
  names: [address],
  issuer: { selfSigned: {} },
  rotateTrigger: config.get("rotate") ?? "1",
});

const webhook = new telegram.TelegramWebhook("bot", {
  url,
  certificate: certificate.uploadPem,
  secretToken: secret.current,
  allowedUpdates: ["message"],
});

export const registered = webhook.registeredAt;
// What the bot's process reads.
export const bot = pulumi.secret({
  url,
  secretToken: secret.current,
  certificatePem: certificate.certificatePem,
  privateKeyPem: certificate.privateKeyPem,
});
