// Keys and certificates in every form that people have them in, at every place that takes one: read, compared and handed on.
import { randomBytes } from "node:crypto";
import { checkInputs, diffInputs } from "../../../provider/core/fields";
import { privateKeyProblem } from "../../../provider/proxy/rules";
import { filesOf } from "../../../provider/proxy/servers/nginx/files";
import type { RouteInputs } from "../../../provider/proxy/route/fields";
import { logics } from "../../../provider/registry";
import { sentWith } from "../../../provider/telegram/webhook/wire";
import type { WebhookSettings } from "../../../provider/telegram/webhook/wire";
import { makeLeaf } from "../../../provider/x509/make";
import { certificatesIn, keyText } from "../../../provider/x509/pem";
import { environmentOf } from "../../../components/endpoint/environment";
import { forms, makeTexts } from "../../support/pem-forms";
import type { MadeTexts } from "../../support/pem-forms";

type Values = Record<string, unknown>;
type AnyLogic = Parameters<typeof checkInputs<object, object>>[0] & Parameters<typeof diffInputs<object, object>>[0];

const name = "bots.example.com";
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDaAcRgDHmFsvFMyvzdYQWpqE8sHMVwTJAFl4yWBoDXK";
/** A day after they are made. */
const context = { isUnknown: () => false, unknown: undefined, now: new Date(Date.now() + 86_400_000) };

/** A place that takes a text: what is declared with it, and what is handed on of it. */
interface Place {
  logic: keyof typeof logics;
  /** The good text that belongs there, as its tool wrote it. */
  text: () => string;
  args: (text: string) => Values;
  handedOn: (inputs: never) => unknown;
}

let made: MadeTexts;
beforeAll(() => void (made = makeTexts(name)));

const webhook = { token: "123456789:AAabcdefghijklmnopqrstuvwxyz012345678", url: `https://${name}/tg` };
const route = {
  server: { nginx: {} },
  hostname: name,
  path: "/tg/4f1c9a",
  upstream: "http://127.0.0.1:8080",
  secretTokens: ["s"],
};
const listener = (given: Values) => ({
  ...route,
  attach: "listener",
  tls: { pem: { certificatePem: made.certificate, privateKeyPem: made.key, ...given } },
});
const authority = (given: Values) => ({
  names: [name],
  issuer: { privateCa: { certificatePem: made.certificate, privateKeyPem: made.key, ...given } },
});
const stamp = { owner: "organization/project/stack", routeId: "0".repeat(12), generation: "0".repeat(8) };
function written(inputs: RouteInputs): (string | undefined)[] {
  const { nginx } = inputs.server as Extract<RouteInputs["server"], { nginx: unknown }>;
  const files = filesOf(nginx, inputs, stamp);
  return [...files].filter(([file]) => file.endsWith(".pem")).map(([, text]) => text);
}
async function signed({ issuer }: { issuer: { privateCa: { certificatePem: string; privateKeyPem: string } } }) {
  const period = { notBefore: new Date(0), notAfter: new Date(1e12) };
  const leaf = await makeLeaf([name], issuer.privateCa, { keyType: "ec-p256", period, randomBytes });
  const [[one], [by]] = [certificatesIn(leaf.certificatePem), certificatesIn(made.certificate)];
  return by && one?.verify(by.publicKey);
}
const login = (privateKey: string) => ({
  ...route,
  attach: "location",
  on: { ssh: { host: name, hostKey, privateKey } },
});
const heldKey = ({ on }: { on: { ssh: { privateKey: string } } }) => keyText(on.ssh.privateKey);

const places: Record<string, Place> = {
  "an uploaded certificate": {
    logic: "TelegramWebhook",
    text: () => made.certificate,
    args: (certificate) => ({ ...webhook, certificate }),
    handedOn: (inputs: WebhookSettings) => sentWith(inputs, false).files,
  },
  "a listener's certificate": {
    logic: "ProxyRoute",
    text: () => made.certificate,
    args: (certificatePem) => listener({ certificatePem }),
    handedOn: written,
  },
  "a listener's key": {
    logic: "ProxyRoute",
    text: () => made.key,
    args: (privateKeyPem) => listener({ privateKeyPem }),
    handedOn: written,
  },
  "an authority's certificate": {
    logic: "TlsCertificate",
    text: () => made.certificate,
    args: (certificatePem) => authority({ certificatePem }),
    handedOn: signed,
  },
  "an authority's key": {
    logic: "TlsCertificate",
    text: () => made.key,
    args: (privateKeyPem) => authority({ privateKeyPem }),
    handedOn: signed,
  },
  "a key of SSH": { logic: "ProxyRoute", text: () => made.sshKey, args: login, handedOn: heldKey },
  "a key of SSH in PEM": { logic: "ProxyRoute", text: () => made.sshRsaKey, args: login, handedOn: heldKey },
};

