// Keys and certificates as people have them: made by openssl and ssh-keygen, and copied through whatever carries a text.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** What carries a text does to it: none of it changes what the text means. */
export const forms: Record<string, (text: string) => string> = {
  "as it is": (text) => text,
  "with CRLF": (text) => text.replaceAll("\n", "\r\n"),
  "with CR alone": (text) => text.replaceAll("\n", "\r"),
  "with a byte order mark": (text) => `\ufeff${text}`,
  "with a byte order mark and CRLF": (text) => `\ufeff${text.replaceAll("\n", "\r\n")}`,
  indented: (text) => text.replace(/^/gm, "    "),
  "indented by tabs": (text) => text.replace(/^/gm, "\t"),
  "with literal \\n": (text) => text.replaceAll("\n", "\\n"),
  "with literal \\r\\n": (text) => text.replaceAll("\n", "\\r\\n"),
  "with literal \\\\n": (text) => text.replaceAll("\n", "\\\\n"),
  "on one line": (text) => text.trim().replaceAll("\n", " "),
  "on one line without a blank": (text) => text.replaceAll("\n", ""),
  "with trailing spaces": (text) => text.replaceAll("\n", "  \n"),
  "with blank lines": (text) => text.replaceAll("\n", "\n\n"),
  "without its last line break": (text) => text.trim(),
  "with text around it": (text) => `# the bot's\nname = "x"\n${text}\nand more\n`,
  "in quotes": (text) => `"${text.trim()}"`,
  "with the attributes of openssl pkcs12": (text) =>
    `Bag Attributes\n    friendlyName: bot\n    localKeyID: 2B 8E 24\nKey Attributes: <No Attributes>\n${text}`,
  "with lines of 76": (text) =>
    text.replace(/(-----\n)([A-Za-z0-9+/=\n]+)/g, (_all, line: string, body: string) => {
      return `${line}${(body.replaceAll("\n", "").match(/.{1,76}/g) ?? []).join("\n")}\n`;
    }),
  "with lines that a backslash joins": (text) => text.replaceAll("\n", "\\\n"),
  "with no-break and zero-width spaces": (text) => text.replaceAll("\n", "\u00a0\u200b\n"),
};

/** What a machine's tools write; each has been made by the tool itself. */
export interface MadeTexts {
  certificate: string;
  certificateWithText: string;
  trustedCertificate: string;
  certificateOfPkcs12: string;
  pkcs7: string;
  request: string;
  key: string;
  keyWithParameters: string;
  keyOfPkcs12: string;
  allOfPkcs12: string;
  encryptedKey: string;
  encryptedOldKey: string;
  derKey: string;
  pkcs12: string;
  publicKey: string;
  otherKey: string;
  sshKey: string;
  sshRsaKey: string;
  sshRsaOpenSshKey: string;
  sshEncryptedKey: string;
  sshEncryptedRsaKey: string;
  sshPublicKey: string;
  sshPublicKeyRfc4716: string;
  puttyKey: string;
}

const puttyKey = `PuTTY-User-Key-File-3: ssh-ed25519
Encryption: none
Comment: eddsa-key-20261101
Public-Lines: 2
AAAAC3NzaC1lZDI1NTE5AAAAIDaAcRgDHmFsvFMyvzdYQWpqE8sHMVwTJAFl4yWB
oDXK
Private-Lines: 1
AAAAIG3u6Y5xDg0q4hJvO6jz8W1hZ6T0h3d1yQ0JZ7gk2v4C
Private-MAC: 9b1d1c0d2b6a9c1bb4f9d6a0a8f2a3c4
`;

/** All of them, made once; `name` is that of the certificate. */
export function makeTexts(name: string): MadeTexts {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "pulumi-telegram-forms-"));
  const run = (command: string, args: string, ...more: string[]) => {
    const { status, stderr } = spawnSync(command, [...args.split(" "), ...more], { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`${command} ${args}: ${stderr}`);
  };
  const openssl = (args: string) => run("openssl", args);
  const keygen = (args: string, password = "") => run("ssh-keygen", `-q ${args}`, "-C", "", "-N", password);
  const bytes = (file: string) => fs.readFileSync(path.join(folder, file));
  const text = (file: string) => bytes(file).toString("utf8");
  try {
    openssl("ecparam -name prime256v1 -genkey -out parameters.pem");
    openssl("pkcs8 -topk8 -nocrypt -in parameters.pem -out key.pem");
    openssl("ecparam -name prime256v1 -genkey -noout -out other.pem");
    openssl(`req -x509 -new -key key.pem -subj /CN=${name} -days 30 -addext subjectAltName=DNS:${name} -out cert.pem`);
    openssl("x509 -in cert.pem -text -out text.pem");
    openssl("x509 -in cert.pem -trustout -addtrust serverAuth -out trusted.pem");
    openssl(`req -new -key key.pem -subj /CN=${name} -out request.pem`);
    openssl("crl2pkcs7 -nocrl -certfile cert.pem -out cert.p7b");
    openssl("pkcs12 -export -name bot -inkey key.pem -in cert.pem -passout pass:x -out all.p12");
    openssl("pkcs12 -in all.p12 -passin pass:x -nokeys -out p12-cert.pem");
    openssl("pkcs12 -in all.p12 -passin pass:x -nodes -nocerts -out p12-key.pem");
    openssl("pkcs12 -in all.p12 -passin pass:x -nodes -out p12-all.pem");
    openssl("pkcs8 -topk8 -in key.pem -passout pass:x -out encrypted.pem");
    openssl("ec -aes256 -in key.pem -passout pass:x -out encrypted-old.pem");
    openssl("pkey -in key.pem -outform der -out key.der");
    openssl("pkey -in key.pem -pubout -out public.pem");
    keygen("-t ed25519 -f ssh");
    keygen("-t rsa -b 2048 -m PEM -f ssh-rsa");
    keygen("-t rsa -b 2048 -f ssh-rsa-new");
    keygen("-t ed25519 -f ssh-encrypted", "a-password");
    keygen("-t rsa -b 2048 -m PEM -f ssh-rsa-encrypted", "a-password");
    const { stdout } = spawnSync("ssh-keygen", ["-e", "-f", "ssh.pub"], { cwd: folder, encoding: "utf8" });
    return {
      certificate: text("cert.pem"),
      certificateWithText: text("text.pem"),
      trustedCertificate: text("trusted.pem"),
      certificateOfPkcs12: text("p12-cert.pem"),
      pkcs7: text("cert.p7b"),
      request: text("request.pem"),
      key: text("key.pem"),
      keyWithParameters: text("parameters.pem"),
      keyOfPkcs12: text("p12-key.pem"),
      allOfPkcs12: text("p12-all.pem"),
      encryptedKey: text("encrypted.pem"),
      encryptedOldKey: text("encrypted-old.pem"),
      derKey: text("key.der"),
      pkcs12: bytes("all.p12").toString("base64"),
      publicKey: text("public.pem"),
      otherKey: text("other.pem"),
      sshKey: text("ssh"),
      sshRsaKey: text("ssh-rsa"),
      sshRsaOpenSshKey: text("ssh-rsa-new"),
      sshEncryptedKey: text("ssh-encrypted"),
      sshEncryptedRsaKey: text("ssh-rsa-encrypted"),
      sshPublicKey: text("ssh.pub"),
      sshPublicKeyRfc4716: stdout,
      puttyKey,
    };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
