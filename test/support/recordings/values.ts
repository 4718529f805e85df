// Plays values.json and values-local.json: one call of a fresh bot, then getWebhookInfo 0.3 s later.
import type { Bytes, RecordedAnswer, World } from "./data";
import { recording, unpack } from "./data";
import type { Difference } from "./player";
import { Player, REFUSED } from "./player";
import type { RecordedCall } from "./wire";
import { queueUpdates } from "./updates";

interface Values {
  world: World;
  boundary: string;
  files: Record<string, Bytes>;
  cases: {
    group: string;
    value: string;
    request: RecordedCall;
    answer: RecordedAnswer;
    info: RecordedAnswer;
    queued?: [string, number, number][];
    varies?: unknown;
  }[];
}

export async function playValues(file: "values" | "values-local"): Promise<Difference[]> {
  const { world, boundary, files, cases } = recording<Values>(file);
  const contents = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, unpack(bytes)]));
  const player = await Player.start(file, world, { local: file === "values-local" });
  for (const address of addressesIn(cases)) {
    player.telegram.setHost(address, address.startsWith("127.") ? { connect: REFUSED } : { unanswered: true });
  }
  try {
    for (const { group, value, request, answer, info, queued = [], varies } of cases) {
      if (varies !== undefined) continue; // the real server answered otherwise the second time
      const name = `${group} ${value.slice(0, 60)}`;
      const { id, token } = player.addBot();
      for (const each of queued) queueUpdates(player.telegram, id, each);
      const got = await player.ask(token, request, contents, boundary);
      const isSame = player.compare(name, "answer", request.method, answer, got, { botId: id });
      await player.telegram.clock.advance(0.3);
      const lastError = unpack(info.body).includes('"ip_address":"8.8.4.4"');
      const then = await player.info(token);
      if (isSame) player.compare(name, "info", "getWebhookInfo", info, then, { botId: id, lastError });
      await player.telegram.outsider(id).deleteWebhook();
    }
    return player.differences;
  } finally {
    await player.close();
  }
}

/** Every address that a webhook has in the recording, but for the one that the world itself knows. */
function addressesIn(cases: Values["cases"]): string[] {
  const found = cases.map(({ info }) => /"ip_address":"([\d.]+)"/.exec(unpack(info.body).toString())?.[1]);
  return [...new Set(found)].filter((address): address is string => address !== undefined && address !== "8.8.4.4");
}