function checked({ logic, args }: Place, text: string) {
  const { findings, inputs } = checkInputs(logics[logic] as unknown as AnyLogic, args(text), context);
  return {
    inputs,
    problems: findings.filter(({ level }) => level === "problem").map(({ field, says }) => `${field} ${says}`),
  };
}

describe.each(Object.entries(places))("%s", (_name, place) => {
  test.each(Object.entries(forms))(
    "%s is taken as it is meant, and no change to the same text in one piece",
    async (_form, copy) => {
      const [plain, copied] = [checked(place, place.text()), checked(place, copy(place.text()))];
      expect([plain.problems, copied.problems]).toEqual([[], []]);
      expect(await place.handedOn(copied.inputs as never)).toEqual(await place.handedOn(plain.inputs as never));
      const logic = { ...logics[place.logic], diff: undefined } as unknown as AnyLogic;
      expect(diffInputs(logic, plain.inputs, copied.inputs, context)).toEqual([]);
      expect(JSON.stringify(copied.inputs)).toContain(JSON.stringify(copy(place.text())));
    },
  );
});

test("another key, and another certificate, are a change", () => {
  const place = places["a key of SSH"] as Place;
  const [one, other] = [checked(place, made.sshKey), checked(place, made.sshRsaKey)];
  expect(diffInputs(logics.ProxyRoute as unknown as AnyLogic, one.inputs, other.inputs, context)).toContainEqual({
    field: "on",
    effect: "update",
  });
});

test.each<[string, keyof typeof places, keyof MadeTexts]>([
  ["a key with its parameters, of openssl ecparam,", "a listener's key", "keyWithParameters"],
  ["a key with attributes, of openssl pkcs12,", "a listener's key", "keyOfPkcs12"],
  ["a key beside its certificate, of openssl pkcs12,", "a listener's key", "allOfPkcs12"],
  ["a certificate with attributes, of openssl pkcs12,", "a listener's certificate", "certificateOfPkcs12"],
  ["a certificate in words, of openssl x509 -text,", "a listener's certificate", "certificateWithText"],
  ["a certificate with what it is trusted for", "a listener's certificate", "trustedCertificate"],
  ["a key with its parameters, of openssl ecparam,", "an authority's key", "keyWithParameters"],
  ["a key with attributes, of openssl pkcs12,", "an authority's key", "keyOfPkcs12"],
  ["a certificate with attributes, of openssl pkcs12,", "an authority's certificate", "certificateOfPkcs12"],
  ["a certificate in words, of openssl x509 -text,", "an authority's certificate", "certificateWithText"],
  ["a certificate with attributes, of openssl pkcs12,", "an uploaded certificate", "certificateOfPkcs12"],
  ["a certificate in words, of openssl x509 -text,", "an uploaded certificate", "certificateWithText"],
  ["a certificate with what it is trusted for", "an uploaded certificate", "trustedCertificate"],
  ["a key with its parameters, of openssl ecparam,", "a key of SSH", "keyWithParameters"],
  ["a key of RSA in OpenSSH's form", "a key of SSH", "sshRsaOpenSshKey"],
])("%s is taken as %s", async (_what, at, text) => {
  const place = places[at] as Place;
  const { problems, inputs } = checked(place, made[text]);
  expect(problems).toEqual([]);
  const handedOn = JSON.stringify(await place.handedOn(inputs as never));
  expect(handedOn).not.toMatch(/Bag Attributes|EC PARAMETERS|Issuer:|TRUSTED/);
});

test("the process of a bot that serves TLS is told the texts in normal form", () => {
  const form = forms["with literal \\n"] as (text: string) => string;
  const told = environmentOf(
    {
      ...{ url: webhook.url, path: "/tg", listen: "0.0.0.0:8443", upstream: undefined, token: undefined, apiUrl: "" },
      ...{ secretToken: undefined, accepted: [], ipAddress: undefined, maxConnections: 1, allowedUpdates: [] },
      ...{ certificatePem: form(made.certificate), privateKeyPem: form(made.key), uploadPem: form(made.certificate) },
    },
    undefined,
  );
  expect(told).toMatchObject({ WEBHOOK_CERTIFICATE_PEM: made.certificate, WEBHOOK_PRIVATE_KEY_PEM: made.key });
});

