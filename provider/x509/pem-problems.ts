// What is wrong with a text where certificates or a private key belong: one sentence with its cure, and nothing of the text.
import { blocksIn, isPrivateKey, readKey, textFlaw } from "./pem";
import { kindOf } from "./pem-kinds";
import type { TextKind } from "./pem-kinds";

const encodedTwice = "got PEM that is encoded in base64 once more, decode it: base64 -d";

const certificateWords: Record<TextKind, string> = {
  nothing: "must not be empty",
  certificate: "must be readable PEM; got a certificate that is none", // a text with one has another flaw
  "signing request": "must be a certificate; got a signing request, give what came back for it",
  "public key":
    "must be a certificate; got a public key, give the -----BEGIN CERTIFICATE----- block that was made with it",
  "SSH public key": "must be a certificate in PEM; got the public key of an SSH key",
  "PuTTY key": "must be a certificate in PEM; got a key of PuTTY",
  "PKCS#7": "must be PEM; got PKCS#7, convert it: openssl pkcs7 -print_certs -in cert.p7b -out cert.pem",
  "PKCS#12": "must be PEM; got PKCS#12, convert it: openssl pkcs12 -in cert.p12 -nokeys -out cert.pem",
  DER: "must be PEM; got DER, convert it: openssl x509 -inform der -in cert.der -out cert.pem",
  base64:
    "must be PEM with its lines; put -----BEGIN CERTIFICATE----- before the text and -----END CERTIFICATE----- after it",
  "PEM in base64": `must be PEM; ${encodedTwice}`,
  "file name": "must be the certificate itself, not its file's name; read the file",
  "something else": "must be PEM with a -----BEGIN CERTIFICATE----- block; got a text without one",
};

/** What is wrong with the certificates of a text, wherever they go. `words`: what one place says otherwise. */
export function certificatesProblem(text: string, words: { privateKey: string; nothing?: string }): string | undefined {
  const flaw = textFlaw(text);
  switch (flaw?.kind) {
    case undefined:
      return undefined;
    case "private key":
      return words.privateKey;
    case "no certificate": {
      const kind = kindOf(text);
      return (kind === "nothing" ? words.nothing : undefined) ?? certificateWords[kind];
    }
    case "damaged":
      return `must be readable PEM; certificate ${flaw.number} of ${flaw.count} is cut off or damaged, copy it again`;
  }
}

/** Who reads the key: a TLS server through OpenSSL, or OpenSSH. */
export type KeyUse = "tls" | "ssh";

const shapes: Record<KeyUse, string> = {
  tls: "must be a private key in PEM",
  ssh: "must be a private key in PEM or OpenSSH form",
};

const conversions: Record<KeyUse, { puttY: string; plain: string; missing: string }> = {
  tls: {
    puttY: "puttygen key.ppk -O private-openssh -o key && ssh-keygen -p -m PKCS8 -f key",
    plain: "openssl pkey -in key.pem -out plain.pem",
    missing: "got a text without one",
  },
  ssh: {
    puttY: "puttygen key.ppk -O private-openssh -o key",
    plain: "ssh-keygen -p -N '' -f <a copy of the key's file>",
    missing: "leave it out for the agent's",
  },
};

function otherKind(kind: TextKind, use: KeyUse): string {
  const [shape, how] = [shapes[use], conversions[use]];
  switch (kind) {
    case "nothing":
      return "must not be empty";
    case "certificate":
      return `${shape}; got a certificate, give the key that belongs to it`;
    case "signing request":
      return `${shape}; got a signing request, give the key with which it was made`;
    case "public key":
      return `${shape}; got a public key, give the private key that belongs to it`;
    case "SSH public key":
      return `${shape}; got the public key, give the file without .pub at its end`;
    case "PuTTY key":
      return `${shape}; got a key of PuTTY, convert it: ${how.puttY}`;
    case "PKCS#12":
      return `${shape}; got PKCS#12, convert it: openssl pkcs12 -in key.p12 -nocerts -nodes -out key.pem`;
    case "PKCS#7":
      return `${shape}; got PKCS#7, which holds certificates only`;
    case "DER":
      return `${shape}; got DER, convert it: openssl pkey -inform der -in key.der -out key.pem`;
    case "base64":
      return `${shape}; got base64 without its first and last line (-----BEGIN … PRIVATE KEY-----), copy the whole file`;
    case "PEM in base64":
      return `${shape}; ${encodedTwice}`;
    case "file name":
      return "must be the private key itself, not its file's name; read the file";
    case "something else":
      return `${shape}; ${how.missing}`;
  }
}

/** What is wrong with the private key of a text. */
export function privateKeyTextProblem(text: string, use: KeyUse): string | undefined {
  const keys = blocksIn(text).filter(isPrivateKey);
  const [key] = keys;
  if (key === undefined) return otherKind(kindOf(text), use);
  if (keys.length > 1) return `must hold one private key; got ${keys.length}, keep the one that is meant`;
  if (key.label.startsWith("ENCRYPTED") || key.isEncrypted) return encrypted(use);
  if (key.base64 === undefined) return damaged;
  if (key.label.startsWith("OPENSSH")) {
    const cipher = openSshCipher(Buffer.from(key.base64, "base64"));
    if (cipher === undefined) return damaged;
    if (use === "tls")
      return `${shapes.tls}; got OpenSSH's form, convert a copy of its file: ssh-keygen -p -m PKCS8 -N '' -f key`;
    return cipher === "none" ? undefined : encrypted("ssh");
  }
  return readKey(text) === undefined ? unreadable : undefined;
}

const damaged = "must be a whole private key; this one is cut off or damaged, copy it again";
const unreadable =
  "must be a private key that OpenSSL reads, which this one is not; compare it with its file: openssl pkey -noout -in key.pem";

function encrypted(use: KeyUse): string {
  const agent = use === "ssh" ? ", or leave it out and add the key to your agent: ssh-add" : "";
  return `must have no password, since nobody is there to type it; take it off: ${conversions[use].plain}${agent}`;
}

const openSshMagic = "openssh-key-v1\0";

/**
 * With what an OpenSSH key is encrypted, "none" if it is not; nothing if it is not whole.
 * Source: PROTOCOL.key of OpenSSH 9.2 (cipher, kdf, its options, number of keys, public key, private part), read Nov 2026.
 */
function openSshCipher(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, openSshMagic.length).toString("latin1") !== openSshMagic) return undefined;
  let at = openSshMagic.length;
  const next = (): Buffer | undefined => {
    if (at + 4 > bytes.length) return undefined;
    const start = at + 4;
    at = start + bytes.readUInt32BE(at);
    return at > bytes.length ? undefined : bytes.subarray(start, at);
  };
  const cipher = next()?.toString("latin1");
  const rest = [next(), next()];
  at += 4; // how many keys
  const keys = [next(), next()];
  // An authenticated cipher has its tag behind.
  return cipher === undefined || [...rest, ...keys].includes(undefined) ? undefined : cipher;
}
