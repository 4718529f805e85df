// Plays timing.json: delays, time-outs, limits, caches, restarts and scenarios of overlapping calls, on the clock.
import { recording } from "./data";
import type { Difference } from "./player";
import { Player } from "./player";
import { playScenarios } from "./scenarios";
import { playEdges, playFirstContact, playHeadLimit, playRestart, playServerNames } from "./timing-edges";
import type { DeliveryTimes } from "./timing-deliveries";
import { playBrokenConnections, playRetries, playTimeouts, playTwoHours } from "./timing-deliveries";

/** What of timing.json is not played, and why. */
export const NOT_PLAYED: Record<string, string> = {
  killed: "what a killed process has on disk; the fake server keeps nothing outside its process",
};

type Part = (player: Player, data: never) => Promise<Difference[] | void>;

const local = { local: true, random: () => 0.5 };
/** The same numbers each time, spread over the range. */
const spread = () => {
  let state = 1;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
};

const PARTS: Record<string, [part: Part, options: () => object]> = {
  retries_real_time: [playRetries, () => local],
  retries_two_hours_virtual: [playTwoHours, () => ({ local: true, random: spread() })],
  timeouts_real_time: [playTimeouts, () => local],
  "error_0.25s_after_setWebhook_of_30": [playBrokenConnections, () => local],
  edges: [playEdges, () => ({ random: () => 0.5 })],
  first_contact: [playFirstContact, () => ({ newClientLimits: true })],
  sni: [playServerNames, () => ({})],
  request_head_limit: [playHeadLimit, () => local],
  restart: [playRestart, () => ({})],
  scenarios: [playScenarios, () => ({})],
};
const DESCRIPTION = ["server", "commit", "tdlib", "openssl"];

/** All parts at the same time, each on a clock of its own: most of the real time is spent waiting for silent endpoints. */
export async function playTiming(): Promise<Difference[]> {
  const data = recording<DeliveryTimes>("timing");
  const parts = Object.keys(data).filter((name) => !DESCRIPTION.includes(name) && !Object.hasOwn(NOT_PLAYED, name));
  return (await Promise.all(parts.map((name) => playPart(name, data)))).flat();
}

async function playPart(name: string, data: object): Promise<Difference[]> {
  const row = PARTS[name];
  if (row === undefined) {
    return [{ file: "timing", name, what: "part", recorded: "a part", answered: "not known to the player" }];
  }
  const [part, options] = row;
  const player = await Player.start("timing", undefined, options());
  try {
    const found = (await part(player, data as never)) ?? player.differences;
    return found.map((each) => ({ ...each, name: `${name}: ${each.name}` }));
  } finally {
    await player.close();
  }
}
