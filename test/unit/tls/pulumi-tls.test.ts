// The entry point pulumi-telegram/tls on mocks: which resources of @pulumi/tls it declares, its outputs, what it refuses.
import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "../../../components/tls";
import { TelegramWebhook } from "../../../index";
import { lintCertificate } from "../../../provider/probe/certificate-lint";
import { periodOf } from "../../../provider/tls/anchors";
import { registeredBy, valueOf } from "../../support/mocks";
import { makeLeaf, makeRoot, makeSelfSigned } from "../../../provider/x509/make";

const order = { keyType: "ec-p256", period: periodOf(new Date(), 30), randomBytes } as const;
const address = "149.154.167.220";

/** Runs a program on mocks: what it registered, by name, with the texts that the provider would make. */
async function declaredBy<T>(program: () => T, certPem: string) {
  const made = { privateKeyPem: "KEY", privateKeyPemPkcs8: "KEY-PKCS8", certPem, certRequestPem: "REQUEST" };
  const { children, result } = await registeredBy(program, { facts: new Proxy({}, { get: () => made }) });
  return { registered: Object.fromEntries(children.map(({ name, ...rest }) => [name, rest])), result };
}

/** The program of docs/tls-certificate.md. */
function example() {
  const certificate = new tls.ProviderTlsCertificate("bot", { names: [address], issuer: { selfSigned: {} } });
  const webhook = new TelegramWebhook("webhook", {
    token: "123456789:AAF0oBar-test_tokenThatIsNotReal123",
    url: `https://${address}:8443/tg/x`,
    certificate: certificate.uploadPem,
    secretToken: "a-secret",
  });
  return { certificate, webhook };
}

test("a self-signed one for an address: the address is the common name, and what is uploaded is the certificate", async () => {
  const { certificatePem } = await makeSelfSigned([address], order);
  const { registered, result } = await declaredBy(example, certificatePem);
  expect(registered["bot-key"]).toEqual({
    type: "tls:index/privateKey:PrivateKey",
    inputs: { algorithm: "ECDSA", ecdsaCurve: "P256" },
  });
  expect(registered["bot-certificate"]).toMatchObject({
    type: "tls:index/selfSignedCert:SelfSignedCert",
    inputs: {
      subject: { commonName: address },
      ipAddresses: [address],
      validityPeriodHours: 8760,
      earlyRenewalHours: 720,
      isCaCertificate: true,
      setSubjectKeyId: true,
      allowedUses: ["digital_signature", "server_auth", "cert_signing"],
    },
  });
  expect(registered["bot-certificate"]?.inputs).not.toHaveProperty("dnsNames");
  const { certificate } = result;
  expect(await valueOf(certificate.uploadPem)).toBe(certificatePem);
  expect(await valueOf(certificate.certificatePem)).toBe(certificatePem);
  expect([await valueOf(certificate.privateKeyPem), await pulumi.isSecret(certificate.privateKeyPem)]).toEqual([
    "KEY-PKCS8",
    true,
  ]);
  expect(await valueOf(certificate.notAfter)).toBe(order.period.notAfter.toISOString().replace(".000Z", "Z"));
  expect(await valueOf(certificate.sha256)).toMatch(/^[0-9a-f]{64}$/);
  expect(registered["webhook"]?.inputs["certificate"]).toBe(certificatePem);
  expect(lintCertificate({ certificatePem, url: `https://${address}/`, uploaded: true }).outcome).toBe("pass");
});

test("one of an authority: the first certificate signs, the roots are uploaded, several addresses are DNS names too", async () => {
  const [root, old] = [await makeRoot("A root", order), await makeRoot("A root", order)];
  const { certificatePem } = await makeLeaf(["a.example.com"], root, order);
  const authority = { certificatePem: root.certificatePem + old.certificatePem, privateKeyPem: root.privateKeyPem };
  const program = () =>
    new tls.ProviderTlsCertificate("bot", {
      names: [address, "A.example.com"],
      issuer: { privateCa: authority },
      keyType: "rsa-2048",
      validityDays: 90,
      renewBeforeDays: 10,
    });
  const { registered, result } = await declaredBy(program, certificatePem);
  expect(registered["bot-key"]?.inputs).toEqual({ algorithm: "RSA", rsaBits: 2048 });
  expect(registered["bot-request"]?.inputs).toMatchObject({
    subject: { commonName: "a.example.com" },
    dnsNames: ["a.example.com", address],
    ipAddresses: [address],
  });
  expect(registered["bot-certificate"]?.inputs).toMatchObject({
    caCertPem: root.certificatePem,
    certRequestPem: "REQUEST",
    validityPeriodHours: 2160,
    earlyRenewalHours: 240,
    allowedUses: ["digital_signature", "key_encipherment", "server_auth"],
  });
  expect(await valueOf(result.certificatePem)).toBe(certificatePem);
  expect(await valueOf(result.uploadPem)).toBe(root.certificatePem + old.certificatePem);
});

test.each<[object, string]>([
  [
    { rotateTrigger: "a" },
    "rotateTrigger is not offered, since @pulumi/tls trusts no certificate in advance; use TlsCertificate",
  ],
  [{ days: 3 }, 'has no argument "days"'],
  [
    { names: pulumi.output(["a.example.com"]) },
    "names must be plain texts, since the subject follows from them; use TlsCertificate for outputs",
  ],
  [{ names: ["localhost"] }, "names must hold DNS names and IPv4 addresses; item 1 has no dot, give the whole name"],
  [
    { issuer: { acme: {} } },
    'issuer must be { selfSigned: {} } or { privateCa: { certificatePem, privateKeyPem } }; got "acme"',
  ],
  [{ renewBeforeDays: 400 }, "renewBeforeDays must be less than validityDays (365); got 400"],
  [{ keyType: "ed25519" }, "keyType must be one of ec-p256, rsa-2048, rsa-4096"],
])("%# is refused before anything of @pulumi/tls is declared", async (args, says) => {
  const certificate = { names: ["a.example.com"], issuer: { selfSigned: {} }, ...args };
  const program = () => {
    expect(() => new tls.ProviderTlsCertificate("bot", certificate)).toThrow(`ProviderTlsCertificate bot: ${says}`);
  };
  const { registered } = await declaredBy(program, "");
  expect(Object.values(registered).filter(({ type }) => type.startsWith("tls:"))).toEqual([]);
});

test("without the package @pulumi/tls it says what to install", async () => {
  jest.doMock("@pulumi/tls", () => {
    throw Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
  });
  await registeredBy(() => {
    const make = () => new tls.ProviderTlsCertificate("bot", { names: ["a.example.com"], issuer: { selfSigned: {} } });
    expect(make).toThrow("pulumi-telegram/tls needs the package @pulumi/tls: npm install @pulumi/tls@^5");
  });
  jest.dontMock("@pulumi/tls");
});
