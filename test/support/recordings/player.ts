// A fake server in the world of the recordings, and how an answer of it is compared with the recorded one.
import { startFakeTelegram } from "../../../testing";
import type { FakeTelegram, FakeTelegramOptions } from "../../../testing";
import { waitsForClock } from "./calls";
import type { RecordedAnswer, World } from "./data";
import { canonical, reduced, unpack, withoutLastError } from "./data";
import type { RecordedCall, WireAnswer } from "./wire";
import { Wire, requestBytes } from "./wire";

/** Nothing listens there. */
export const REFUSED = "127.0.0.1:9";
const SECRET = "A".repeat(35);
const START = Date.parse("2026-11-28T12:00:00Z");

const WAIT_SECONDS = 0.5;

/** A case in which the fake server answered otherwise than the real one. */
export interface Difference {
  file: string;
  /** Name of the case in the file. */
  name: string;
  what: string;
  recorded: string;
  answered: string;
}

export class Player {
  readonly differences: Difference[] = [];
  private count = 0;

  private constructor(
    readonly telegram: FakeTelegram,
    private readonly file: string,
    private wire: Wire,
  ) {}

  static async start(file: string, world: World | undefined, options: FakeTelegramOptions = {}): Promise<Player> {
    const telegram = await startFakeTelegram({ now: () => new Date(START), ...options });
    for (const [name, { a, aaaa }] of Object.entries(world?.names ?? {})) {
      const [ipv4] = a;
      if (ipv4 !== undefined) telegram.setHost(name, { shown: ipv4, connect: REFUSED });
      else if (aaaa[0] !== undefined) telegram.setHost(name, { shown: aaaa[0], aaaaOnly: true });
      else telegram.setHost(name, { none: true, error: "No address associated with hostname" });
    }
    telegram.setHost("8.8.4.4", { connect: REFUSED });
    return new Player(telegram, file, await Wire.open(telegram.apiUrl));
  }

  /** A bot that the server has not seen. */
  addBot(): { id: string; token: string } {
    const id = String(700_000_000 + this.count++);
    return this.telegram.addBot({ token: `${id}:${SECRET}`, username: `b${id}_bot`, name: `Bot ${id}` });
  }

  async ask(
    token: string,
    call: RecordedCall,
    files: Record<string, Buffer> = {},
    boundary = "x",
  ): Promise<WireAnswer> {
    const bytes = requestBytes(token, call, files, boundary);
    for (let attempt = 1; ; attempt++) {
      const wire = await this.connected();
      this.telegram.clearJournal();
      wire.send(bytes);
      let isAnswered = false;
      const answering = wire.answer().finally(() => (isAnswered = true));
      // The recorder's time went on while a call waited.
      while (await waitsForClock(this.telegram, () => isAnswered)) await this.telegram.clock.advance(WAIT_SECONDS);
      const answer = await answering;
      if (answer !== undefined) return answer;
      // The answer before may have been the last one on its connection.
      if (attempt === 2) return { status: "no answer", headers: [], body: "" };
    }
  }

  private async connected(): Promise<Wire> {
    if (this.wire.state !== "open") {
      this.wire.close();
      this.wire = await Wire.open(this.telegram.apiUrl);
    }
    return this.wire;
  }

  info(token: string): Promise<WireAnswer> {
    return this.ask(token, { http: "GET", method: "getWebhookInfo", encoding: "query", params: {} });
  }

  /** Compares status, headers and body; `last_error` only when asked for. True when they agree. */
  compare(
    name: string,
    what: string,
    method: string,
    recorded: RecordedAnswer,
    answered: WireAnswer,
    { botId, lastError = false }: { botId: string; lastError?: boolean },
  ): boolean {
    const forms = [unpack(recorded.body).toString("latin1"), canonical(answered.body, botId)].map((body) =>
      reduced(method, lastError ? body : withoutLastError(body)),
    ) as [string, string];
    const heads = [recorded, answered].map(({ headers }) => headers.filter((line) => !/^content-length/i.test(line)));
    const [want, got] = [
      [recorded.status.trimEnd(), ...(heads[0] ?? []), forms[0]],
      [answered.status.trimEnd(), ...(heads[1] ?? []), forms[1]],
    ].map((lines) => lines.join("\n")) as [string, string];
    if (want === got) return true;
    this.differ(name, what, want, got);
    return false;
  }

  differ(name: string, what: string, recorded: string, answered: string): void {
    this.differences.push({ file: this.file, name, what, recorded, answered });
  }

  async close(): Promise<void> {
    this.wire.close();
    await this.telegram.close();
  }
}