const tlsPassword =
  "must have no password, since nobody is there to type it; take it off: openssl pkey -in key.pem -out plain.pem";
const sshPassword =
  "must have no password, since nobody is there to type it; take it off: ssh-keygen -p -N '' -f <a copy of the key's file>, or leave it out and add the key to your agent: ssh-add";
const [inPem, inEither] = ["must be a private key in PEM", "must be a private key in PEM or OpenSSH form"];
const inBase64 = "got PEM that is encoded in base64 once more, decode it: base64 -d";
const damagedKey = "must be a whole private key; this one is cut off or damaged, copy it again";
const base64Of = (text: string) => Buffer.from(text).toString("base64");
const inner = (text: string) => text.replace(/-----[A-Z ]+-----/g, "").trim();
const halved = (text: string) => text.replace(/\n[^\n]+\n(?=-----END)/, "\n");

const listenersKey: [string, () => string, string][] = [
  ["an encrypted key", () => made.encryptedKey, tlsPassword],
  ["an encrypted key on one line", () => made.encryptedKey.replaceAll("\n", " "), tlsPassword],
  ["a key that is encrypted in the old way", () => made.encryptedOldKey, tlsPassword],
  ["the same with literal \\n", () => made.encryptedOldKey.replaceAll("\n", "\\n"), tlsPassword],
  ["its certificate", () => made.certificate, `${inPem}; got a certificate, give the key that belongs to it`],
  ["a request", () => made.request, `${inPem}; got a signing request, give the key with which it was made`],
  ["its public key", () => made.publicKey, `${inPem}; got a public key, give the private key that belongs to it`],
  ["a key of SSH", () => made.sshKey, `${inPem}; got OpenSSH's form, convert a copy of its file: ssh-keygen -p -m PKCS8 -N '' -f key`],
  ["a key of PuTTY", () => made.puttyKey, `${inPem}; got a key of PuTTY, convert it: puttygen key.ppk -O private-openssh -o key && ssh-keygen -p -m PKCS8 -f key`],
  ["PKCS#12", () => made.pkcs12, `${inPem}; got PKCS#12, convert it: openssl pkcs12 -in key.p12 -nocerts -nodes -out key.pem`],
  ["PKCS#7", () => made.pkcs7, `${inPem}; got PKCS#7, which holds certificates only`],
  ["DER", () => made.derKey, `${inPem}; got DER, convert it: openssl pkey -inform der -in key.der -out key.pem`],
  ["base64 alone", () => inner(made.key), `${inPem}; got base64 without its first and last line (-----BEGIN … PRIVATE KEY-----), copy the whole file`],
  ["PEM in base64", () => base64Of(made.key), `${inPem}; ${inBase64}`],
  ["a file's name", () => "/etc/ssl/private/bot.key", "must be the private key itself, not its file's name; read the file"],
  ["a file's name at home", () => "~/.ssh/id_ed25519", "must be the private key itself, not its file's name; read the file"],
  ["nothing", () => " \n", "must not be empty"],
  ["another text", () => "hunter2", `${inPem}; got a text without one`],
  ["two keys", () => made.key + made.otherKey, "must hold one private key; got 2, keep the one that is meant"],
  ["a key that is cut off", () => made.key.slice(0, 120), damagedKey],
  ["a key with a strange sign", () => made.key.replace("MIG", "M*G"), damagedKey],
  ["a key that lacks a line", () => halved(made.key), "must be a private key that OpenSSL reads, which this one is not; compare it with its file: openssl pkey -noout -in key.pem"],
]; // prettier-ignore

test.each(listenersKey)(
  "%s in the place of a listener's key is told for what it is, with the cure",
  (_what, text, says) => {
    const { problems } = checked(places["a listener's key"] as Place, text());
    expect(problems).toEqual([`tls has pem.privateKeyPem, which ${says}`]);
    const atTheAuthority = checked(places["an authority's key"] as Place, text());
    expect(atTheAuthority.problems).toEqual([`issuer has privateCa.privateKeyPem, which ${says}`]);
  },
);

