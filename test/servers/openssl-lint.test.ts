// The linter agrees with OpenSSL under the server's rules, and with a real handshake of the fake server's delivery.
import { execFileSync, spawn } from "node:child_process";
import type { ExecFileSyncOptionsWithStringEncoding } from "node:child_process";
import { lintCertificate } from "../../provider/probe/certificate-lint";
import { textFiles } from "../support/text-files";
import { fixtures, multipart, OK, until } from "../unit/testing/raw";
import { make, publicAuthority, rows } from "../unit/tls/lint-rows";
import type { Row } from "../unit/tls/lint-rows";

const start = fixtures();
const { file } = textFiles();

/** With the server's flags: whole chains, only the given anchors, level 2, an address as host name if something is uploaded. */
async function openssl({ served, upload }: Row, isAddress: boolean, host: string): Promise<boolean> {
  const [leaf = "", ...chain] = served;
  const trusted = upload ?? [(await publicAuthority()).pem];
  const isIpName = isAddress && upload === undefined;
  const args = ["verify", "-CAfile", file(trusted.join("")), "-no-CApath", "-no-CAstore", "-verify_depth", "10"];
  if (chain.length > 0) args.push("-untrusted", file(chain.join("")));
  args.push(
    "-purpose",
    "sslserver",
    "-auth_level",
    "2",
    isIpName ? "-verify_ip" : "-verify_hostname",
    host,
    file(leaf),
  );
  return new Promise((resolve, reject) => {
    const child = spawn("openssl", args, { stdio: "ignore" });
    child.on("error", reject).on("close", (code) => resolve(code === 0));
  });
}

/** Whether an update arrives; the fake server's words otherwise. */
async function delivery({ served, key, upload }: Row, host: string): Promise<boolean> {
  const bot = await start();
  const endpoint = await bot.endpoint(() => OK, { cert: served.join(""), key });
  bot.telegram.setHost(host, { connect: `127.0.0.1:${endpoint.port}` });
  bot.telegram.trust((await publicAuthority()).pem);
  const files: Record<string, string> = upload === undefined ? {} : { certificate: upload.join("") };
  await bot.raw("setWebhook", multipart({ url: `https://${host}/` }, files));
  bot.telegram.message(bot.id, { text: "hello" });
  const error = () => bot.telegram.state(bot.id).lastError?.message;
  const outcome = await until(() => (endpoint.requests.length === 1 ? "delivered" : error()), "an outcome");
  if (outcome !== "delivered") expect(outcome).toContain("certificate verify failed");
  return outcome === "delivered";
}

async function lint({ served, upload }: Row, host: string) {
  return lintCertificate({
    certificatePem: served.join(""),
    url: `https://${host}/tg/x`,
    uploaded: upload?.join("") ?? false,
    publicAuthorities: [(await publicAuthority()).pem],
  });
}

const hostOf = (kind: string, at: number) => (kind === "name" ? `r${at}.example.com` : `149.154.167.${at + 1}`);

test("the table has at least 30 rows, a third of which are accepted", () => {
  expect(rows.length).toBeGreaterThanOrEqual(45);
  expect(rows.filter(([, , isAccepted]) => isAccepted).length).toBeGreaterThan(rows.length / 3);
});

test.each(rows.map((row, at) => [...row, at] as const))(
  "%s (%s): accepted is %s for the linter, OpenSSL and a real handshake",
  async (_name, kind, isAccepted, build, at) => {
    const host = hostOf(kind, at);
    const row = await build(host);
    const [verdict, verified, delivered] = await Promise.all([
      lint(row, host),
      openssl(row, kind === "address", host),
      delivery(row, host),
    ]);
    expect({ linter: verdict.outcome, openssl: verified, delivered }).toEqual({
      linter: isAccepted ? "pass" : "fail",
      openssl: isAccepted,
      delivered: isAccepted,
    });
    expect(verdict.cure === undefined).toBe(isAccepted);
  },
);

