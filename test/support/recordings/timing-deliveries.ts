// Plays what timing.json has of deliveries: when failing updates are sent again, connections opened and ended, and with which error.
import { recording } from "./data";
import type { Player } from "./player";
import { REFUSED } from "./player";
import type { Act, Behaviour } from "./timed-endpoint";
import { TimedEndpoint, always, pass, responseOf } from "./timed-endpoint";

interface Observed {
  at: number;
  last_error_message: string | null;
  pending_update_count: number;
}

interface Delays {
  count: number;
  delays_first_20: number[];
  later_delays: { least: number; most: number; mean: number } | null;
}

export interface DeliveryTimes {
  retries_real_time: {
    case: string;
    queued: number;
    requests_at: number[] | null;
    connections_at: number[] | null;
    observed: Observed[];
  }[];
  retries_two_hours_virtual: { case: string; queued: number; requests?: Delays; connections?: Delays }[];
  timeouts_real_time: {
    case: string;
    requests_at: number[] | null;
    connections: [opened: number, closed: number | null][] | null;
    observed: Observed[];
  }[];
  "error_0.25s_after_setWebhook_of_30": Record<string, Record<string, number>>;
}

/** Certificates for *.example.test, and who is trusted. */
export const live = () =>
  recording<{ live: { trusted: string; certificates: Record<string, { chain: string; key: string }> } }>("histories")
    .live;

const flat = (text: unknown) => JSON.stringify(text);
const isNear = (recorded: number, got: number | undefined, seconds: number) =>
  got !== undefined && Math.abs(recorded - got) <= seconds;
const areNear = (recorded: number[], got: number[], seconds: number) =>
  recorded.length === got.length && recorded.every((each, at) => isNear(each, got[at], seconds));

const ok: Act[] = [{ send: responseOf("200 OK") }];
const retryAfter = (seconds: number) => `Retry-After: ${seconds}\r\n`;

/** The endpoints of the retries; "refused" is none. */
const FAILING: Record<string, Behaviour | "nothing listens"> = {
  "500": { answer: always("500 X") },
  "500close": { answer: always("500 X", "Connection: close\r\n") },
  tlsfail: { certificate: live().certificates.expired as { chain: string; key: string } },
  reset: { onConnect: "reset" },
  refused: "nothing listens",
  "410": { answer: always("410 Gone") },
  "429": { answer: always("429 Too Many Requests") },
  RA3: { answer: always("503 X", retryAfter(3)) },
  "RA 5000": { answer: always("429 X", retryAfter(5000)) },
  "RA3 first only": { answer: (n) => [{ send: responseOf("503 X", n === 1 ? retryAfter(3) : "") }] },
  "two chats": { answer: always("500 X") },
  "two in chat": { answer: always("500 X") },
};

interface Play {
  name: string;
  id: string;
  endpoint: TimedEndpoint | undefined;
}

/** One bot for each case, all on one clock; a webhook of each, and its updates. */
async function started(
  player: Player,
  behaviours: Record<string, Behaviour | "nothing listens" | "never answered">,
): Promise<Play[]> {
  const plays: Play[] = [];
  player.telegram.trust(live().trusted);
  for (const [index, [name, behaviour]] of Object.entries(behaviours).entries()) {
    const endpoint =
      typeof behaviour === "string" ? undefined : await TimedEndpoint.start(player.telegram.clock, behaviour);
    const connect = endpoint === undefined ? REFUSED : `127.0.0.1:${endpoint.port}`;
    const unanswered = behaviour === "never answered" ? { unanswered: true as const } : {};
    player.telegram.setHost(`case${index}.example.test`, { shown: "8.8.4.5", connect, ...unanswered });
    plays.push({ name, id: player.addBot().id, endpoint });
  }
  return plays;
}

const urlOf = (index: number, isTls: boolean) => `${isTls ? "https" : "http"}://case${index}.example.test/h`;
const endpointsOf = (plays: Play[]) => plays.flatMap(({ endpoint }) => endpoint ?? []);

