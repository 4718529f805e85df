// A bot whose certificate a private authority signs: the bot serves its own TLS, the webhook uploads the authority's roots.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();
const host = config.require("host");
const url = `https://${host}:8443/tg`;

const authority = new telegram.CertificateAuthority("authority", {
  rotateTrigger: config.get("rotateRoot") ?? "1",
});

const certificate = new telegram.TlsCertificate("certificate", {
  names: [host],
  issuer: { privateCa: { certificatePem: authority.certificatePem, privateKeyPem: authority.privateKeyPem } },
  rotateTrigger: config.get("rotate") ?? "1",
});

const secret = new telegram.WebhookSecret("secret");

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
  secretTokens: secret.accepted,
  certificatePem: certificate.certificatePem,
  privateKeyPem: certificate.privateKeyPem,
});
