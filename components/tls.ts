// The entry point pulumi-telegram/tls: the outputs of a TlsCertificate, made by resources of the provider @pulumi/tls.
import "../provider/core/node-version";
import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type * as provider from "@pulumi/tls";
import { checkInputs } from "../provider/core/fields";
import { sha256 } from "../provider/core/hash";
import { refusal } from "../provider/host/voice";
import { choiceOf } from "../provider/core/choice";
import { certificateFields } from "../provider/tls/certificate/fields";
import type { CertificateInputs } from "../provider/tls/certificate/fields";
import { privateCa } from "../provider/tls/issuers/private-ca";
import { selfSigned as ownIssuer } from "../provider/tls/issuers/self-signed";
import { daysFindings } from "../provider/tls/rules";
import { isSelfSigned } from "../provider/x509/chain";
import type { KeyType } from "../provider/x509/make";
import { alternativeNamesFor, commonNameFor } from "../provider/x509/names";
import { blocksOf, certificatesIn, keyText } from "../provider/x509/pem";
import { timeText, validityOf } from "../provider/x509/period";

/** Who signs, exactly one. */
export type ProviderIssuer =
  { selfSigned: object } | { privateCa: { certificatePem: pulumi.Input<string>; privateKeyPem: pulumi.Input<string> } };

/** The arguments of a {@link ProviderTlsCertificate}: those of a TlsCertificate that @pulumi/tls can express. */
export interface ProviderTlsCertificateArgs {
  /** DNS names and IPv4 addresses, 1 to 100. Plain, since the subject follows from them. A change replaces. */
  names: string[];
  issuer: ProviderIssuer;
  /** Default ec-p256. A change replaces. */
  keyType?: "ec-p256" | "rsa-2048" | "rsa-4096";
  /** Days from making to end, 2 to 3650. Default 365. A change replaces. */
  validityDays?: number;
  /** The first `up` in the last so many days replaces the certificate. Default 30. */
  renewBeforeDays?: number;
}

const day = 24;

/**
 * A certificate for an endpoint that Telegram delivers to, made by @pulumi/tls, for programs that have its resources
 * already. That provider keeps no certificate of before and makes none in advance, so a renewal of a self-signed one is
 * not gapless: Telegram's deliveries fail until the webhook has uploaded the new one, and are sent again.
 */
export class ProviderTlsCertificate extends pulumi.ComponentResource {
  /** What the endpoint serves, PEM: the certificate, then the intermediates of its authority. */
  readonly certificatePem: pulumi.Output<string>;
  /** Its private key, PKCS#8 PEM, secret. */
  readonly privateKeyPem: pulumi.Output<string>;
  /** What the webhook uploads, PEM: the certificate itself, or the roots of its authority. */
  readonly uploadPem: pulumi.Output<string>;
  /** RFC 3339 UTC. */
  readonly notBefore: pulumi.Output<string>;
  /** RFC 3339 UTC. */
  readonly notAfter: pulumi.Output<string>;
  /** SHA-256 of the certificate (DER), hex. */
  readonly sha256: pulumi.Output<string>;

  constructor(name: string, args: ProviderTlsCertificateArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("telegram:index:ProviderTlsCertificate", name, {}, options);
    const settled = settle(name, args);
    const tls = load();
    const inside = { parent: this };
    const key = new tls.PrivateKey(`${name}-key`, keyOf(settled.keyType), inside);
    const { certPem, chain, roots } =
      "privateCa" in args.issuer
        ? signed(tls, name, settled, key, args.issuer.privateCa, inside)
        : { certPem: selfSigned(tls, name, settled, key, inside), chain: pulumi.output(""), roots: undefined };
    this.certificatePem = pulumi.concat(certPem, chain);
    this.privateKeyPem = pulumi.secret(key.privateKeyPemPkcs8);
    this.uploadPem = roots ?? certPem;
    this.notBefore = certPem.apply((pem) => timeText(validityOf(new X509Certificate(pem)).notBefore));
    this.notAfter = certPem.apply((pem) => timeText(validityOf(new X509Certificate(pem)).notAfter));
    this.sha256 = certPem.apply((pem) => sha256(new X509Certificate(pem).raw));
    this.registerOutputs({
      certificatePem: this.certificatePem,
      privateKeyPem: this.privateKeyPem,
      uploadPem: this.uploadPem,
      notBefore: this.notBefore,
      notAfter: this.notAfter,
      sha256: this.sha256,
    });
  }
}

/** Those of a TlsCertificate's issuers that @pulumi/tls has. */
const fields = certificateFields(choiceOf([ownIssuer, privateCa]));

type Settled = Required<Pick<CertificateInputs, "names" | "keyType" | "validityDays" | "renewBeforeDays">>;

