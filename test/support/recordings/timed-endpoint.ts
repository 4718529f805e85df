// An endpoint whose answers come, and whose connections end, after times of the player's clock.
import net from "node:net";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import type { FakeTelegram } from "../../../testing";

/** What is done with one request, `after` so many seconds. */
export interface Act {
  after?: number;
  send?: string;
  end?: "close" | "reset";
}

export interface Behaviour {
  /** What becomes of the n-th request (from 1); without it requests are read and never answered. */
  answer?: (n: number) => Act[];
  /** What becomes of a connection as it comes. */
  onConnect?: "reset" | "close" | "read, then reset" | "read, then close" | "silence";
  /** Sent as soon as a connection is there, before any request. */
  greeting?: string;
  /** With a certificate it speaks TLS. */
  certificate?: { chain: string; key: string };
}

export const responseOf = (line: string, headers = ""): string =>
  `HTTP/1.1 ${line}\r\n${headers}Content-Length: 0\r\n\r\n`;

export const always =
  (line: string, headers = "") =>
  (): Act[] => [{ send: responseOf(line, headers) }];

interface SeenConnection {
  opened: number;
  closed: number | null;
}

export class TimedEndpoint {
  readonly requests: { at: number; text: string }[] = [];
  readonly connections: SeenConnection[] = [];
  readonly serverNames: (string | false)[] = [];
  private readonly due: { at: number; act: Act; socket: net.Socket }[] = [];
  private readonly sockets = new Set<net.Socket>();
  private readonly server: net.Server;

  private constructor(
    private readonly clock: FakeTelegram["clock"],
    private readonly behaviour: Behaviour,
  ) {
    this.server = net.createServer({ allowHalfOpen: false, noDelay: true }, (socket) => this.accept(socket));
  }

  static start(clock: FakeTelegram["clock"], behaviour: Behaviour): Promise<TimedEndpoint> {
    const made = new TimedEndpoint(clock, behaviour);
    return new Promise((resolve) => made.server.listen(0, "127.0.0.1", () => resolve(made)));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  now(): number {
    return this.clock.now().getTime() / 1000;
  }

  /** Does what is due, and lets the other side see it. True when there was something. */
  async act(): Promise<boolean> {
    const now = this.now() + 1e-6;
    const acts = this.due.filter(({ at }) => at <= now);
    for (const { act, socket } of acts) {
      if (act.send !== undefined && !socket.destroyed) socket.write(act.send, "latin1");
      if (act.end === "reset") socket.resetAndDestroy();
      if (act.end === "close") socket.end();
    }
    this.due.splice(0, this.due.length, ...this.due.filter(({ at }) => at > now));
    if (acts.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return acts.length > 0;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(raw: net.Socket): void {
    const { onConnect, certificate } = this.behaviour;
    const seen: SeenConnection = { opened: this.now(), closed: null };
    this.connections.push(seen);
    this.sockets.add(raw);
    raw.on("error", () => undefined);
    raw.on("close", () => {
      seen.closed ??= this.now();
      this.sockets.delete(raw);
    });
    if (onConnect === "reset") return void raw.resetAndDestroy();
    if (onConnect === "close") return void raw.destroy();
    if (onConnect === "silence") return void raw.resume();
    if (onConnect === "read, then reset") return void raw.once("data", () => raw.resetAndDestroy());
    if (onConnect === "read, then close") return void raw.once("data", () => raw.end());
    if (certificate === undefined) return this.serve(raw);
    const socket = new tls.TLSSocket(raw, {
      isServer: true,
      secureContext: tls.createSecureContext({ cert: certificate.chain, key: certificate.key }),
      SNICallback: (name, done) => {
        this.serverNames.push(name);
        done(null);
      },
    });
    socket.on("error", () => undefined);
    this.serve(socket);
  }

  private serve(socket: net.Socket): void {
    let received = "";
    if (this.behaviour.greeting !== undefined) socket.write(this.behaviour.greeting);
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
      for (let end = received.indexOf("\r\n\r\n"); end >= 0; end = received.indexOf("\r\n\r\n")) {
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received.slice(0, end + 2))?.[1] ?? 0);
        if (received.length < end + 4 + length) return;
        this.requests.push({ at: this.now(), text: received.slice(0, end + 4 + length) });
        received = received.slice(end + 4 + length);
        this.answer(socket);
      }
    });
  }

  private answer(socket: net.Socket): void {
    for (const act of this.behaviour.answer?.(this.requests.length) ?? []) {
      if (act.after === undefined && act.send !== undefined) socket.write(act.send, "latin1");
      else this.due.push({ at: this.now() + (act.after ?? 0), act, socket });
    }
  }
}

/** Moves the clock on in steps, and lets the endpoints act in between. */
export async function pass(
  telegram: FakeTelegram,
  endpoints: TimedEndpoint[],
  seconds: number,
  step = seconds,
): Promise<void> {
  const target = telegram.clock.now().getTime() + seconds * 1000;
  for (;;) {
    for (const endpoint of endpoints) await endpoint.act();
    const left = (target - telegram.clock.now().getTime()) / 1000;
    if (left <= 0.0005) break;
    await telegram.clock.advance(Math.min(step, left));
  }
  await telegram.clock.advance(0);
  for (const endpoint of endpoints) if (await endpoint.act()) await telegram.clock.advance(0);
}
