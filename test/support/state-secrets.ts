// Opens the secrets of a state in a test's stack, as `stack export --show-secrets` does, without a command for each look.
// Source: Pulumi's passphrase crypter: PBKDF2 with SHA-256 and a million rounds, then AES-256-GCM.
import { createDecipheriv, pbkdf2Sync } from "node:crypto";

const { encryptionSalt } = require("../../scripts/engine/stack.js") as { encryptionSalt: string };
const signature = "4dabf18193072939515e22adb298388d";
const tagBytes = 16;

const keys = new Map<string, Buffer>();

/** A third of a second: each is made once. */
function keyOf(passphrase: string): Buffer {
  const [, salt = ""] = encryptionSalt.split(":");
  const key = keys.get(passphrase) ?? pbkdf2Sync(passphrase, Buffer.from(salt, "base64"), 1_000_000, 32, "sha256");
  keys.set(passphrase, key);
  return key;
}

/** The same value with every secret in it in clear. */
export function opened(value: unknown, passphrase: string): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => opened(one, passphrase));
  if (signature in value && "ciphertext" in value) return JSON.parse(decrypted(String(value.ciphertext), passphrase));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, opened(one, passphrase)]));
}

function decrypted(text: string, passphrase: string): string {
  const [version, nonce = "", data = ""] = text.split(":");
  if (version !== "v1") throw new Error(`a secret of version ${version ?? ""}`);
  const bytes = Buffer.from(data, "base64");
  const cipher = createDecipheriv("aes-256-gcm", keyOf(passphrase), Buffer.from(nonce, "base64"));
  cipher.setAuthTag(bytes.subarray(-tagBytes));
  return Buffer.concat([cipher.update(bytes.subarray(0, -tagBytes)), cipher.final()]).toString("utf8");
}
