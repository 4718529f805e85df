// Plays what timing.json has of limits: slots, caches, lifetimes, new bots of one address, TLS names, long heads, a restart.
import { callThrough, startCall } from "./calls";
import { canonical } from "./data";
import type { Player } from "./player";
import { REFUSED } from "./player";
import { TimedEndpoint, always, pass } from "./timed-endpoint";
import { live } from "./timing-deliveries";
import { queueUpdates } from "./updates";

type After = [seconds: number, answer: unknown][];

export interface Limits {
  edges: { what: string; seconds_then: After | [string, string][]; looked_at?: number[] }[];
  first_contact: { what: string; answers: (number | boolean | [number, string, number])[] }[];
  sni: { url: string; server_name_sent: string | null; last_error_message: string | null }[];
  request_head_limit: { secret_length: number; longest_path_sent: number; head_bytes: number; one_more: null }[];
  restart: {
    set: Record<string, Record<string, unknown>>;
    queued: Record<string, number>;
    before: Record<string, object>;
    after_restart: Record<string, object>;
    full_set_again: object;
    delivered_after: [string, boolean][];
  };
}

const flat = (value: unknown) => JSON.stringify(value);
const ok = () => live().certificates.ok as { chain: string; key: string };

/** The answers after so many seconds, each for a bot that did nothing else. Within `unsure` of `edge` is not compared. */
async function compareAfter(
  player: Player,
  what: string,
  recorded: After,
  isUnsure: (seconds: number) => boolean,
  answerAfter: (seconds: number) => Promise<unknown>,
): Promise<void> {
  for (const [seconds, want] of recorded) {
    const got = await answerAfter(seconds);
    if (!isUnsure(seconds) && flat(got) !== flat(want))
      player.differ(`${what}: ${seconds} s`, "edge", flat(want), flat(got));
  }
}

const EDGES: Record<string, (player: Player, rows: After, what: string, lookedAt: number[]) => Promise<void>> = {
  "setWebhook accepted, then another setWebhook with another url": (player, rows, what) =>
    compareAfter(
      player,
      what,
      rows,
      (seconds) => Math.abs(seconds - 1) <= 0.05,
      (seconds) => {
        return secondSet(player, seconds, "setWebhook", { url: "https://edge.example.test/first" });
      },
    ),
  "deleteWebhook, then setWebhook": (player, rows, what) =>
    compareAfter(
      player,
      what,
      rows,
      () => false,
      (seconds) => secondSet(player, seconds, "deleteWebhook", {}),
    ),
  "getUpdates (no timeout, no updates), then getUpdates again": (player, rows, what) =>
    compareAfter(
      player,
      what,
      rows,
      () => false,
      async (seconds) => {
        const { token } = player.addBot();
        await callThrough(player.telegram, token, "getUpdates");
        await player.telegram.clock.advance(seconds);
        const { took } = await callThrough(player.telegram, token, "getUpdates");
        return `answered after ${took.toFixed(1)} s`;
      },
    ),
  "a name did not resolve at setWebhook; it resolves from then on; setWebhook again": (player, rows, what) =>
    compareAfter(
      player,
      what,
      rows,
      (seconds) => Math.abs(seconds - 300) < 1,
      (seconds) => afterLookup(player, seconds, { none: true }, { shown: "8.8.4.5", connect: REFUSED }),
    ),
  "a name resolved at setWebhook, then deleteWebhook; it does not resolve from then on; setWebhook again": (
    player,
    rows,
    what,
  ) =>
    compareAfter(
      player,
      what,
      rows,
      (seconds) => Math.abs(seconds - 1740) < 1,
      (seconds) => afterLookup(player, seconds, { shown: "8.8.4.5", connect: REFUSED }, { none: true }),
    ),
  "one update of each kind queued without a webhook; pending_update_count becomes 0": compareLifetimes,
  "the name of a set webhook resolves to another address from then on; getWebhookInfo shows it": compareNewAddress,
  "every request answered 410 Gone, one update queued at 0": compareGone,
};

