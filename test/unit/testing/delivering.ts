// A bot whose updates are delivered to an endpoint, on a clock that stands still, and what came of them.
import type { FakeTelegramOptions } from "../../../testing";
import type { Endpoint, Fixture, Responder } from "./raw";

export const BEGIN = new Date("2026-01-01T00:00:00Z");

export interface Delivering {
  bot: Fixture;
  endpoint: Endpoint;
  url: string;
}

/** Starts such a bot with a webhook at a new endpoint. */
export function delivering(start: (options: FakeTelegramOptions) => Promise<Fixture>) {
  return async (respond?: Responder, parameters: Record<string, unknown> = {}): Promise<Delivering> => {
    const bot = await start({ local: true, now: () => BEGIN, random: () => 0.5 });
    const endpoint = await bot.endpoint(respond);
    const url = `http://127.0.0.1:${endpoint.port}/hook`;
    await bot.call("setWebhook", { url, ...parameters });
    await bot.telegram.clock.advance(0);
    return { bot, endpoint, url };
  };
}

export const outcomesOf = (bot: Fixture) => bot.telegram.deliveries(bot.id).map(({ outcome }) => outcome);

/** When the attempts ended, in seconds since the beginning. */
export const timesOf = (bot: Fixture) =>
  bot.telegram.deliveries(bot.id).map(({ at }) => (Date.parse(at) - BEGIN.getTime()) / 1000);

/** The texts of the messages that an endpoint got. */
export const textsOf = (endpoint: Endpoint) =>
  endpoint.requests.map((request) => /"text":"([^"]*)"/.exec(request)?.[1]);
