// Starts and ends the fake server: the Bot API on one port, its control on another, both on 127.0.0.1.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { handleApiRequest } from "./api";
import { ApiServer } from "./api-server";
import { handleControlRequest } from "./control";
import { resumeDelivery } from "./delivery";
import { runReply } from "./delivery-reply";
import { controlOf } from "./handle";
import type { Environment } from "./state";
import type { FakeTelegram, FakeTelegramOptions } from "./types";
import { World } from "./world";

/**
 * Starts a fake Telegram Bot API server in this process.
 *
 * It behaves like the real one towards clients (see README.md next to this file), delivers updates to webhooks,
 * and is controlled through the handle it gives, or with the same calls over HTTP. End it with `close()`.
 */
export async function startFakeTelegram(options: FakeTelegramOptions = {}): Promise<FakeTelegram> {
  const world = new World(options);
  world.onReply = (environment, response) => void runReply(world, environment, response);
  const api = new ApiServer((request, responder) => handleApiRequest(world, request, responder));
  const control = http.createServer((request, response) => {
    guarded(response, handleControlRequest(telegram, world, request, response));
  });
  const close = async () => {
    await Promise.all([api.close(), ended(control)]);
    for (const deliverer of [...world.deliverers]) deliverer.stop();
    world.clock.stop();
  };
  const restart = async () => {
    await api.close();
    world.restart();
    await api.listen(Number(new URL(telegram.apiUrl).port));
    for (const bot of world.bots.values()) for (const each of Object.values(bot.environments)) restore(world, each);
  };
  const telegram: FakeTelegram = { ...controlOf(world), apiUrl: "", controlUrl: "", restart, close };
  try {
    const apiUrl = `http://127.0.0.1:${await api.listen(options.port ?? 0)}`;
    const controlUrl = await listen(control, options.controlPort ?? 0);
    return Object.assign(telegram, { apiUrl, controlUrl });
  } catch (error) {
    await close();
    throw error;
  }
}

/** A restarted server loads every bot that has a webhook on disk. */
function restore(world: World, environment: Environment): void {
  if (environment.webhook === null) return;
  environment.load(world.clock.milliseconds(), "");
  resumeDelivery(world, environment);
}

function listen(server: http.Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}

function ended(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** A caller that goes away in the middle is no error of ours; any other failure ends its connection and is shown. */
function guarded(response: http.ServerResponse, work: Promise<void>): void {
  work.catch((error: NodeJS.ErrnoException) => {
    response.destroy();
    if (error.code !== "ECONNRESET" && error.code !== "ERR_STREAM_PREMATURE_CLOSE") console.error(error);
  });
}