export async function playEdges(player: Player, { edges }: Limits): Promise<void> {
  player.telegram.setHost("edge.example.test", { shown: "8.8.4.5", connect: REFUSED });
  for (const { what, seconds_then, looked_at = [] } of edges) {
    const play = EDGES[what];
    if (play === undefined) player.differ(what, "edge", "a case", "not known to the player");
    else await play(player, seconds_then as After, what, looked_at);
  }
}

async function secondSet(player: Player, seconds: number, method: string, parameters: object): Promise<unknown> {
  const { token } = player.addBot();
  await callThrough(player.telegram, token, method, { ...parameters });
  await player.telegram.clock.advance(seconds);
  const url = "https://edge.example.test/second";
  return (await callThrough(player.telegram, token, "setWebhook", { url })).body.description;
}

type Host = Parameters<Player["telegram"]["setHost"]>[1];

async function afterLookup(player: Player, seconds: number, first: Host, then: Host): Promise<unknown> {
  const { id, token } = player.addBot();
  const host = `name${id}.example.test`;
  player.telegram.setHost(host, first);
  await callThrough(player.telegram, token, "setWebhook", { url: `https://${host}/` });
  await callThrough(player.telegram, token, "deleteWebhook");
  player.telegram.setHost(host, then);
  await player.telegram.clock.advance(seconds);
  return (await callThrough(player.telegram, token, "setWebhook", { url: `https://${host}/` })).body.description;
}

/** What is counted is collected once a minute; in the recording this was 29 seconds after the updates came. */
async function compareLifetimes(player: Player, rows: After, what: string, lookedAt: number[]): Promise<void> {
  const { telegram } = player;
  const untilMinute = 60_000 - (telegram.clock.now().getTime() % 60_000);
  await telegram.clock.advance(untilMinute / 1000 + 31);
  const bots = (rows as unknown as [string, string][]).map(([kind]) => {
    const { id, token } = player.addBot();
    queueUpdates(telegram, id, [kind, 5, 1]);
    return { kind, token, gone: "" };
  });
  let before = 0;
  for (const at of lookedAt) {
    await telegram.clock.advance(at - before);
    before = at;
    for (const bot of bots.filter(({ gone }) => gone === "")) {
      const { body } = await callThrough(telegram, bot.token, "getWebhookInfo");
      const { pending_update_count: count } = body.result as { pending_update_count: number };
      if (count === 0) bot.gone = `gone when looked at ${at} s, not before`;
    }
  }
  const got = bots.map(({ kind, gone }) => [kind, gone]);
  if (flat(got) !== flat(rows)) player.differ(what, "edge", flat(rows), flat(got));
}

/** Half an hour and up to three minutes more, at random: the recorded looks must be possible. */
async function compareNewAddress(player: Player, rows: After, what: string, lookedAt: number[]): Promise<void> {
  const { telegram } = player;
  for (const [kind, seen] of rows as unknown as [string, string][]) {
    const wanted = Number(/looked at (\d+) s/.exec(seen)?.[1]);
    const { id, token } = player.addBot();
    const host = `moves${id}.example.test`;
    telegram.setHost(host, { shown: "8.8.4.5", connect: REFUSED });
    await callThrough(telegram, token, "setWebhook", { url: `https://${host}/` });
    telegram.setHost(host, { shown: "8.8.4.50", connect: REFUSED });
    let before = 0;
    let shown: number | undefined;
    for (const at of lookedAt) {
      await telegram.clock.advance(at - before);
      before = at;
      if (kind !== "idle") queueUpdates(telegram, id, ["message", 5, 1]);
      const { body } = await callThrough(telegram, token, "getWebhookInfo");
      if ((body.result as { ip_address: string }).ip_address !== "8.8.4.50") continue;
      shown = at;
      break;
    }
    const next = (at: number) => lookedAt.find((each) => each >= at) ?? Infinity;
    if (shown === undefined || shown < next(1800) || wanted > next(1980) || shown > next(1980)) {
      player.differ(`${what}: ${kind}`, "edge", seen, String(shown));
    }
    await telegram.outsider(id).deleteWebhook({ drop_pending_updates: true });
  }
}

