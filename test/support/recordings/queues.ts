// Plays queues.json: an endpoint that holds every request for two seconds, and in which wave each update of a queue is sent.
import { recording } from "./data";
import type { Difference } from "./player";
import { Player } from "./player";
import { TimedEndpoint, pass, responseOf } from "./timed-endpoint";
import { payload } from "./updates";

interface Queues {
  hold_seconds: number;
  cases: {
    case: string;
    max_connections: number;
    /** A delivery has succeeded just before. */
    warm: boolean;
    queued: [kind: string, chat: number, user: number][];
    sent: { kind: string; queued_as: number; wave: number }[];
    most_at_once: number;
    connections_opened_after: number;
    varies?: object;
  }[];
}

const STEP_SECONDS = 0.25;
/** Every kind that is recorded, also those that a bot gets only when it asks for them. */
const kindsOf = ({ cases }: Queues) => [...new Set(cases.flatMap(({ queued }) => queued.map(([kind]) => kind)))];

/** All cases at the same time: waiting for endpoints that hold their answers takes real time. */
export async function playQueues(): Promise<Difference[]> {
  const data = recording<Queues>("queues");
  const player = await Player.start("queues", undefined, { local: true });
  const { telegram } = player;
  const hold = data.hold_seconds;
  const behaviour = { answer: () => [{ after: hold, send: responseOf("200 OK") }] };
  const plays = await Promise.all(
    data.cases.map(async (recorded) => {
      const endpoint = await TimedEndpoint.start(telegram.clock, behaviour);
      return { recorded, endpoint, id: player.addBot().id, before: 0, opened: 0, updates: [] as number[] };
    }),
  );
  const run = (seconds: number) => {
    const endpoints = plays.map(({ endpoint }) => endpoint);
    return pass(telegram, endpoints, seconds, STEP_SECONDS);
  };
  try {
    for (const { id, endpoint, recorded } of plays) {
      const { max_connections } = recorded;
      const url = `http://127.0.0.1:${endpoint.port}/x`;
      await telegram.outsider(id).setWebhook({ url, max_connections, allowed_updates: kindsOf(data) });
    }
    await run(0.5);
    for (const { id, recorded } of plays) if (recorded.warm) telegram.message(id, { text: "before", chatId: 1001 });
    await run(hold + 0.5);
    for (const play of plays) {
      const { id, endpoint, recorded } = play;
      [play.before, play.opened] = [endpoint.requests.length, endpoint.connections.length];
      play.updates = recorded.queued.map(([kind, chat, user]) => {
        return telegram.update(id, { [kind]: payload(telegram, kind, chat, user) }).updateId;
      });
    }
    const begun = telegram.clock.now().getTime() / 1000;
    await run(hold * 6);
    for (const { recorded, endpoint, before, opened, updates } of plays) {
      const sent = endpoint.requests.slice(before).map(({ at, text }) => {
        const updateId = Number(/"update_id":(\d+)/.exec(text)?.[1]);
        return { queued_as: updates.indexOf(updateId), wave: Math.round((at - begun) / hold) };
      });
      const got = summaryOf(sent, recorded, endpoint.connections.length - opened);
      const want = summaryOf(recorded.sent, recorded, recorded.connections_opened_after);
      if (got !== want) player.differ(recorded.case, "waves", want, got);
    }
    return player.differences;
  } finally {
    await player.close();
    for (const { endpoint } of plays) endpoint.close();
  }
}

/** The waves, and what follows from them; without what was otherwise in the second run. */
function summaryOf(
  sent: { queued_as: number; wave: number }[],
  { queued, varies = {} }: Queues["cases"][number],
  connections_opened_after: number,
): string {
  const waves: number[][] = [];
  for (const { queued_as, wave } of sent) (waves[wave] ??= []).push(queued_as);
  const most_at_once = Math.max(...[...waves].map((wave) => wave?.length ?? 0));
  const all = {
    sent: [...waves].map((wave) => (wave ?? []).sort((a, b) => a - b).map((at) => `${queued[at]?.[0]} ${at}`)),
    most_at_once,
    connections_opened_after,
  };
  return JSON.stringify(Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(varies, name))));
}
