// Calls that may wait for the player's clock: each on a connection of its own, with the time it took.
import type { FakeTelegram } from "../../../testing";
import { Wire } from "./wire";

export interface CallAnswer {
  status: number;
  body: { ok: boolean; result?: unknown; description?: string; parameters?: { retry_after: number } };
  /** Seconds of the clock. */
  took: number;
}

export interface StartedCall {
  answer: CallAnswer | undefined;
  whenAnswered: Promise<CallAnswer>;
}

/** Starts a call, and comes back when it is answered or waits for the clock. */
export async function startCall(
  telegram: FakeTelegram,
  token: string,
  method: string,
  parameters: Record<string, unknown> = {},
  headers: string[] = [],
): Promise<StartedCall> {
  const body = Buffer.from(JSON.stringify(parameters));
  const head = [
    `POST /bot${token}/${method} HTTP/1.1`,
    "Host: 127.0.0.1",
    ...headers,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
  ];
  const seconds = () => telegram.clock.now().getTime() / 1000;
  const [wire, begun] = [await Wire.open(telegram.apiUrl), seconds()];
  telegram.clearJournal();
  wire.send(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]));
  const whenAnswered = wire.answer().then((answer): CallAnswer => {
    wire.close();
    if (answer === undefined) throw new Error(`${method} was not answered`);
    const status = Number(answer.status.split(" ")[1]);
    return { status, body: JSON.parse(answer.body) as CallAnswer["body"], took: seconds() - begun };
  });
  const started: StartedCall = { answer: undefined, whenAnswered };
  void whenAnswered.then((answer) => (started.answer = answer));
  await waitsForClock(telegram, () => started.answer !== undefined);
  return started;
}

/**
 * Resolves when a call is answered (false), or waits for the clock (true): then it stands open in the journal, which was cleared
 * before it.
 */
export async function waitsForClock(telegram: FakeTelegram, isAnswered: () => boolean): Promise<boolean> {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    if (isAnswered()) return false;
    if (telegram.journal()[0]?.status === 0) return true;
    await turn();
    await turn();
  }
  return !isAnswered();
}

/** A call and its answer; the clock goes on while it waits. */
export async function callThrough(
  telegram: FakeTelegram,
  token: string,
  method: string,
  parameters: Record<string, unknown> = {},
): Promise<CallAnswer> {
  const started = await startCall(telegram, token, method, parameters);
  for (let passed = 0; started.answer === undefined && passed < 60; passed += 0.1) {
    await telegram.clock.advance(0.1);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return started.whenAnswered;
}