/** A jump of more than a minute ended requests with "Read timeout expired" in the recording: the error is not compared. */
async function compareGone(player: Player, rows: After, what: string): Promise<void> {
  const { telegram } = player;
  telegram.trust(live().trusted);
  const endpoint = await TimedEndpoint.start(telegram.clock, { certificate: ok(), answer: always("410 Gone") });
  telegram.setHost("gone.example.test", { shown: "8.8.4.6", connect: `127.0.0.1:${endpoint.port}` });
  const { id, token } = player.addBot();
  await callThrough(telegram, token, "setWebhook", { url: "https://gone.example.test/h" });
  queueUpdates(telegram, id, ["message", 5, 1]);
  let before = 0;
  for (const [seconds, recorded] of rows) {
    // The first answer after 23 hours removes it: that is up to two minutes later.
    const isUnsure = seconds > 82_800 && seconds < 82_920 && (recorded as { url: string }).url !== "";
    const at = (recorded as { url: string }).url === "" ? 82_925 : seconds;
    await telegram.clock.advance(at - before);
    before = at;
    const { body } = await callThrough(telegram, token, "getWebhookInfo");
    const { last_error_message: _, ...want } = recorded as Record<string, unknown>;
    const { last_error_message: __, last_error_date: ___, ...got } = body.result as Record<string, unknown>;
    if (!isUnsure && flat(got) !== flat(want)) player.differ(`${what}: ${seconds} s`, "edge", flat(want), flat(got));
  }
  await telegram.outsider(id).deleteWebhook({ drop_pending_updates: true });
  endpoint.close();
}

export async function playFirstContact(player: Player, { first_contact: rows }: Limits): Promise<void> {
  const { telegram } = player;
  let known = "";
  for (const { what, answers } of rows) {
    const address = /(?:from|X-Real-IP) (\d+\.\d+\.\d+\.\d+)/.exec(what)?.[1];
    const seconds = Number(/^([\d.]+) s later/.exec(what)?.[1] ?? 0);
    await telegram.clock.advance(seconds);
    const got: unknown[] = [];
    for (let n = 0; n < answers.length; n += 1) {
      const token = what.startsWith("a known bot") ? known : player.addBot().token;
      known ||= token;
      const headers = address === undefined ? [] : [`X-Real-IP: ${address}`];
      const { status, body } = await (await startCall(telegram, token, "getMe", {}, headers)).whenAnswered;
      got.push(body.ok ? status : [status, body.description, body.parameters?.retry_after]);
    }
    const want = answers.map((each) => (each === true ? 200 : each));
    if (flat(got) !== flat(want)) player.differ(what, "first contact", flat(want), flat(got));
  }
}

export async function playServerNames(player: Player, { sni }: Limits): Promise<void> {
  const { telegram } = player;
  telegram.trust(live().trusted);
  for (const { url, server_name_sent, last_error_message } of sni) {
    const endpoint = await TimedEndpoint.start(telegram.clock, { certificate: ok() });
    telegram.setHost(new URL(url).hostname, {
      shown: url.includes("8.8.4.30") ? "8.8.4.30" : "8.8.4.5",
      connect: `127.0.0.1:${endpoint.port}`,
    });
    const { id } = player.addBot();
    await telegram.outsider(id).setWebhook({ url });
    await pass(telegram, [endpoint], 1);
    const got = [endpoint.serverNames[0] ?? null, telegram.state(id).lastError?.message ?? null];
    const want = [server_name_sent, last_error_message];
    if (flat(got) !== flat(want)) player.differ(url, "TLS name", flat(want), flat(got));
    await telegram.outsider(id).deleteWebhook();
    endpoint.close();
  }
}

