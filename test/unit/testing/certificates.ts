// Certificates for the tests of TLS deliveries, made with the openssl command.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface KeyPair {
  certificate: string;
  key: string;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** A self-signed certificate; `san` as openssl writes it, none when left out, `DNS:<name>` by default. */
export function selfSigned(commonName: string, san: string | null = `DNS:${commonName}`, days = 30): KeyPair {
  return inFolder((folder) => {
    const names = san === null ? [] : ["-addext", `subjectAltName=${san}`];
    const subject = ["-subj", `/CN=${commonName}`, "-days", String(days)];
    run(folder, ["req", "-x509", ...KEY, "-keyout", "key.pem", "-out", "cert.pem", ...subject, ...names]);
    return read(folder, "cert.pem", "key.pem");
  });
}

/** A certificate authority and a certificate of it for a name. `days` 0 has expired. */
export function signed(name: string, days = 30): { authority: KeyPair; leaf: KeyPair } {
  return inFolder((folder) => {
    const authority = ["req", "-x509", ...KEY, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=A test authority"];
    run(folder, [...authority, "-days", "30"]);
    run(folder, ["req", ...KEY, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", `/CN=${name}`]);
    writeFileSync(join(folder, "names"), `subjectAltName=DNS:${name}`);
    const issuer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    run(folder, [
      "x509",
      "-req",
      "-in",
      "leaf.csr",
      "-out",
      "leaf.pem",
      ...issuer,
      "-days",
      String(days),
      "-extfile",
      "names",
    ]);
    return { authority: read(folder, "ca.pem", "ca.key"), leaf: read(folder, "leaf.pem", "leaf.key") };
  });
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "fake-telegram-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const run = (folder: string, words: string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });

const read = (folder: string, certificate: string, key: string): KeyPair => ({
  certificate: readFileSync(join(folder, certificate), "utf8"),
  key: readFileSync(join(folder, key), "utf8"),
});
