// Routes without Pulumi: checked as the host does, applied through the real lifecycle with a context that keeps its lines.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { checkInputs, inputsOf } from "../../provider/core/fields";
import type { OperationContext } from "../../provider/core/logic";
import { httpClient } from "../../provider/net/http";
import { sharedServices } from "../../provider/core/shared";
import { pause } from "../../provider/core/retry";
import type { RouteInputs, RouteState } from "../../provider/proxy/route/fields";
import { logics } from "../../provider/registry";

export const routeLogic = logics.ProxyRoute;
export const routeLifecycle = routeLogic.lifecycle({ ...sharedServices(), http: httpClient() });

export const glance = { isUnknown: () => false, unknown: "?", now: new Date() };

/** The arguments as they are stored; what check refuses is an error. */
export function routeOf(args: Record<string, unknown>): RouteInputs {
  const { inputs, findings } = checkInputs(routeLogic, args, glance);
  const problems = findings.filter(({ level }) => level === "problem");
  if (problems.length > 0) throw new Error(problems.map(({ field, says }) => `${field} ${says}`).join("; "));
  return inputsOf(routeLogic.fields, inputs);
}

/** The stack of these tests. */
export const thisStack = "organization/project/stack";

export function contextOf(lines: string[] = [], seconds = 60, owner = thisStack): OperationContext {
  const make = (limit: number): OperationContext => {
    const signal = AbortSignal.timeout(limit * 1000);
    return {
      name: "route",
      id: undefined,
      owner,
      now: () => new Date(),
      random: Math.random,
      randomBytes,
      log: (line) => void lines.push(line),
      warn: (line) => void lines.push(`warning: ${line}`),
      hide: () => undefined,
      signal,
      sleep: (time) => pause(time, signal),
      beyond: make,
      config: () => undefined,
    };
  };
  return make(seconds);
}

/** The same context with short seconds, for a proof that cannot come: a server that is still busy would need real ones. */
export function hurried(context: OperationContext): OperationContext {
  const began = Date.now();
  return { ...context, now: () => new Date(began + (Date.now() - began) * 10) };
}

/** Brings a route into force, and gives its state. */
export async function applyIn(
  context: OperationContext,
  inputs: RouteInputs,
  old?: RouteState,
  lifecycle = routeLifecycle,
): Promise<RouteState> {
  const applied = await lifecycle.apply(old, inputs, context);
  return { ...applied.inputs, ...applied.facts };
}

/** What a refresh sees of a route that is there and can be read. */
export async function readIn(
  context: OperationContext,
  state: RouteState,
  lifecycle = routeLifecycle,
): Promise<RouteState> {
  const seen = await lifecycle.read(state, context);
  if (seen === "gone" || "unreadable" in seen) throw new Error(`it was read otherwise: ${JSON.stringify(seen)}`);
  return { ...seen.inputs, ...seen.facts };
}

export const applyRoute = (inputs: RouteInputs, lines?: string[], old?: RouteState): Promise<RouteState> =>
  applyIn(contextOf(lines), inputs, old);

export async function readRoute(state: RouteState, lines?: string[]): Promise<RouteState | { unreadable: string }> {
  const read = await routeLifecycle.read(state, contextOf(lines));
  if (read === "gone" || "unreadable" in read) return read as { unreadable: string };
  return { ...read.inputs, ...read.facts };
}

export const removeRoute = (state: RouteState, lines?: string[]): Promise<void> =>
  routeLifecycle.remove(state, contextOf(lines), false);

/** What an operation that must fail says. */
export async function saidBy(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it did not fail");
}

/** The last thing that was seen, which is as expected or was seen 60 s later: nginx's workers take a moment to change. */
export async function inTheEnd<T>(look: () => Promise<T>, expected: T): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const seen = await look();
    if (JSON.stringify(seen) === JSON.stringify(expected) || Date.now() > end) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Another process of Node that applies a route with the built package. */
export function applyInProcess(inputs: object): ChildProcess {
  const dist = path.join(__dirname, "../../dist/provider");
  const source = `
    const { logics } = require(${JSON.stringify(path.join(dist, "registry.js"))});
    const { pause } = require(${JSON.stringify(path.join(dist, "core/retry.js"))});
    const signal = AbortSignal.timeout(60000);
    const context = { name: "route", owner: "${thisStack}", now: () => new Date(), random: Math.random, randomBytes: require("node:crypto").randomBytes,
      log() {}, warn() {}, hide() {}, signal, sleep: (seconds) => pause(seconds, signal), beyond: () => context, config() {} };
    logics.ProxyRoute.lifecycle().apply(undefined, JSON.parse(process.argv[1]), context)
      .then(() => process.exit(0), (error) => { console.error(error.message); process.exit(1); });`;
  return spawn(process.execPath, ["-e", source, JSON.stringify(inputs)], { stdio: ["ignore", "inherit", "inherit"] });
}
