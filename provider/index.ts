// What the stored line of a resource loads in Pulumi's dynamic host: one provider for each class, by its name.
import "./core/node-version";
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { lazily } from "./core/lazy";
import { Ledger } from "./core/ledger";
import type { Logic } from "./core/logic";
import { pause } from "./core/retry";
import { sharedServices } from "./core/shared";
import { dynamicProvider } from "./host/dynamic";
import type { HostServices } from "./host/dynamic";
import { InFlight, ignoreClosedOutput, watchEngine } from "./host/watch";
import { httpClient } from "./net/http";
import { wayProblem } from "./net/proxies";
import { logics } from "./registry";

const inFlight = new InFlight();
const services: HostServices = {
  now: () => new Date(),
  random: Math.random,
  randomBytes: (size: number) => randomBytes(size),
  sleep: pause,
  write: (line: string) => console.log(line),
  http: httpClient(),
  wayProblem: (url: string) => wayProblem(url, { variables: process.env, ownName: hostname() }),
  ledger: new Ledger(),
  inFlight,
  ...sharedServices(),
};

// In the dynamic host, and only there, the first argument is the engine's address (an inline program's host has none).
const address = process.argv[2];
const isDynamicHost = process.argv[1]?.includes("dynamic-provider") ?? false;
if (isDynamicHost && address !== undefined && /:\d+$/.test(address)) {
  ignoreClosedOutput();
  watchEngine(address, inFlight, () => process.exit(1));
}

const names = Object.keys(logics) as (keyof typeof logics)[];
/** The stored line asks for one by its name: only that one is loaded. */
module.exports = lazily(
  Object.fromEntries(
    names.map((name) => [name, () => dynamicProvider(logics[name] as Logic<object, object>, services)]),
  ),
);