export async function playRetries(player: Player, data: DeliveryTimes): Promise<void> {
  const { telegram } = player;
  const plays = await started(player, FAILING);
  for (const [index, { id, name }] of plays.entries()) {
    await telegram.outsider(id).setWebhook({ url: urlOf(index, name === "tlsfail"), max_connections: 40 });
  }
  await pass(telegram, endpointsOf(plays), 3, 1);
  const begun = telegram.clock.now().getTime() / 1000;
  const queuedOf = ({ name }: Play) => data.retries_real_time.find((each) => each.case === name)?.queued ?? 0;
  for (const play of plays) {
    for (let n = 0; n < queuedOf(play); n += 1) {
      telegram.message(play.id, { text: "hi", chatId: play.name === "two chats" ? 5 + n : 5 });
    }
  }
  const seen = new Map<string, object>();
  for (let second = 0; second < 200; second += 1) {
    await pass(telegram, endpointsOf(plays), 1, 1);
    if (second !== 4) continue;
    for (const { id, name } of plays) {
      const { lastError, pending } = telegram.state(id);
      seen.set(name, { last_error_message: lastError?.message ?? null, pending_update_count: pending });
    }
  }
  const since = (times: { at: number }[]) => times.map(({ at }) => at - begun);
  for (const recorded of data.retries_real_time) {
    const play = plays.find(({ name }) => name === recorded.case);
    if (play === undefined) {
      player.differ(recorded.case, "retries", "a case", "not known to the player");
      continue;
    }
    const [{ at: _, ...want } = { at: 0 }] = recorded.observed;
    if (flat(want) !== flat(seen.get(play.name))) {
      player.differ(play.name, "retries: error", flat(want), flat(seen.get(play.name)));
    }
    const { endpoint } = play;
    if (endpoint === undefined) continue;
    const requests = since(endpoint.requests);
    const connections = since(endpoint.connections.map(({ opened }) => ({ at: opened })));
    // The last attempts but one are 64 seconds apart at most: from then on the delay is random.
    for (const [what, times, got] of [
      ["requests", recorded.requests_at, requests],
      ["connections", recorded.connections_at, connections],
    ] as const) {
      const end = what === "connections" ? 186 : 127;
      const wanted = (times ?? []).filter((at) => at < end);
      const shown = got
        .filter((at) => at < end)
        .slice(0, Math.max(wanted.length, (times ?? []).length === 40 ? 40 : 1e9));
      if (!areNear(wanted, shown, 0.7)) player.differ(play.name, `retries: ${what}`, flat(wanted), flat(shown));
    }
  }
  for (const endpoint of endpointsOf(plays)) endpoint.close();
}

const SECONDS_9 = 9;
/** A head at once and then a body, or the lines of a head: one piece every nine seconds. */
const trickle = (first: string, pieces: string[]): Act[] => [
  { send: first },
  ...pieces.map((send, index) => ({ send, after: SECONDS_9 * (index + 1) })),
];

const SLOW: Record<string, { behaviour: Behaviour | "never answered"; isTls?: true; update?: "before" | "after" }> = {
  "blackhole no update": { behaviour: "never answered", isTls: true },
  "blackhole update": { behaviour: "never answered", isTls: true, update: "before" },
  "stall no update": { behaviour: { onConnect: "silence" }, isTls: true },
  "stall update": { behaviour: { onConnect: "silence" }, isTls: true, update: "before" },
  silent: { behaviour: {}, update: "after" },
  "late 50": { behaviour: { answer: () => [{ after: 50, send: responseOf("200 OK") }] }, update: "after" },
  "trickle body": {
    behaviour: { answer: () => trickle("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", [..."012345678"]) },
    update: "after",
  },
  "trickle head": {
    behaviour: { answer: () => trickle("HTTP/1.1 200 OK\r\n", [...Array<string>(9).fill("X: y\r\n"), "\r\n"]) },
    update: "after",
  },
  idle: { behaviour: { answer: () => ok } },
  "idle busy": { behaviour: { answer: () => ok }, update: "after" },
  "200 no CL keepalive": { behaviour: { answer: () => [{ send: "HTTP/1.1 200 OK\r\n\r\n" }] }, update: "after" },
  unsolicited: { behaviour: { greeting: responseOf("200 OK") } },
};

