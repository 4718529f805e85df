// The Worker of a WorkerEndpoint in workerd, the runtime of Cloudflare's Workers, and a front that changes from one version of it to the next as Cloudflare does.
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { gateCompatibilityDate, gateText } from "../../components/cloudflare/worker/text";
import { start } from "./process";
import { until } from "./until";

const top = path.join(__dirname, "..", "..");
const { ensureMiniflare } = require("../../scripts/miniflare/ensure.js") as { ensureMiniflare: () => Promise<string> };

export interface RunningWorker {
  /** Of 127.0.0.1, plain http, with nothing in front of workerd. */
  port: number;
  /** All that workerd has printed. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts the Worker with these bindings. `own`: the text of a Worker of the user's, which it is then bound to as `ORIGIN`. */
export async function startWorker(bindings: Record<string, string>, own?: string): Promise<RunningWorker> {
  const compatibilityDate = gateCompatibilityDate;
  const worker = {
    script: gateText(),
    compatibilityDate,
    bindings,
    ...(own !== undefined && { serviceBindings: { ORIGIN: "own" } }),
  };
  const others = own === undefined ? [] : [{ name: "own", script: own, compatibilityDate }];
  const input = JSON.stringify({ miniflare: await ensureMiniflare(), worker, others });
  const running = start(process.execPath, [path.join(top, "scripts", "miniflare", "serve.mjs")], { input });
  const [, port] = await running.waitFor(/^serving on port (\d+)$/);
  return { port: Number(port), log: running.output, stop: () => running.stop() };
}

export interface Rollout {
  port: number;
  /** Brings another version into force: for a while each request meets the old one or the new one, then only the new one. */
  to(worker: RunningWorker): Promise<void>;
  /** Ends the front; the Workers stay. */
  close(): Promise<void>;
}

/** A place where requests come in, with one Worker behind it at first. */
export async function startRollout(first: RunningWorker): Promise<Rollout> {
  let inForce = [first];
  let taken = 0;
  const server = http.createServer((request, response) => {
    passOn(inForce[(taken += 1) % inForce.length] ?? first, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    to: async (worker) => {
      inForce = [...inForce, worker];
      const end = taken + requestsOfMix;
      await until(() => taken >= end);
      inForce = [worker];
    },
    close: () => closed(server),
  };
}
const requestsOfMix = 100;

/** Cloudflare's own part of a request to a Worker's host: TLS, and the header that says who the client is. */
export async function startZone(
  worker: RunningWorker,
  { address, pem }: { address: string; pem: { certificatePem: string; privateKeyPem: string } },
): Promise<() => Promise<void>> {
  const server = https.createServer({ cert: pem.certificatePem, key: pem.privateKeyPem }, (request, response) => {
    request.headers["cf-connecting-ip"] = request.socket.remoteAddress;
    passOn(worker, request, response);
  });
  await new Promise<void>((resolve) => server.listen(443, address, resolve));
  return () => closed(server);
}

function passOn({ port }: RunningWorker, request: http.IncomingMessage, response: http.ServerResponse): void {
  const { method, url: target, headers } = request;
  const onward = http.request({ port, method, path: target, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 0, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

const closed = (server: http.Server | https.Server): Promise<void> =>
  new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections()));
