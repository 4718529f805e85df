// A free port of an address of this machine, that nobody else takes before it is listened on.
const fs = require("node:fs");
const { createServer } = require("node:net");
const { randomInt } = require("node:crypto");

/** What Linux gives to connections and to those who ask for any port begins here; elsewhere it begins higher. */
const firstGiven = 32_768;
const first = 10_000;

/**
 * The port is picked below those that the system gives by itself: a connection or a server that starts meanwhile would
 * otherwise take it now and then.
 */
async function freePort(address = "127.0.0.1") {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(first, Math.min(firstGiven, firstOfSystem()));
    if (await isFree(port, address)) return port;
  }
  throw new Error(`no port of ${address} from ${first} on is free`);
}

function firstOfSystem() {
  try {
    const begin = Number(fs.readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").trim().split(/\s+/)[0]);
    return begin > first + 1000 ? begin : firstGiven;
  } catch {
    return firstGiven;
  }
}

function isFree(port, address) {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}

module.exports = { freePort };
