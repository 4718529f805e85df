// A real ACME server of one's own: Pebble on free ports, with a certificate of its own and a DNS server that says what it is told. For tests.
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const os = require("node:os");
const path = require("node:path");
const { ensurePebble } = require("../pebble/ensure.js");
const { freePort } = require("./ports.js");
const { run, start } = require("./process.js");

const profiles = {
  classic: { description: "90 days", validityPeriod: 7_776_000 },
  shortlived: { description: "6 days", validityPeriod: 518_400 },
  weekly: { description: "7 days, by another name", validityPeriod: 604_800 },
};

/**
 * Resolves when orders are taken. `rejectedNonces`: percent of good nonces that are refused, default 0; `eab`: key identifiers to
 * their HMAC keys (base64url), without which no account is then made; `blocked`: names that are refused; `alternateRoots`: how many
 * roots beside the first; `reusedAuthorizations`: percent of orders that find their names proved already, default 0; `dns`: "ip:port"
 * of the server that is asked, instead of one of its own; `httpPort`, `tlsPort`: where http-01 and
 * tls-alpn-01 are looked for, default free ones.
 */
async function startPebble(options = {}) {
  const programs = await ensurePebble({ log: (line) => console.log(line) });
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-pebble-"));
  const running = [];
  const stop = async () => {
    for (const one of running) await one.stop();
    fs.rmSync(home, { recursive: true, force: true });
  };
  try {
    const certificate = await ownCertificate(home);
    const [listen, management, httpPort, tlsPort] = [
      await freePort(),
      await freePort(),
      options.httpPort ?? (await freePort()),
      options.tlsPort ?? (await freePort()),
    ];
    const config = path.join(home, "config.json");
    fs.writeFileSync(
      config,
      JSON.stringify({
        pebble: {
          listenAddress: `127.0.0.1:${listen}`,
          managementListenAddress: `127.0.0.1:${management}`,
          certificate: certificate.file,
          privateKey: certificate.keyFile,
          httpPort,
          tlsPort,
          externalAccountBindingRequired: options.eab !== undefined,
          externalAccountMACKeys: options.eab ?? {},
          domainBlocklist: options.blocked ?? [],
          retryAfter: { authz: 1, order: 1 },
          keyAlgorithm: "ecdsa",
          profiles,
        },
      }),
    );
    const answers = options.dns === undefined ? await startAnswers(programs, running, httpPort, tlsPort) : undefined;
    const env = {
      ...process.env,
      PEBBLE_VA_NOSLEEP: "1",
      PEBBLE_WFE_NONCEREJECT: String(options.rejectedNonces ?? 0),
      PEBBLE_AUTHZREUSE: String(options.reusedAuthorizations ?? 0),
      PEBBLE_ALTERNATE_ROOTS: String(options.alternateRoots ?? 0),
    };
    const pebble = start(programs.pebble, ["-config", config, "-dnsserver", options.dns ?? answers.dns], { env });
    running.push(pebble);
    await pebble.waitFor(/ACME directory available at/);
    const origin = `https://127.0.0.1:${management}`;
    const ask = (method, url, body) => request(https, method, `${origin}${url}`, { body, ca: certificate.pem });
    await untilAnswered(() => ask("GET", "/roots/0"));
    await untilAnswered(() => request(https, "GET", `https://127.0.0.1:${listen}/dir`, { ca: certificate.pem }));
    return {
      directoryUrl: `https://127.0.0.1:${listen}/dir`,
      /** What it shows to its clients: a file for NODE_EXTRA_CA_CERTS, and its text. */
      caFile: certificate.file,
      caPem: certificate.pem,
      httpPort,
      /** The root that signs, 0, or another one, PEM. */
      root: (at = 0) => ask("GET", `/roots/${at}`),
      /** What it is to say of the renewal of a certificate: a JSON text. */
      setRenewalInfo: (certificatePem, response) =>
        ask("POST", "/set-renewal-info/", JSON.stringify({ Certificate: certificatePem, ARIResponse: response })),
      /** Sets what its DNS server, or the server for challenges, answers: `answer("set-txt", { host, value })`. */
      answer: (command, body) =>
        request(http, "POST", `${answers.management}/${command}`, { body: JSON.stringify(body) }),
      log: () => pebble.output(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Answers DNS questions, and http-01 at `httpPort`. */
async function startAnswers(programs, running, httpPort, tlsPort) {
  const [dns, management] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const server = start(programs["pebble-challtestsrv"], [
    ...["-dnsserver", dns, "-management", management, "-http01", `127.0.0.1:${httpPort}`],
    ...["-tlsalpn01", `127.0.0.1:${tlsPort}`, "-https01", "", "-doh", "", "-defaultIPv6", ""],
  ]);
  running.push(server);
  await untilAnswered(() => request(http, "GET", `http://${management}/`));
  return { dns, management: `http://${management}` };
}

/** Of a key of its own, for 127.0.0.1 and localhost: whoever trusts it trusts this server only. */
async function ownCertificate(home) {
  const [file, keyFile] = [path.join(home, "cert.pem"), path.join(home, "key.pem")];
  const names = "subjectAltName=IP:127.0.0.1,DNS:localhost";
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", keyFile];
  const { code, stderr } = await run("openssl", [
    ...["req", "-x509", ...key, "-out", file, "-days", "2", "-subj", "/CN=Pebble of a test", "-addext", names],
  ]);
  if (code !== 0) throw new Error(`openssl ended with code ${code}: ${stderr}`);
  return { file, keyFile, pem: fs.readFileSync(file, "utf8") };
}

/** The body of an answer of 2xx; of any other it throws. */
function request(client, method, url, { body, ca } = {}) {
  return new Promise((resolve, reject) => {
    const headers = { "user-agent": "pulumi-telegram tests" };
    const sent = client.request(url, { method, headers, ca, agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part) => (text += part));
      answer.on("error", reject);
      answer.on("end", () =>
        answer.statusCode < 300 ? resolve(text) : reject(answered(`${url} answered ${answer.statusCode}: ${text}`)),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const answered = (message) => Object.assign(new Error(message), { isAnswer: true });

/** Whatever the answer is. */
async function untilAnswered(ask) {
  for (const end = Date.now() + 30_000; ;) {
    try {
      return await ask();
    } catch (error) {
      if (error.isAnswer) return undefined;
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

module.exports = { startPebble };