test("every row that is refused says what was found and what to do", async () => {
  const words: Record<string, string[]> = {};
  for (const [at, [name, kind, isAccepted, build]] of rows.entries()) {
    if (isAccepted) continue;
    const host = hostOf(kind, at);
    const { says, cure = "" } = await lint(await build(host), host);
    const plain = (text: string) => text.replaceAll(host, "<host>").replace(/20\d\d-\d\d-\d\dT[\d:]+Z/g, "<time>");
    words[name] = [plain(says), plain(cure)];
  }
  expect(words).toMatchInlineSnapshot(`
   {
     "an address as IP name with another common name": [
       "The certificate names <host> as an IP name, which Telegram ignores in an upload.",
       "Make it with CN=<host> and no DNS name, or with SAN DNS:<host>.",
     ],
     "an address as common name beside a DNS name": [
       "The certificate names <host> as an IP name, which Telegram ignores in an upload.",
       "Make it with CN=<host> and no DNS name, or with SAN DNS:<host>.",
     ],
     "below eleven intermediates": [
       "Telegram does not trust the certificate: its chain is too long.",
       "Have it signed by an authority that may.",
     ],
     "of a private root for clients only": [
       "Telegram does not trust the certificate: "A private root" is not for servers (extendedKeyUsage has no serverAuth).",
       "Make it for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature.",
     ],
     "of a private root that expired": [
       "Telegram does not trust the certificate: "A private root" expired <time>.",
       "Renew "A private root", and check the clock.",
     ],
     "of a private root that is served and not uploaded": [
       "Telegram does not trust the certificate: "A private root" signed itself and is not trusted.",
       "Upload that root with the webhook.",
     ],
     "of a private root that may not sign": [
       "Telegram does not trust the certificate: "A private root" may not sign others.",
       "Have it signed by an authority that may.",
     ],
     "of a private root without keyCertSign": [
       "Telegram does not trust the certificate: "A private root" may not sign others.",
       "Have it signed by an authority that may.",
     ],
     "of a private root, another one uploaded": [
       "Telegram does not trust the certificate: its issuer "A private root" is neither served nor trusted.",
       "Serve the intermediates and upload the root; or upload nothing, if its root is public.",
     ],
     "of a private root, expired": [
       "Telegram does not trust the certificate: "<host>" expired <time>.",
       "Renew "<host>", and check the clock.",
     ],
     "of a private root, for another host": [
       "The certificate is not for <host>: it is for other.example.com.",
       "Make it for <host>.",
     ],
     "of a private root, the leaf uploaded": [
       "Telegram does not trust the certificate: its issuer "A private root" is neither served nor trusted.",
       "Upload the root of its authority too, since a certificate of an authority is no trust anchor; or nothing, if that is public.",
     ],
     "of a public root, expired": [
       "Telegram does not trust the certificate: "<host>" expired <time>.",
       "Renew "<host>", and check the clock.",
     ],
     "of a public root, for another host": [
       "The certificate is not for <host>: it is for other.example.com.",
       "Get one for <host>.",
     ],
     "of a public root, its intermediate missing": [
       "Telegram does not trust the certificate: its issuer "An intermediate" is neither served nor trusted.",
       "Serve its intermediates; if its authority is private, upload the root.",
     ],
     "of a public root, its leaf uploaded": [
       "Telegram does not trust the certificate: its issuer "A public root" is neither served nor trusted.",
       "Upload the root of its authority too, since a certificate of an authority is no trust anchor; or nothing, if that is public.",
     ],
     "of a public root, while a private root is uploaded": [
       "Telegram does not trust the certificate: its issuer "A public root" is neither served nor trusted.",
       "Serve the intermediates and upload the root; or upload nothing, if its root is public.",
     ],
     "of a public root, with an address as common name only": [
       "The certificate is not for <host> as an IP name: it is for <host>.",
       "Get one for <host> as an IP name.",
     ],
     "of the second root of its name in the upload, without key identifiers": [
       "Telegram does not trust the certificate: several trusted certificates bear the name "A private root", and without key identifiers only the first of them counts.",
       "Make certificates with subject and authority key identifiers, or upload only the one that is in use.",
     ],
     "self-signed for another host": [
       "The certificate is not for <host>: it is for other.example.com.",
       "Make it for <host>.",
     ],
     "self-signed with a wildcard one label too high": [
       "The certificate is not for <host>: it is for *.com.",
       "Make it for <host>.",
     ],
     "self-signed without key identifiers, the second of its name in the upload": [
       "Telegram does not trust the certificate: several trusted certificates bear the name "<host>", and without key identifiers only the first of them counts.",
       "Make certificates with subject and authority key identifiers, or upload only the one that is in use.",
     ],
     "self-signed, another one uploaded": [
       "Telegram does not trust the certificate: "<host>" signed itself and is not trusted.",
       "Upload the certificate that is served, or its root; or nothing, if its root is public.",
     ],
     "self-signed, expired": [
       "Telegram does not trust the certificate: "<host>" expired <time>.",
       "Renew "<host>", and check the clock.",
     ],
     "self-signed, for clients only": [
       "Telegram does not trust the certificate: "<host>" is not for servers (extendedKeyUsage has no serverAuth).",
       "Make it for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature.",
     ],
     "self-signed, may only sign others": [
       "Telegram does not trust the certificate: "<host>" may not be used in a handshake (keyUsage).",
       "Make it for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature.",
     ],
     "self-signed, not uploaded": [
       "Telegram does not trust the certificate: "<host>" signed itself and is not trusted.",
       "Upload it with the webhook.",
     ],
     "self-signed, not valid yet": [
       "Telegram does not trust the certificate: "<host>" is not valid before <time>.",
       "Renew "<host>", and check the clock.",
     ],
     "self-signed, the common name fits and the DNS name does not": [
       "The certificate is not for <host>: it is for other.example.com.",
       "Make it for <host>.",
     ],
     "with an expired intermediate": [
       "Telegram does not trust the certificate: "An intermediate" expired <time>.",
       "Renew "An intermediate", and check the clock.",
     ],
     "with an intermediate below a root that allows none": [
       "Telegram does not trust the certificate: "A private root" allows fewer authorities below it.",
       "Have it signed by an authority that may.",
     ],
     "with an intermediate that is missing": [
       "Telegram does not trust the certificate: its issuer "An intermediate" is neither served nor trusted.",
       "Serve the intermediates and upload the root; or upload nothing, if its root is public.",
     ],
     "with an intermediate that may not sign": [
       "Telegram does not trust the certificate: "An intermediate" may not sign others.",
       "Have it signed by an authority that may.",
     ],
     "with an intermediate without basicConstraints": [
       "Telegram does not trust the certificate: "An intermediate" may not sign others.",
       "Have it signed by an authority that may.",
     ],
     "with the full chain uploaded and no root": [
       "Telegram does not trust the certificate: its issuer "A private root" is neither served nor trusted.",
       "Upload the root of its authority too, since a certificate of an authority is no trust anchor; or nothing, if that is public.",
     ],
   }
  `);
});