export async function playTimeouts(player: Player, data: DeliveryTimes): Promise<void> {
  const { telegram } = player;
  const plays = await started(player, Object.fromEntries(Object.entries(SLOW).map(([k, v]) => [k, v.behaviour])));
  const endpoints = endpointsOf(plays);
  for (const [index, { id, name }] of plays.entries()) {
    if (SLOW[name]?.update === "before") telegram.message(id, { text: "hi", chatId: 5 });
    if (SLOW[name]?.update !== "after") continue;
    await telegram.outsider(id).setWebhook({ url: urlOf(index, false) });
  }
  await pass(telegram, endpoints, 0.5);
  const begun = telegram.clock.now().getTime() / 1000;
  for (const [index, { id, name }] of plays.entries()) {
    if (SLOW[name]?.update === "after") telegram.message(id, { text: "hi", chatId: 5 });
    else await telegram.outsider(id).setWebhook({ url: urlOf(index, SLOW[name]?.isTls === true) });
  }
  const seen = new Map<string, Observed[]>(plays.map(({ name }) => [name, []]));
  for (let second = 1; second <= 270; second += 1) {
    await pass(telegram, endpoints, 1, 1);
    for (const { id, name } of plays) {
      const { lastError, pending } = telegram.state(id);
      const at = { at: second, pending_update_count: pending, last_error_message: lastError?.message ?? null };
      seen.get(name)?.push(at);
    }
  }
  for (const recorded of data.timeouts_real_time) {
    const play = plays.find(({ name }) => name === recorded.case);
    if (play === undefined) {
      player.differ(recorded.case, "timeouts", "a case", "not known to the player");
      continue;
    }
    const shown = recorded.observed.map(({ at }) => seen.get(play.name)?.find((each) => each.at === at));
    if (flat(recorded.observed) !== flat(shown)) {
      player.differ(play.name, "timeouts: errors", flat(recorded.observed), flat(shown));
    }
    const { endpoint } = play;
    if (endpoint === undefined) continue;
    const requests = endpoint.requests.map(({ at }) => at - begun);
    const wanted = recorded.requests_at ?? [];
    if (!areNear(wanted, requests, 0.7)) player.differ(play.name, "timeouts: requests", flat(wanted), flat(requests));
    // When the endpoint saw the end is compared where it looked: one that trickles sees it with its next piece.
    const isSeen = !play.name.startsWith("trickle");
    const spans = endpoint.connections.map(({ opened, closed }) => [opened - begun, closed && closed - begun] as const);
    const isSame =
      spans.length === recorded.connections?.length &&
      recorded.connections.every(([opened, closed], at) => {
        const [from, to] = spans[at] ?? [];
        return isNear(opened, from, 0.7) && (closed === null || !isSeen || isNear(closed, to ?? undefined, 1.1));
      });
    if (!isSame) player.differ(play.name, "timeouts: connections", flat(recorded.connections), flat(spans));
  }
  for (const endpoint of endpoints) endpoint.close();
}

