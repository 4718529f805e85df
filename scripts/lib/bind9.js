// A real name server of one's own: bind9 with zones in a temporary folder, ended by pid. For tests and for `npm start`.
// named listens only on addresses that an interface has, and of 127.0.0.0/8 that is 127.0.0.1; so it runs there on a free
// port, and a door in this process takes what comes to the address that is wanted.
const { createSocket } = require("node:dgram");
const { once } = require("node:events");
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { connect, createServer } = require("node:net");
const { tmpdir } = require("node:os");
const path = require("node:path");
const { freePort } = require("./ports.js");
const { run, start } = require("./process.js");

/** Debian keeps servers where only root looks. */
const env = { ...process.env, PATH: [process.env.PATH, "/usr/sbin", "/sbin"].join(path.delimiter) };
/**
 * Resolves when all zones are served. `address`: loopback address to listen on; `port`: 53; `zones`: zone to its records, as in a
 * zone file, which `update` can change; `keys`: TSIG keys, name to secret in base64 (hmac-sha256) or to "hmac-sha512:" and that, of
 * which the first signs `update`, with which updates must then be signed; `slaves`: secondary zones, zone to the address of its primary;
 * `mayFollow`: asked before each transfer with what tells whether a name was asked for here, and answered; default: always.
 */
async function startBind9(options) {
  const { address, port = 53, zones, keys = {}, slaves = {}, mayFollow } = options;
  const folder = mkdtempSync(path.join(tmpdir(), "bind9-"));
  for (const [zone, records] of Object.entries(zones)) writeFileSync(path.join(folder, `${zone}.zone`), records);
  const inner = await freePort();
  const asked = [];
  const wasAsked = (name) => asked.some((question) => question.includes(wireName(name)));
  const gates = await openGates(slaves, mayFollow && (() => mayFollow(wasAsked)));
  const configured = path.join(folder, "named.conf");
  writeFileSync(configured, configuration(folder, inner, { ...options, slaves: gates.slaves }));
  const server = start("named", ["-g", "-4", "-n", "1", "-c", configured], { env });
  const stopServer = async () => {
    await server.stop();
    await gates.close();
    rmSync(folder, { recursive: true, force: true });
  };
  let door;
  try {
    await server.waitFor(/ running$/);
    if (server.output().includes("not loaded due to errors")) throw new Error("a zone has errors");
    if (!/listening on IPv4 interface/.test(server.output())) throw new Error(`named does not listen on port ${inner}`);
    door = await openDoor(
      address,
      port,
      { ip: "127.0.0.1", port: inner },
      { answered: (question) => asked.push(question) },
    );
  } catch (error) {
    await stopServer();
    throw new Error(`bind9 did not start on ${address}:${port}:\n${server.output()}`, { cause: error });
  }
  const [key] = Object.entries(keys).map(([name, secret]) => [name, ...keyParts(secret)]);
  return {
    address,
    port,
    behind: `127.0.0.1:${inner}`,
    async update(script) {
      const signed = key ? [`key ${key[1]}:${key[0]} ${key[2]}`] : [];
      const input = [`server ${address} ${port}`, ...signed, script, "send", ""].join("\n");
      const { code, stdout, stderr } = await run("nsupdate", [], { env, input, timeoutSeconds: 30 });
      if (code !== 0) throw new Error(`nsupdate ended with code ${code}: ${stdout}${stderr}`);
    },
    async stop() {
      await door.close();
      await stopServer();
    },
  };
}
function configuration(folder, port, { zones, keys = {}, slaves = {} }) {
  const signers = Object.keys(keys).map((name) => `key "${name}";`);
  const updaters = signers.length > 0 ? signers.join(" ") : "127.0.0.0/8;";
  return [
    `options {`,
    `  directory "${folder}"; managed-keys-directory "${folder}"; pid-file none; lock-file none; session-keyfile none;`,
    `  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };`,
    `  recursion no; dnssec-validation no; empty-zones-enable no; notify no; minimal-responses yes;`,
    `  min-refresh-time 1; min-retry-time 1;`, // a secondary looks as often as its zone's SOA record says
    `};`,
    `controls { };`,
    ...Object.entries(keys).map(([name, text]) => {
      const [algorithm, secret] = keyParts(text);
      return `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };`;
    }),
    ...Object.keys(zones).map(
      (zone) => `zone "${zone}" { type primary; file "${zone}.zone"; allow-update { ${updaters} }; };`,
    ),
    ...Object.entries(slaves).map(([zone, primary]) => {
      const [ip, primaryPort = "53"] = primary.split(":");
      return `zone "${zone}" { type secondary; file "${zone}.slave"; primaries { ${ip} port ${primaryPort}; }; };`;
    }),
    "",
  ].join("\n");
}
/** "hmac-sha512:c2VjcmV0" in its parts. */
function keyParts(text) {
  const [secret, algorithm = "hmac-sha256"] = text.split(":").reverse();
  return [algorithm, secret];
}
/** A name as questions have it, in lower case as we ask. */
function wireName(name) {
  return Buffer.concat(name.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]));
}
/** Where a secondary finds its primaries: through a door of its own each, which may be closed. */
async function openGates(slaves, mayPass) {
  if (!mayPass) return { slaves, close: () => undefined };
  const gates = await Promise.all(
    Object.entries(slaves).map(async ([zone, primary]) => {
      const [ip, port = "53"] = primary.split(":");
      const own = await freePort();
      const door = await openDoor("127.0.0.1", own, { ip, port: Number(port) }, { mayPass });
      return { entry: [zone, `127.0.0.1:${own}`], door };
    }),
  );
  return {
    slaves: Object.fromEntries(gates.map(({ entry }) => entry)),
    close: () => Promise.all(gates.map(({ door }) => door.close())),
  };
}
/** The answer REFUSED to a question. */
function refusal(question) {
  const answer = Buffer.from(question);
  answer[2] |= 0x80;
  answer[3] = (answer[3] & 0xf0) | 5;
  return answer;
}
/**
 * Hands on what comes to `address`:`port`, UDP and TCP, to the inner server, and the answers back. `answered` is told each question
 * over UDP once its answer is on the way; while `mayPass` says no, questions are refused.
 */
async function openDoor(address, port, inner, { answered = () => undefined, mayPass = () => true } = {}) {
  const open = new Set();
  const keep = (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => undefined); // whoever asked sees that no answer comes
    return socket;
  };
  const tcp = createServer((client) => {
    if (!mayPass()) return client.destroy();
    const server = keep(connect(inner.port, inner.ip));
    keep(client).pipe(server).pipe(client);
  });
  tcp.listen(port, address);
  await once(tcp, "listening");
  const udp = createSocket("udp4");
  udp.on("message", (question, client) => {
    if (!mayPass()) return udp.send(refusal(question), client.port, client.address);
    const server = keep(createSocket("udp4"));
    server.on("message", (answer) =>
      udp.send(answer, client.port, client.address, () => {
        answered(question);
        if (open.has(server)) server.close();
      }),
    );
    server.send(question, inner.port, inner.ip);
  });
  udp.bind(port, address);
  await once(udp, "listening");
  return {
    async close() {
      for (const socket of open) {
        if ("destroy" in socket) socket.destroy();
        else socket.close();
      }
      await Promise.all([new Promise((resolve) => tcp.close(resolve)), new Promise((resolve) => udp.close(resolve))]);
    },
  };
}

module.exports = { startBind9 };
