// Plays the scenarios of timing.json: calls that overlap, updates, changing names and jumps of the clock, in the recorded order.
import type { CallAnswer, StartedCall } from "./calls";
import { startCall } from "./calls";
import { canonical } from "./data";
import type { Difference } from "./player";
import { Player } from "./player";
import type { Behaviour } from "./timed-endpoint";
import { TimedEndpoint, always, pass, responseOf } from "./timed-endpoint";
import { live } from "./timing-deliveries";
import { payload } from "./updates";

type Step = { at: number } & (
  | {
      op: "call";
      bot: string;
      method: string;
      params: Record<string, unknown>;
      status: number;
      answer: object;
      took: number;
    }
  | { op: "queue"; bot?: string; kind: string; chat: number; n: number }
  | { op: "resolver"; name: string; answers: string; after?: number }
  | { op: "advance"; seconds: number }
  | { op: "connect" | "disconnect" }
);

export interface Scenario {
  endpoint: string;
  steps: Step[];
  summary: unknown[];
  requests_seen: number;
}

/** What of the scenarios is not compared, and why. */
export const NOT_COMPARED: Record<string, string> = {
  "sync_error: last_synchronization_error_date": "there is no connection to Telegram that could be lost",
  "ip_change: step 10":
    "the recorder's lookup stood behind slow ones of scenarios before it; `edges` has the new address in time",
  "ip_change: step 13": "as step 10",
  "ip_change: step 16": "as step 10",
};

/** The number of the first update that the recording has in its offsets. */
const FIRST_UPDATE: Record<string, number> = { updates_ids: 284677653, offsets: 752569687, update_ids: 20427198 };

/** The server ran for more than ten minutes before: a bot's `close` depends on it. */
const RUNNING_SECONDS = 700;

const flat = (value: unknown) => JSON.stringify(value);

function behaviourOf(endpoint: string, isFailing: () => boolean): Behaviour | undefined {
  const known: Record<string, Behaviour["answer"]> = {
    "answers 200": always("200 OK"),
    "answers 200 after 1.0 s": () => [{ after: 1, send: responseOf("200 OK") }],
    "answers 410 Gone to everything": always("410 Gone"),
    "answers 500 until 0.3 s after the update, 200 from then on": () => [
      { send: responseOf(isFailing() ? "500 X" : "200 OK") },
    ],
  };
  const answer = known[endpoint];
  return answer && { answer };
}

export async function playScenarios(
  _: Player,
  { scenarios }: { scenarios: Record<string, Scenario> },
): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const [name, scenario] of Object.entries(scenarios)) {
    const player = await Player.start("timing", undefined, { random: () => 0.5 });
    try {
      await new Play(player, name, scenario).run();
    } finally {
      await player.close();
    }
    found.push(...player.differences);
  }
  return found;
}

class Play {
  private readonly bots = new Map<string, { id: string; token: string }>();
  private readonly calls: { step: Step & { op: "call" }; index: number; started: StartedCall }[] = [];
  private readonly numbers = new Map<string, number[]>();
  private endpoints: TimedEndpoint[] = [];
  private begun = 0;
  private lastQueued = Infinity;

  constructor(
    private readonly player: Player,
    private readonly name: string,
    private readonly scenario: Scenario,
  ) {}

  async run(): Promise<void> {
    const { telegram } = this.player;
    telegram.trust(live().trusted);
    await telegram.clock.advance(RUNNING_SECONDS);
    this.begun = this.seconds();
    await this.startEndpoints();
    for (const [index, step] of this.scenario.steps.entries()) {
      await this.passUntil(step.at);
      await this.act(step, index);
    }
    const end = Math.max(...this.calls.map(({ step }) => step.at + step.took));
    await this.passUntil(end + 0.5);
    for (const call of this.calls) this.compare(call);
    for (const numbers of this.numbers.values()) {
      const isSequence = numbers.every((number, at) => number === (numbers[0] ?? 0) + at);
      if (!isSequence) this.player.differ(this.name, "numbers of updates", "one after another", flat(numbers));
    }
    const seen = this.endpoints.reduce((sum, { requests }) => sum + requests.length, 0);
    // Of hours of failing deliveries, the number is random; with several endpoints the recording counts the last one's.
    const isCounted = this.endpoints.length === 1 && this.scenario.requests_seen < 100;
    if (isCounted && seen !== this.scenario.requests_seen) {
      this.player.differ(this.name, "requests", flat(this.scenario.requests_seen), flat(seen));
    }
    for (const endpoint of this.endpoints) endpoint.close();
  }

  private seconds(): number {
    return this.player.telegram.clock.now().getTime() / 1000;
  }

  private async passUntil(at: number): Promise<void> {
    const left = at - (this.seconds() - this.begun);
    if (left > 0) await pass(this.player.telegram, this.endpoints, left, left > 20 ? left : 0.1);
  }

  private async startEndpoints(): Promise<void> {
    const isFailing = () => this.seconds() < this.lastQueued + 0.3;
    const one = behaviourOf(this.scenario.endpoint, isFailing);
    // "one after the other, for a bot each": the summary has the beginnings of their answers.
    const several = () =>
      (this.scenario.summary as [string][]).map(([begin]): Behaviour => {
        const whole = REASONLESS.find((each) => each.startsWith(begin)) ?? "";
        return { answer: () => [{ send: whole }] };
      });
    for (const behaviour of one === undefined ? several() : [one]) {
      const secure = { ...behaviour, certificate: live().certificates.ok as { chain: string; key: string } };
      this.endpoints.push(await TimedEndpoint.start(this.player.telegram.clock, secure));
    }
  }