/** Two hours in jumps: the first delays, then their range, and how many there are. */
export async function playTwoHours(player: Player, data: DeliveryTimes): Promise<void> {
  const { telegram } = player;
  const plays = await started(player, FAILING);
  const endpoints = endpointsOf(plays);
  for (const [index, { id, name }] of plays.entries()) {
    await telegram.outsider(id).setWebhook({ url: urlOf(index, name === "tlsfail"), max_connections: 40 });
  }
  await pass(telegram, endpoints, 3);
  for (const { id, name } of plays) {
    const queued = data.retries_two_hours_virtual.find((each) => each.case === name)?.queued ?? 0;
    for (let n = 0; n < queued; n += 1) {
      telegram.message(id, { text: "hi", chatId: name === "two chats" ? 5 + n : 5 });
    }
  }
  const stale = new Set<string>();
  for (let minutes = 0; minutes < 120; minutes += 10) {
    await pass(telegram, endpoints, 600);
    // A connection that fails is tried again every two seconds; most of them are not made on the network.
    const now = telegram.clock.now().getTime() / 1000;
    for (const { id, name } of plays) if (now - (telegram.state(id).lastError?.date ?? 0) > 3) stale.add(name);
  }
  for (const recorded of data.retries_two_hours_virtual) {
    const play = plays.find(({ name }) => name === recorded.case);
    const { endpoint } = play ?? {};
    if (["tlsfail", "reset", "refused"].includes(recorded.case)) {
      if (stale.has(recorded.case)) player.differ(recorded.case, "two hours", "an error every 2 s", "an old error");
      continue;
    }
    if (endpoint === undefined) {
      player.differ(recorded.case, "two hours", "a case", "not known to the player");
      continue;
    }
    const { requests, connections } = recorded;
    const apart = recorded.case === "two chats";
    // Every attempt is in the record; many of them are not made on the network.
    const attempts = telegram.deliveries(play?.id).map(({ at }) => Date.parse(at) / 1000);
    compareDelays(player, `${recorded.case}: requests`, requests, attempts, apart);
    const opened = endpoint.connections.map((each) => each.opened);
    compareDelays(player, `${recorded.case}: connections`, connections, opened, true);
  }
  for (const endpoint of endpoints) endpoint.close();
}

/** Beyond the first six, delays are random (`isMixed`: all of them, since two series run into each other). */
function compareDelays(
  player: Player,
  name: string,
  want: Delays | undefined,
  times: number[],
  isMixed: boolean,
): void {
  const delays = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  const first = want?.delays_first_20.slice(0, isMixed ? 0 : 6) ?? [];
  const share = isMixed ? 0.35 : 0.12;
  const count = want?.count ?? 0;
  const later = delays.slice(20);
  const [least, most] = [Math.min(...later), Math.max(...later)];
  const isSame =
    areNear(first, delays.slice(0, first.length), 2.6) &&
    Math.abs(times.length - count) <= Math.max(1, share * count) &&
    (want?.later_delays == null ||
      isMixed ||
      (least >= want.later_delays.least - 4 && most <= want.later_delays.most + 4));
  const got = { count: times.length, delays_first_20: delays.slice(0, 20), later: { least, most } };
  if (!isSame) player.differ(name, "two hours", flat(want), flat(got));
}

/** The endpoints of "error 0.25 s after setWebhook", by what they do with every connection. */
const BREAKING: Record<string, Behaviour> = {
  reset: { onConnect: "reset" },
  "reset-hello": { onConnect: "read, then reset" },
  close: { onConnect: "close" },
  "hangup-hello": { onConnect: "read, then close" },
};

export async function playBrokenConnections(player: Player, data: DeliveryTimes): Promise<void> {
  const wanted = data["error_0.25s_after_setWebhook_of_30"];
  const plays = await started(player, BREAKING);
  for (const [index, { name, id, endpoint }] of plays.entries()) {
    const errors = new Set<string>();
    for (let round = 0; round < 8; round += 1) {
      await player.telegram.outsider(id).setWebhook({ url: `${urlOf(index, true)}${round}` });
      await pass(player.telegram, [], 1.1);
      errors.add(player.telegram.state(id).lastError?.message ?? "None");
    }
    const want = Object.keys(wanted[name] ?? {}).sort();
    const got = [...errors].sort();
    if (flat(want) !== flat(got)) player.differ(name, "error after setWebhook", flat(want), flat(got));
    endpoint?.close();
  }
  for (const name of Object.keys(wanted)) {
    if (!Object.hasOwn(BREAKING, name)) player.differ(name, "error after setWebhook", "a case", "not known");
  }
}