export async function playHeadLimit(player: Player, { request_head_limit: rows }: Limits): Promise<void> {
  const { telegram } = player;
  for (const { secret_length, head_bytes } of rows) {
    const endpoint = await TimedEndpoint.start(telegram.clock, { answer: always("200 OK") });
    const secret_token = "s".repeat(secret_length);
    const headAt = async (pathLength: number) => {
      const { id } = player.addBot();
      const url = `http://127.0.0.1:${endpoint.port}/${"p".repeat(pathLength - 1)}`;
      await telegram.outsider(id).setWebhook({ url, ...(secret_length > 0 ? { secret_token } : {}) });
      const before = endpoint.requests.length;
      telegram.message(id, { text: "hi" });
      await pass(telegram, [endpoint], 3, 1);
      const { pending, lastError } = telegram.state(id);
      await telegram.outsider(id).deleteWebhook({ drop_pending_updates: true });
      const request = endpoint.requests[before];
      return request === undefined ? { pending, lastError } : request.text.indexOf("\r\n\r\n") + 4;
    };
    const rest = Number(await headAt(100)) - 100;
    const got = [await headAt(head_bytes - rest), await headAt(head_bytes - rest + 1)];
    const want = [head_bytes, { pending: 1, lastError: null }];
    if (flat(got) !== flat(want)) player.differ(`secret of ${secret_length}`, "longest head", flat(want), flat(got));
    endpoint.close();
  }
}

export async function playRestart(player: Player, { restart: recorded }: Limits): Promise<void> {
  const { telegram } = player;
  telegram.trust(live().trusted);
  const endpoint = await TimedEndpoint.start(telegram.clock, { certificate: ok(), answer: always("200 OK") });
  telegram.setHost("re.example.test", { shown: "8.8.4.5", connect: `127.0.0.1:${endpoint.port}` });
  telegram.setHost("re2.example.test", { shown: "8.8.4.5", connect: REFUSED });
  const names = Object.keys(recorded.before);
  const bots = new Map(names.map((name) => [name, player.addBot()]));
  const infos = async () => {
    await telegram.clock.advance(1);
    const rows: Record<string, unknown> = {};
    for (const [name, { id, token }] of bots) {
      const { body } = await callThrough(telegram, token, "getWebhookInfo");
      rows[name] = JSON.parse(canonical(flat(body.result), id).replaceAll("<date>", '"<date>"')) as unknown;
    }
    return rows;
  };
  const tokenOf = (name: string) => bots.get(name)?.token ?? "";
  for (const [name, count] of Object.entries(recorded.queued)) {
    queueUpdates(telegram, bots.get(name)?.id ?? "", ["message", 5, count]);
  }
  for (const [name, parameters] of Object.entries(recorded.set)) {
    const certificate = name === "cert" ? { certificate: live().trusted } : {};
    if (name === "cert")
      await telegram.outsider(bots.get(name)?.id ?? "").setWebhook({ ...parameters, ...certificate });
    else await callThrough(telegram, tokenOf(name), "setWebhook", parameters);
  }
  const before = await infos();
  if (flat(before) !== flat(recorded.before)) player.differ("before", "restart", flat(recorded.before), flat(before));
  telegram.setHost("re2.example.test", { shown: "10.0.0.1", connect: REFUSED });
  await telegram.restart();
  const after = await infos();
  if (flat(after) !== flat(recorded.after_restart)) {
    player.differ("after", "restart", flat(recorded.after_restart), flat(after));
  }
  const again = await callThrough(telegram, tokenOf("full"), "setWebhook", recorded.set.full);
  if (flat(again.body) !== flat(recorded.full_set_again)) {
    player.differ("set again", "restart", flat(recorded.full_set_again), flat(again.body));
  }
  for (const name of ["full", "cert"]) telegram.message(bots.get(name)?.id ?? "", { text: "after" });
  await pass(telegram, [endpoint], 1);
  const delivered = endpoint.requests.map(({ text }) => [text.split("\r\n")[0], /secret-token: sec\r/i.test(text)]);
  const sorted = (rows: unknown[]) => flat([...rows].map((row) => flat(row)).sort());
  if (sorted(delivered) !== sorted(recorded.delivered_after)) {
    player.differ("delivered", "restart", flat(recorded.delivered_after), flat(delivered));
  }
  endpoint.close();
}
