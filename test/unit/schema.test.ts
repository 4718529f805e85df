// The schema that a provider plugin needs follows from the rows and the comments: types, words and secrets of everything.
import type { Schema } from "../../provider/core/schema";
import { logics } from "../../provider/registry";
import { resourceSchema } from "../support/package-schema";
import type { ResourceSchema } from "../support/package-schema";

const resources: Record<string, ResourceSchema> = Object.fromEntries(
  Object.values(logics).map((logic) => [`telegram:index:${logic.type}`, resourceSchema(logic)]),
);

test.each(Object.entries(resources))("%s: every argument and fact has a type and a description", (_token, one) => {
  expect(one.description).not.toBe("");
  const all = Object.entries({ ...one.inputProperties, ...one.properties });
  expect(all.filter(([, property]) => !isTyped(property)).map(([name]) => name)).toEqual([]);
  expect(all.filter(([, { description }]) => description === "").map(([name]) => name)).toEqual([]);
});

test.each(Object.entries(resources))(
  "%s: what is required is declared, and every argument comes back",
  (_token, one) => {
    expect(Object.keys(one.inputProperties)).toEqual(expect.arrayContaining(one.requiredInputs));
    expect(Object.keys(one.properties)).toEqual(expect.arrayContaining(one.required));
    expect(Object.keys(one.properties)).toEqual(expect.arrayContaining(Object.keys(one.inputProperties)));
  },
);

test("the secrets are these and no others", () => {
  const found = Object.entries(resources).flatMap(([token, { properties }]) =>
    Object.entries(properties).flatMap(([name, property]) =>
      secretsIn(property, `${token.replace("telegram:index:", "")}.${name}`),
    ),
  );
  expect(found.sort()).toEqual([
    "AcmeAccount.eab",
    "AcmeAccount.existingKeyPem",
    "AcmeAccount.privateKeyPem",
    "CertificateAuthority.nextPrivateKeyPem",
    "CertificateAuthority.privateKeyPem",
    "DnsRecord.attempted",
    "DnsRecord.owned",
    "DnsRecord.via.cloudflare.apiToken",
    "DnsRecord.via.rfc2136.tsigSecret",
    "DnsRecord.via.route53.secretAccessKey",
    "ProxyRoute.on.ssh.privateKey",
    "ProxyRoute.secretTokens",
    "ProxyRoute.tls.pem.privateKeyPem",
    "ProxyRoute.upstreamSecret",
    "TelegramWebhook.owned",
    "TelegramWebhook.previousUrl",
    "TelegramWebhook.secretToken",
    "TelegramWebhook.token",
    "TlsCertificate.issuer.acme.account.privateKeyPem",
    "TlsCertificate.issuer.acme.challenge.dns01.via.cloudflare.apiToken",
    "TlsCertificate.issuer.acme.challenge.dns01.via.rfc2136.tsigSecret",
    "TlsCertificate.issuer.acme.challenge.dns01.via.route53.secretAccessKey",
    "TlsCertificate.issuer.acme.challenge.http01.on.ssh.privateKey",
    "TlsCertificate.issuer.privateCa.privateKeyPem",
    "TlsCertificate.nextPrivateKeyPem",
    "TlsCertificate.privateKeyPem",
    "WebhookSecret.accepted",
    "WebhookSecret.current",
  ]);
});

test("it is JSON", () => {
  const text = JSON.stringify(resources);
  expect(JSON.parse(text)).toEqual(resources);
  const counts = Object.entries(resources).map(([token, { inputProperties, properties }]) => {
    return `${token}: ${Object.keys(inputProperties).length} arguments, ${Object.keys(properties).length} properties`;
  });
  console.log(`${counts.join("\n")}\n${text.length} characters of JSON`);
});

/** Down to the leaves: an object says what it holds, a list its items. */
function isTyped({ type, enum: words, const: only, items, oneOf, properties }: Schema): boolean {
  if (oneOf) return oneOf.length > 0 && oneOf.every(isTyped);
  if (type === "array") return items !== undefined && isTyped(items);
  if (type === "object") return properties !== undefined && Object.values(properties).every(isTyped);
  return type !== undefined || words !== undefined || only !== undefined;
}

function secretsIn({ secret, oneOf = [], properties = {} }: Schema, at: string): string[] {
  if (secret) return [at];
  const below = Object.entries(properties).flatMap(([name, one]) => secretsIn(one, `${at}.${name}`));
  return [...below, ...oneOf.flatMap((one) => secretsIn(one, at))];
}
