// A process that is killed while it gets a certificate of an ACME server, before and after each of its steps: the next run ends well, with one order.
import { rmSync } from "node:fs";
import * as path from "node:path";
import type { AcmeFront } from "../support/acme-front";
import { acmeArgs, acmePlace, acmeStack } from "../support/acme-stack";
import { start } from "../support/process";
import { until } from "../support/until";

const place = acmePlace("127.53.41.3");
const top = path.join(__dirname, "..", "..");

/** What Pulumi's dynamic host does with a new resource, until it is killed. */
const program = `
const provider = require(process.argv[1]).TlsCertificate;
(async () => {
  await provider.configure({ config: { get: () => undefined } });
  const declared = { name: process.argv[3], values: {} };
  const { inputs, failures } = await provider.check({}, { ...JSON.parse(process.argv[2]), __declared: declared, __provider: "line" });
  if (failures.length > 0) throw new Error(JSON.stringify(failures));
  await provider.create({ ...inputs, __provider: "line" });
  console.log("made");
})();
`;
const steps = {
  directory: /^\/dir$/,
  order: /^\/order-plz$/,
  authorization: /^\/authZ\//,
  challenge: /^\/chalZ\//,
  finalize: /^\/finalize-order\//,
  certificate: /^\/certZ\//,
};
const points = Object.entries(steps).flatMap(([step, pattern]) =>
  [false, true].map((isSent) => ({ step, when: isSent ? "after" : "before", pattern, isSent })),
);

/** A process that gets a certificate, killed while the first request of this kind waits for its answer. */
async function killedAt(name: string, pattern: RegExp, isSent: boolean) {
  let isReached = false;
  place.front.fault({
    on: ({ path: at }) => pattern.test(at),
    times: Infinity,
    isSent,
    hold: async () => {
      isReached = true;
      await new Promise(() => undefined);
    },
    ...(!isSent && { reply: "drop" as const }),
  });
  const args = acmeArgs(place, name);
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: place.pebble.caFile, PULUMI_TELEGRAM_CACHE: place.cache };
  const command = ["-e", program, path.join(top, "dist", "provider"), JSON.stringify(args), name];
  const running = start(process.execPath, command, { env, cwd: top });
  await until(() => isReached);
  running.kill("SIGKILL");
  await running.ended;
  place.front.mend();
  expect(running.output()).not.toMatch(/PRIVATE KEY|made/);
  return args;
}

test.each(points)("killed $when the server gets the request for the $step", async ({ step, when, pattern, isSent }) => {
  const name = `${step}-${when}`;
  const args = await killedAt(name, pattern, isSent);
  const isBegun = place.orders().length > 0;
  expect(isBegun).toBe(!["directory", "order"].includes(step));
  const own = acmeStack(place);
  expect(await own.up(args, name)).toBe("created");
  expect(await place.challengesAt(name)).toEqual([]);
  expect(place.orders()).toEqual([]);
  // Of the orders that were answered there is one: once it is written down no other one is made.
  expect(place.front.seen.filter(isOrdered)).toHaveLength(1);
  expect(own.lines.join("\n").includes("goes on with the order that an earlier run left")).toBe(isBegun);
  await own.close();
});

const isOrdered = ({ path: at, status }: AcmeFront["seen"][number]) => at === "/order-plz" && status === 201;

test("where the journal is gone too, what the killed run published is harmless, and the certificate is ordered anew", async () => {
  const args = await killedAt("lost", steps.challenge, false);
  expect(await place.challengesAt("lost")).toHaveLength(1);
  rmSync(path.join(place.cache, "acme"), { recursive: true });
  const own = acmeStack(place);
  expect(await own.up(args, "lost")).toBe("created");
  expect(place.front.seen.filter(isOrdered)).toHaveLength(2);
  await own.close();
});