  private bot(name: string): { id: string; token: string } {
    const bot = this.bots.get(name) ?? this.player.addBot();
    this.bots.set(name, bot);
    return bot;
  }

  private async act(step: Step, index: number): Promise<void> {
    const { telegram } = this.player;
    if (step.op === "resolver") {
      const { name, answers, after = 0 } = step;
      const to = /^[\d.]+$/.test(answers)
        ? { shown: answers, connect: this.connectTo(answers) }
        : { none: true as const };
      telegram.setHost(name, { ...to, delayMilliseconds: after * 1000 });
    } else if (step.op === "queue") {
      this.lastQueued = this.seconds();
      this.queue(this.queued(index).id, step);
    } else if (step.op === "call") {
      const bot = this.bot(step.bot);
      if (step.method === "setWebhook" && this.endpoints.length > 1) this.connectBot(Number(step.bot.slice(3)));
      const started = await startCall(telegram, bot.token, step.method, this.placed(bot, step.params));
      this.calls.push({ step, index, started });
    }
  }

  private queue(id: string, { kind, chat, n }: { kind: string; chat: number; n: number }): void {
    const { telegram } = this.player;
    const numbers = this.numbers.get(id) ?? [];
    this.numbers.set(id, numbers);
    for (let i = 0; i < n; i += 1) {
      numbers.push(telegram.update(id, { [kind]: payload(telegram, kind, chat) }).updateId);
    }
  }

  /** The bot of the nearest call: updates are recorded without one. */
  private queued(index: number): { id: string; token: string } {
    const calls = this.scenario.steps.filter((each, at) => each.op === "call" && at > index) as { bot: string }[];
    return this.bot(calls[0]?.bot ?? "bot1");
  }

  private connectTo(address: string): string {
    // The world of the scenarios: this address refuses connections.
    return address === "8.8.4.60" ? "127.0.0.1:9" : `127.0.0.1:${this.endpoints[0]?.port}`;
  }

  private connectBot(number: number): void {
    const connect = `127.0.0.1:${this.endpoints[number - 1]?.port}`;
    this.player.telegram.setHost("rl.example.test", { shown: "8.8.4.5", connect });
  }

  /** Offsets as they are counted from the bot's own first update. */
  private placed({ id }: { id: string }, params: Record<string, unknown>): Record<string, unknown> {
    const { offset } = params;
    const first = FIRST_UPDATE[this.name];
    if (typeof offset !== "number" || first === undefined || offset < 100_000 || offset >= 2 ** 31 - 1) return params;
    return { ...params, offset: offset - first + (this.numbers.get(id)?.[0] ?? 0) };
  }

  private compare({ step, index, started: { answer } }: Play["calls"][number]): void {
    const name = `${this.name}: step ${index}`;
    const bot = this.bot(step.bot);
    if (answer === undefined) return this.player.differ(name, step.method, flat(step), "no answer");
    if (Object.keys(NOT_COMPARED).some((each) => each === name)) return;
    const forms = [step.answer, answer.body].map((body) => reduced(body, bot.id, this.name));
    const want = `${step.status} ${forms[0]}`;
    const got = `${answer.status} ${forms[1]}`;
    if (want !== got) this.player.differ(name, step.method, want, got);
    else if (!this.tookAlike(step, answer))
      this.player.differ(name, `${step.method}: seconds`, `${step.took}`, `${answer.took}`);
  }

  /** A set that looked a name up may have waited for the lookups of a scenario before, or for the end of a jump. */
  private tookAlike(step: Step & { op: "call" }, { took }: CallAnswer): boolean {
    const isSlowHere = this.scenario.steps.some((each) => each.op === "resolver" && (each.after ?? 0) > 0);
    const isLookup = step.method === "setWebhook" && step.status !== 409;
    if (isLookup && (!isSlowHere || step.at === 0) && took <= step.took) return true;
    return Math.abs(took - step.took) <= 0.35;
  }
}

/** Updates by their kinds, without what of them is the recorder's own. */
function reduced(body: object, botId: string, scenario: string): string {
  const { result } = body as { result?: unknown };
  if (Array.isArray(result)) {
    return flat(result.map((update: object) => Object.keys(update).find((key) => key !== "update_id")));
  }
  if (typeof result === "object" && result !== null && "username" in result) return "an account";
  const isSync = scenario === "sync_error";
  const text = isSync ? flat(body).replace(/,"last_synchronization_error_date":\d+/, "") : flat(body);
  // Hours of jumps ended requests with a time-out of the recording's own.
  const shown = scenario === "expiry_webhook_410" ? text.replace(/,"last_error_message":"[^"]*"/, "") : text;
  return canonical(shown, botId);
}

const REASONLESS = [
  "HTTP/1.1 502\r\nServer: nginx/1.2\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 502 \r\nServer: nginx\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 200\r\nServer: x y\r\nContent-Length: 2\r\n\r\nok",
  "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
  "HTTP/1.1 404\r\n\r\n",
  "HTTP/1.1 500\r\nX:y\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 429\r\nRetry-After: 100\r\nContent-Length: 0\r\n\r\n",
];