/** Refuses what @pulumi/tls cannot express, and what a TlsCertificate refuses. */
function settle(name: string, args: ProviderTlsCertificateArgs): Settled {
  const refuse = (says: string) => refusal(`ProviderTlsCertificate ${name}: ${says}`);
  for (const argument of Object.keys(args)) {
    if (argument === "rotateTrigger") {
      throw refuse(
        "rotateTrigger is not offered, since @pulumi/tls trusts no certificate in advance; use TlsCertificate",
      );
    }
    if (!Object.hasOwn(fields, argument)) throw refuse(`has no argument "${argument}"`);
  }
  if (
    pulumi.Output.isInstance(args.names) ||
    !Array.isArray(args.names) ||
    args.names.some((one) => typeof one !== "string")
  ) {
    throw refuse("names must be plain texts, since the subject follows from them; use TlsCertificate for outputs");
  }
  const { issuer, ...given } = args;
  const isPrivateCa = typeof issuer === "object" && "privateCa" in issuer;
  const values = { ...given, issuer: isPrivateCa ? { selfSigned: {} } : issuer };
  const glance = { isUnknown: () => false, unknown: undefined, now: new Date(0) };
  const logic = {
    fields,
    check: ({ known }: { known: Partial<CertificateInputs> }) => daysFindings(known),
  };
  const { inputs, findings } = checkInputs<CertificateInputs, object>(logic, values, glance);
  const [problem] = findings;
  if (problem) throw refuse(`${problem.field} ${problem.says}`);
  return inputs as unknown as Settled;
}

function keyOf(keyType: KeyType): provider.PrivateKeyArgs {
  if (keyType === "ec-p256") return { algorithm: "ECDSA", ecdsaCurve: "P256" };
  return { algorithm: "RSA", rsaBits: keyType === "rsa-2048" ? 2048 : 4096 };
}

/** Names and days as @pulumi/tls takes them, by Telegram's rule for uploads. */
function common({ names, keyType, validityDays, renewBeforeDays }: Settled) {
  const { hosts, addresses } = alternativeNamesFor(names);
  const commonName = commonNameFor(names);
  return {
    subject: {
      subject: commonName === undefined ? {} : { commonName },
      ...(hosts.length > 0 && { dnsNames: hosts }),
      ...(addresses.length > 0 && { ipAddresses: addresses }),
    },
    // The provider's own words.
    uses: ["digital_signature", ...(keyType === "ec-p256" ? [] : ["key_encipherment"]), "server_auth"],
    days: { validityPeriodHours: validityDays * day, earlyRenewalHours: renewBeforeDays * day, setSubjectKeyId: true },
  };
}

type Tls = typeof provider;

function selfSigned(
  tls: Tls,
  name: string,
  settled: Settled,
  key: provider.PrivateKey,
  options: pulumi.ResourceOptions,
) {
  const { subject, days, uses } = common(settled);
  const allowedUses = [...uses, "cert_signing"];
  const certificate = new tls.SelfSignedCert(
    `${name}-certificate`,
    { privateKeyPem: key.privateKeyPem, ...subject, ...days, allowedUses, isCaCertificate: true },
    options,
  );
  return certificate.certPem;
}

function signed(
  tls: Tls,
  name: string,
  settled: Settled,
  key: provider.PrivateKey,
  authority: { certificatePem: pulumi.Input<string>; privateKeyPem: pulumi.Input<string> },
  options: pulumi.ResourceOptions,
) {
  const { subject, days, uses } = common(settled);
  const request = new tls.CertRequest(`${name}-request`, { privateKeyPem: key.privateKeyPem, ...subject }, options);
  const pem = pulumi.output(authority.certificatePem);
  const certificate = new tls.LocallySignedCert(
    `${name}-certificate`,
    {
      certRequestPem: request.certRequestPem,
      caCertPem: pem.apply((text) => `${blocksOf(text)[0] ?? ""}\n`),
      caPrivateKeyPem: pulumi.secret(authority.privateKeyPem).apply(keyText),
      ...days,
      allowedUses: uses,
    },
    options,
  );
  const part = (isRoot: boolean) =>
    pem.apply((text) => {
      const blocks = certificatesIn(text).filter((one) => isSelfSigned(one) === isRoot);
      return blocks.map(String).join("");
    });
  return { certPem: certificate.certPem, chain: part(false), roots: part(true) };
}

/** An optional peer: who does not use this entry point does not install it. */
function load(): Tls {
  try {
    return require("@pulumi/tls") as Tls;
  } catch (error) {
    if ((error as { code?: string }).code !== "MODULE_NOT_FOUND") throw error;
    throw refusal("pulumi-telegram/tls needs the package @pulumi/tls: npm install @pulumi/tls@^5");
  }
}
