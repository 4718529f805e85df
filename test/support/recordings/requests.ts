// Plays requests.json: the bytes that an endpoint gets for a webhook's URL and settings, and for each kind of update.
import net from "node:net";
import { makeLeaf } from "../certificates";
import type { Bytes } from "./data";
import { recording, unpack } from "./data";
import type { Difference } from "./player";
import { Player } from "./player";
import { RawEndpoint } from "./raw-endpoint";

interface Requests {
  certificate: { names: string[] };
  cases: {
    name: string;
    setWebhook: Record<string, Bytes>;
    set: [status: number, description: string];
    last_error_message: string | null;
    pending_update_count: number;
    requests: { port: number; request: Bytes }[];
    varies?: unknown;
  }[];
  kinds_of_update: { kind: string; requests: Bytes[]; varies?: unknown }[];
}

type Update = Record<string, Record<string, unknown>>;

/** What stands for `<date>` in an update that is played. */
const DATE = "1796000000";
const ADDRESS = "8.8.4.4";

export async function playRequests(): Promise<Difference[]> {
  const data = recording<Requests>("requests");
  const isAddress = (name: string) => net.isIP(name) !== 0;
  const { names } = data.certificate;
  const { certificate, key } = await makeLeaf({
    names: names.filter((name) => !isAddress(name)),
    ips: names.filter(isAddress),
  });
  const player = await Player.start("requests", undefined, {
    resolveEverything: { shown: ADDRESS, connect: "127.0.0.1" },
  });
  player.telegram.trust(certificate);
  player.telegram.setHost(ADDRESS, { connect: "127.0.0.1" });
  const endpoint = await RawEndpoint.overTls({ cert: certificate, key });
  const ports = redirected(endpoint.port);
  const play = async (parameters: Record<string, string>, update: (botId: string) => Update) => {
    const { id, token } = player.addBot();
    endpoint.requests.length = ports.asked.length = 0;
    const call = { http: "POST", method: "setWebhook", encoding: "json", params: parameters };
    const answer = await player.ask(token, call);
    player.telegram.update(id, update(id));
    await player.telegram.clock.advance(0.7);
    const { pending, lastError } = player.telegram.state(id);
    await player.telegram.outsider(id).deleteWebhook({ drop_pending_updates: true });
    const { description } = JSON.parse(answer.body) as { description: string };
    return {
      set: [Number(answer.status.split(" ")[1]), description],
      last_error_message: lastError?.message ?? null,
      pending_update_count: pending,
      requests: endpoint.requests.map(({ bytes }) => ({ port: ports.asked[0], request: comparable(bytes, id) })),
    };
  };
  try {
    const usual = data.cases.flatMap(({ requests }) => requests)[0]?.request ?? "";
    for (const { name, setWebhook, set, last_error_message, pending_update_count, requests, varies } of data.cases) {
      if (varies !== undefined) continue;
      const parameters = Object.entries(setWebhook).map(([field, value]) => [field, textOf(value)]);
      const got = await play(Object.fromEntries(parameters) as Record<string, string>, (botId) =>
        updateIn(requests[0]?.request ?? usual, botId),
      );
      const sent = requests.map(({ port, request }) => ({ port, request: unpack(request).toString("latin1") }));
      const forms = [{ set, last_error_message, pending_update_count, requests: sent }, got];
      differ(player, name, "request", forms);
    }
    for (const { kind, requests, varies } of data.kinds_of_update) {
      if (varies !== undefined) continue;
      const [first = ""] = requests;
      const kinds = JSON.stringify(data.kinds_of_update.map((each) => each.kind));
      const [name = ""] = names;
      const target = /^POST (\S+) HTTP/.exec(unpack(first).toString("latin1"))?.[1] ?? "";
      const parameters = { url: `https://${name}${target}`, allowed_updates: kinds };
      const { requests: sent } = await play(parameters, (botId) => updateIn(first, botId));
      const forms = [requests.map((each) => unpack(each).toString("latin1")), sent.map(({ request }) => request)];
      differ(player, kind, "kind of update", forms);
    }
    return player.differences;
  } finally {
    ports.restore();
    await player.close();
    endpoint.close();
  }
}

function differ(player: Player, name: string, what: string, forms: unknown[]): void {
  const [want = "", got = ""] = forms.map((each) => JSON.stringify(each));
  if (want !== got) player.differ(name, what, want, got);
}

/** A parameter is plain text; only a long one is a list of parts. */
const textOf = (value: Bytes): string => (typeof value === "string" ? value : unpack(value).toString("latin1"));

/** The update in a recorded request, for a bot. */
function updateIn(request: Bytes, botId: string): Update {
  const text = unpack(request).toString("latin1");
  const body = text.slice(text.indexOf("\r\n\r\n") + 4);
  const filled = body.replaceAll("<date>", DATE).replaceAll("<bot>", botId).replace("<update_id>", "0");
  const { update_id: _, ...update } = JSON.parse(filled) as Update;
  return update;
}

/** A request with the placeholders of the recordings; its length only when it is the body's. */
function comparable(request: string, botId: string): string {
  const bodyLength = request.length - (request.indexOf("\r\n\r\n") + 4);
  return request
    .replace(`\r\nContent-Length: ${bodyLength}\r\n`, "\r\nContent-Length: <length>\r\n")
    .replace(/"update_id":\d+/, '"update_id":<update_id>')
    .replaceAll(DATE, "<date>")
    .replaceAll(botId, "<bot>");
}

/** Connections to this machine go to one port, whichever they ask for: nobody may listen on 443 here. */
function redirected(port: number): { asked: number[]; restore: () => void } {
  const connect = net.connect.bind(net);
  const asked: number[] = [];
  const replaced = (options: net.TcpNetConnectOpts) => {
    if (options.port === port || options.port > 9999) return connect(options);
    asked.push(options.port);
    return connect({ ...options, port });
  };
  net.connect = replaced as typeof net.connect;
  return { asked, restore: () => (net.connect = connect) };
}