const sshsKey: [string, () => string, string][] = [
  ["a key with a password", () => made.sshEncryptedKey, sshPassword],
  ["the same with CRLF", () => made.sshEncryptedKey.replaceAll("\n", "\r\n"), sshPassword],
  ["a key in PEM with a password", () => made.sshEncryptedRsaKey, sshPassword],
  ["the public key", () => made.sshPublicKey, `${inEither}; got the public key, give the file without .pub at its end`],
  ["the public key in RFC 4716's form", () => made.sshPublicKeyRfc4716, `${inEither}; got the public key, give the file without .pub at its end`],
  ["a key of PuTTY", () => made.puttyKey, `${inEither}; got a key of PuTTY, convert it: puttygen key.ppk -O private-openssh -o key`],
  ["a key that lacks a line", () => halved(made.sshKey), damagedKey],
  ["a key that is cut off", () => made.sshKey.slice(0, 150), damagedKey],
  ["a file's name", () => "/home/deploy/.ssh/id_ed25519", "must be the private key itself, not its file's name; read the file"],
  ["PEM in base64", () => base64Of(made.sshKey), `${inEither}; ${inBase64}`],
  ["another text", () => "hunter2", `${inEither}; leave it out for the agent's`],
]; // prettier-ignore

test.each(sshsKey)("%s in the place of a key of SSH is told for what it is, with the cure", (_what, text, says) => {
  const { problems } = checked(places["a key of SSH"] as Place, text());
  expect(problems).toEqual([`on has ssh.privateKey, which ${says}`]);
});

const certificates: [string, () => string, string][] = [
  ["a request", () => made.request, "must be a certificate; got a signing request, give what came back for it"],
  ["a public key", () => made.publicKey, "must be a certificate; got a public key, give the -----BEGIN CERTIFICATE----- block that was made with it"],
  ["the public key of an SSH key", () => made.sshPublicKey, "must be a certificate in PEM; got the public key of an SSH key"],
  ["PKCS#7", () => made.pkcs7, "must be PEM; got PKCS#7, convert it: openssl pkcs7 -print_certs -in cert.p7b -out cert.pem"],
  ["PKCS#12", () => made.pkcs12, "must be PEM; got PKCS#12, convert it: openssl pkcs12 -in cert.p12 -nokeys -out cert.pem"],
  ["PEM in base64", () => base64Of(made.certificate), `must be PEM; ${inBase64}`],
  ["base64 alone", () => inner(made.certificate), "must be PEM with its lines; put -----BEGIN CERTIFICATE----- before the text and -----END CERTIFICATE----- after it"],
  ["a file's name", () => "/etc/ssl/fullchain.pem", "must be the certificate itself, not its file's name; read the file"],
  ["a certificate that is cut off before a whole one", () => made.certificate.slice(0, 200) + made.certificate, "must be readable PEM; certificate 1 of 2 is cut off or damaged, copy it again"],
]; // prettier-ignore

test.each(certificates)(
  "%s in the place of a certificate is told for what it is, with the cure",
  (_what, text, says) => {
    const said = ["an uploaded certificate", "a listener's certificate", "an authority's certificate"].map(
      (place) => checked(places[place] as Place, text()).problems,
    );
    expect(said).toEqual([
      [`certificate ${says}`],
      [`tls has pem.certificatePem, which ${says}`],
      [`issuer has privateCa.certificatePem, which ${says}`],
    ]);
  },
);

test("a private key beside a certificate is refused where a certificate is not secret, in every form", () => {
  for (const copy of Object.values(forms)) {
    const text = copy(made.certificate + made.key);
    const said = ["an uploaded certificate", "a listener's certificate", "an authority's certificate"].flatMap(
      (place) => checked(places[place] as Place, text).problems,
    );
    expect(said).toEqual([
      "certificate must not hold a private key, which would be sent to Telegram; give the CERTIFICATE block only",
      "tls has pem.certificatePem, which must hold no private key, which would not be secret there; it goes to privateKeyPem",
      "issuer has privateCa.certificatePem, which must hold certificates only, since it is not secret; the private key goes to privateKeyPem",
    ]);
  }
});

test("no refusal shows anything of a key", () => {
  const texts = (Object.values(made) as string[]).filter((text) => /PRIVATE|Private/.test(text));
  for (const text of texts.map((one) => one.slice(0, -60))) {
    expect(privateKeyProblem(text) ?? "").not.toMatch(/[A-Za-z0-9+/]{25}/);
  }
});