test.each([
  ["a key of 1024 bits", ["-newkey", "rsa:1024"], "has a key of 1024 bits"],
  ["a key of 2048 bits", ["-newkey", "rsa:2048"], undefined],
  ["a P-192 key", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime192v1"], "has a key of 192 bits"],
  ["a P-224 key", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp224r1"], undefined],
])("%s: the linter agrees with OpenSSL at level 2", async (_, newKey, says) => {
  const names = ["-subj", "/CN=bot.example.com", "-addext", "subjectAltName=DNS:bot.example.com"];
  const made = ["req", "-x509", ...newKey, "-nodes", "-keyout", file(""), ...names];
  const pem = execFileSync("openssl", made, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const row = { served: [pem], key: "", upload: [pem] };
  const verdict = await lint(row, "bot.example.com");
  expect(await openssl(row, false, "bot.example.com")).toBe(says === undefined);
  expect([verdict.outcome, verdict.says.includes(says ?? "Telegram accepts it")]).toEqual([
    says ? "fail" : "pass",
    true,
  ]);
});

test.each(["-sha1", "-sha256"])(
  "a leaf that is signed with %s: the linter agrees with OpenSSL at level 2",
  async (hash) => {
    const root = await make({ cn: "A root", ca: true });
    const request = [
      "req",
      "-new",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-keyout",
      file(""),
      "-subj",
      "/CN=bot.example.com",
    ];
    const quietly: ExecFileSyncOptionsWithStringEncoding = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    const csr = file(execFileSync("openssl", request, quietly));
    const sign = ["x509", "-req", hash, "-in", csr, "-CA", file(root.pem), "-CAkey", file(root.key), "-days", "9"];
    const pem = execFileSync("openssl", sign, quietly);
    const row = { served: [pem], key: "", upload: [root.pem] };
    const isAccepted = hash === "-sha256";
    expect(await openssl(row, false, "bot.example.com")).toBe(isAccepted);
    expect((await lint(row, "bot.example.com")).outcome).toBe(isAccepted ? "pass" : "fail");
  },
);

describe("what one text tells", () => {
  const url = "https://bot.example.com/tg/x";

  test("an upload is served itself: one of its certificates must be accepted", async () => {
    const [old, own] = [
      await make({ cn: "bot.example.com", to: -1, from: -9 }),
      await make({ cn: "bot.example.com", dns: ["bot.example.com"] }),
    ];
    expect(lintCertificate({ certificatePem: old.pem + own.pem, url, uploaded: true }).outcome).toBe("pass");
    expect(lintCertificate({ certificatePem: old.pem, url, uploaded: true })).toMatchObject({
      outcome: "fail",
      says: expect.stringMatching(/"bot.example.com" expired 20/) as string,
    });
  });

  test("authorities alone do not tell for whom the served one is; with it they do", async () => {
    const root = await make({ cn: "A root", ca: true });
    const middle = await make({ cn: "An intermediate", ca: true, by: root });
    const leaf = await make({ cn: "bot.example.com", ca: false, by: middle });
    const of = (...all: { pem: string }[]) =>
      lintCertificate({ certificatePem: all.map(({ pem }) => pem).join(""), url, uploaded: true });
    const cannotTell = {
      outcome: "cannot tell",
      says: "What is uploaded holds authorities only, so the names of what is served are not known.",
      cure: "Serve a certificate of one of them for bot.example.com.",
    };
    expect([of(root), of(middle, root), of(root, middle)]).toEqual([cannotTell, cannotTell, cannotTell]);
    expect(of(leaf, middle, root)).toMatchObject({ outcome: "pass" });
    expect(of(leaf, root)).toMatchObject({ outcome: "fail" });
  });

  test("without an upload, an authority that Node.js does not have cannot be judged", async () => {
    const root = await make({ cn: "A root", ca: true });
    const leaf = await make({ cn: "bot.example.com", dns: ["bot.example.com"], by: root });
    const says =
      'Whether Telegram trusts the certificate cannot be told offline: its issuer "A root" is neither served nor trusted.';
    expect(lintCertificate({ certificatePem: leaf.pem, url, uploaded: false })).toMatchObject({
      outcome: "cannot tell",
      says,
    });
    const own = await make({ cn: "bot.example.com", dns: ["bot.example.com"] });
    expect(lintCertificate({ certificatePem: own.pem, url, uploaded: false }).outcome).toBe("fail");
  });

  test("without an upload, what is wrong whoever signed it is said all the same", async () => {
    const root = await make({ cn: "A root", ca: true });
    const old = await make({ cn: "bot.example.com", dns: ["bot.example.com"], from: -9, to: -1, by: root });
    const other = await make({ cn: "x", dns: ["other.example.com"], by: root });
    const of = (certificatePem: string) => lintCertificate({ certificatePem, url, uploaded: false });
    expect([of(old.pem), of(other.pem)]).toMatchObject([
      { outcome: "fail", says: expect.stringMatching(/"bot\.example\.com" expired 20/) as string },
      { outcome: "fail", says: "The certificate is not for bot.example.com: it is for other.example.com." },
    ]);
  });

  test("an upload of authorities none of which can be trusted is refused", async () => {
    const old = await make({ cn: "A root", ca: true, from: -9, to: -1 });
    const middle = await make({ cn: "An intermediate", ca: true, by: old });
    const of = (...all: { pem: string }[]) =>
      lintCertificate({ certificatePem: all.map(({ pem }) => pem).join(""), url, uploaded: true });
    expect([of(old), of(middle), of(old, await make({ cn: "A root", ca: true }))]).toMatchObject([
      { outcome: "fail", says: expect.stringMatching(/"A root" expired 20/) as string },
      {
        outcome: "fail",
        says: 'Telegram does not trust the certificate: its issuer "A root" is neither served nor trusted.',
      },
      { outcome: "cannot tell" },
    ]);
  });

  test("beside a root and a certificate for another host, a self-signed one for this host may be what is served", async () => {
    const root = await make({ cn: "A root", ca: true });
    const other = await make({ cn: "x", dns: ["other.example.com"], ca: false, by: root });
    const own = await make({ cn: "bot.example.com", dns: ["bot.example.com"] });
    const of = (...all: { pem: string }[]) =>
      lintCertificate({ certificatePem: all.map(({ pem }) => pem).join(""), url, uploaded: true }).outcome;
    expect([of(root, other, own), of(root, other), of(root, own)]).toEqual(["pass", "fail", "pass"]);
  });

  test("a text that cannot be judged says why", async () => {
    const { pem, key } = await make({ cn: "bot.example.com" });
    const says = (certificatePem: string, uploaded: boolean | string = true, at = url) =>
      lintCertificate({ certificatePem, url: at, uploaded }).says;
    expect([
      says("x"),
      says(pem + key),
      says(pem.replace("MII", "M!I")),
      says(pem, "y"),
      says(pem, true, "rubbish"),
      says(pem, true, "https://[::1]/"),
    ]).toEqual([
      "The certificate has no CERTIFICATE block in PEM.",
      "The certificate holds a private key.",
      "The certificate has a CERTIFICATE block that is cut off or damaged.",
      "What is uploaded has no CERTIFICATE block in PEM.",
      "The url has no host that Telegram delivers to.",
      "The url has no host that Telegram delivers to.",
    ]);
  });
});
