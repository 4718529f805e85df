// Plays histories.json: random calls, updates, jumps of the clock and other writers, step by step for one bot.
import type { Bytes, RecordedAnswer, World } from "./data";
import { recording, unpack } from "./data";
import type { EndpointRow } from "./endpoint";
import { startEndpoint } from "./endpoint";
import type { Difference } from "./player";
import { Player } from "./player";
import { queueUpdates } from "./updates";
import type { RecordedCall } from "./wire";

type Step =
  | { call: RecordedCall; answer: number; varies?: unknown }
  | { queue: [string, number, number] }
  | { advance: number }
  | { outsider: "delete" };

interface Histories {
  world: World;
  boundary: string;
  files: Record<string, Bytes>;
  answers: RecordedAnswer[];
  live: {
    trusted: string;
    certificates: Record<string, { chain: string; key: string }>;
    endpoints: Record<string, EndpointRow & { a: string }>;
  };
  histories: { generator: string; seed: number; number: number; steps: Step[] }[];
}

/** Real seconds that passed between two steps of a history with live endpoints. */
const LIVE_STEP_SECONDS = 0.12;

/** `part` of `parts`: every so many'th history, so that several workers share them. */
export async function playHistories(): Promise<Difference[]> {
  const data = recording<Histories>("histories");
  const { boundary, answers, live } = data;
  const files = Object.fromEntries(Object.entries(data.files).map(([name, bytes]) => [name, unpack(bytes)]));
  const player = await Player.start("histories", data.world, { random: () => 0.25 });
  const endpoints = await Promise.all(
    Object.entries(live.endpoints).map(async ([name, row]) => {
      const endpoint = await startEndpoint(row, live.certificates[row.certificate ?? ""]);
      player.telegram.setHost(name, { shown: row.a, connect: `127.0.0.1:${endpoint.port}` });
      return endpoint;
    }),
  );
  player.telegram.trust(live.trusted);
  const play = async ({ generator, seed, number, steps }: Histories["histories"][number]) => {
    const isLive = generator === "live";
    const { id, token } = player.addBot();
    for (const [index, step] of steps.entries()) {
      if ("queue" in step) queueUpdates(player.telegram, id, step.queue);
      else if ("advance" in step) await player.telegram.clock.advance(step.advance);
      else if ("outsider" in step) await player.telegram.outsider(id).deleteWebhook();
      else {
        const got = await player.ask(token, step.call, files, boundary);
        const recorded = answers[step.answer];
        if (step.varies !== undefined || recorded === undefined) continue;
        const name = `${generator} ${seed} ${number}`;
        const what = `step ${index} ${step.call.method}`;
        const botId = { botId: id, lastError: isLive };
        if (!player.compare(name, what, step.call.method, recorded, got, botId)) break;
      }
      if (isLive) await player.telegram.clock.advance(LIVE_STEP_SECONDS);
    }
    await player.telegram.outsider(id).deleteWebhook();
  };
  try {
    for (const history of data.histories) await play(history);
    return player.differences;
  } finally {
    await player.close();
    for (const endpoint of endpoints) endpoint.close();
  }
}
