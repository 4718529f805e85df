// Plays http.json: the bytes of a request at once on one connection, every byte of the answer, what the connection is then.
import type { Bytes, World } from "./data";
import { canonical, recording, unpack, withoutLastError } from "./data";
import type { Difference } from "./player";
import { Player } from "./player";
import { Wire } from "./wire";

interface RawRequests {
  world: World;
  cases: {
    name: string;
    request: Bytes;
    answer: Bytes;
    connection: "open" | "closed" | "open, no answer";
    info: Bytes;
    varies?: unknown;
  }[];
}

export async function playRawRequests(): Promise<Difference[]> {
  const { world, cases } = recording<RawRequests>("http");
  const player = await Player.start("http", world);
  try {
    for (const recorded of cases) if (recorded.varies === undefined) await playOne(player, recorded);
    return player.differences;
  } finally {
    await player.close();
  }
}

async function playOne(player: Player, recorded: RawRequests["cases"][number]): Promise<void> {
  const { id, token } = player.addBot();
  const wire = await Wire.open(player.telegram.apiUrl);
  // The fake server answers only to names of this machine, so that no web page can reach it.
  const text = unpack(recorded.request)
    .toString("latin1")
    .replace(/(\r?\n)Host: x(\r?\n)/g, "$1Host: localhost$2");
  wire.send(Buffer.from(placed(text, token), "latin1"));
  const want = unpack(recorded.answer).toString("latin1");
  const got: string[] = [];
  const answers = want.split(/(?=HTTP\/1\.1 \d{3} )/).filter((answer) => answer !== "").length;
  for (let i = 0; i < answers; i++) {
    const answer = await wire.answer();
    if (answer === undefined) break;
    got.push(`${[answer.status, ...answer.headers].join("\r\n")}\r\n\r\n${answer.body}`);
  }
  if (recorded.connection === "closed") await wire.ended(2000);
  const info = await player.info(token);
  const state = wire.state !== "open" ? "closed" : want === "" && wire.rest() === "" ? "open, no answer" : "open";
  wire.close();
  const forms = [want, got.join("") + wire.rest()].map((each) => comparable(each, id, token));
  if (forms[0] !== forms[1]) player.differ(recorded.name, "answer", forms[0] ?? "", forms[1] ?? "");
  else if (state !== recorded.connection) player.differ(recorded.name, "connection", recorded.connection, state);
  else {
    const infos = [unpack(recorded.info).toString("latin1"), canonical(info.body, id)].map(withoutLastError);
    if (infos[0] !== infos[1]) player.differ(recorded.name, "info", infos[0] ?? "", infos[1] ?? "");
  }
  await player.telegram.outsider(id).deleteWebhook();
}

const placed = (text: string, token: string) =>
  text.replaceAll("<token%>", token.replace(":", "%3A")).replaceAll("<token>", token);

/** Without lengths (a date or an id has another one), and of an account only what is Telegram's own. */
function comparable(text: string, id: string, token: string): string {
  return canonical(text.replaceAll(token, "<token>"), id)
    .replace(/(content-length): \d+/gi, (line, name: string) => (line.endsWith(": 0") ? line : `${name}: …`))
    .replace(/"id":<bot>,"is_bot":true.*/, (account) => (account.match(/"\w+":/g) ?? []).join());
}
