// One connection to an endpoint: opens, sends a request, reads its response, times out.
import net from "node:net";
import tls from "node:tls";
import type { Clock } from "./clock";
import { HeldSocket } from "./held-socket";
import { HttpProblem, reasonOf } from "./http-problem";
import type { HttpMessage } from "./http-reader";
import { HttpReader } from "./http-reader";
import type { RecentFailures } from "./recent-failures";
import { connectionErrorText, tlsOptions } from "./tls";
import type { TlsSettings } from "./tls";

const TIMEOUT_SECONDS = 60;
export interface Endpoint {
  host: string;
  port: number;
  /** Nothing ever answers there. */
  unanswered?: boolean;
  /** Undefined for plain HTTP. */
  tls: TlsSettings | undefined;
}

/** What a connection tells its owner. `failed` and `closed` are the last thing it says. */
export interface ConnectionOwner {
  responded(response: HttpMessage): void;
  /** With the server's text for `last_error_message`. */
  failed(message: string): void;
  closed(): void;
}

export class Connection {
  private socket: net.Socket | undefined;
  private readonly reader = new HttpReader();
  private state: "opening" | "idle" | "waiting" | "over" = "opening";
  private isConnected = false;
  private unsent = "";
  private cancelTimeout: () => void = () => undefined;
  private endExchange: () => void;
  private readonly peer: string;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly clock: Clock,
    private readonly failures: RecentFailures,
    private readonly owner: ConnectionOwner,
  ) {
    this.peer = peerOf(endpoint);
    this.restartTimeout();
    const known = failures.recall(this.peer);
    if (endpoint.unanswered === true) this.endExchange = () => undefined;
    else this.endExchange = clock.exchange(this.peer);
    if (known !== undefined) queueMicrotask(() => this.fail(known.message));
    else if (endpoint.unanswered !== true) this.socket = this.open(endpoint);
  }

  /** Sends a request; before the connection is open, as soon as it is. */
  send(request: string): void {
    this.restartTimeout();
    if (this.state === "opening") {
      this.unsent = request;
      return;
    }
    this.state = "waiting";
    this.endExchange();
    this.endExchange = this.clock.exchange(this.peer);
    this.socket?.write(request, "latin1");
    this.read(); // what came before nobody asked is the answer
  }

  /** Ends the connection without a word to the owner. */
  drop(): void {
    this.state = "over";
    this.cancelTimeout();
    this.endExchange();
    if (this.socket?.writableLength) this.socket.destroySoon();
    else this.socket?.destroy();
  }

  private open({ host, port, tls: settings }: Endpoint): net.Socket {
    const raw = net.connect({ host, port, allowHalfOpen: settings !== undefined, noDelay: true });
    raw.on("error", (error) => this.broke(error));
    raw.on("close", () => this.fail(undefined));
    raw.once("connect", () => {
      this.isConnected = true;
      if (settings === undefined) return this.opened(raw);
      const held = new HeldSocket(raw, () => this.state !== "opening");
      const socket = tls.connect({ socket: held, ...tlsOptions(settings) });
      socket.on("error", (error: Error) => this.broke(error));
      socket.once("secureConnect", () => this.opened(socket));
    });
    return raw;
  }

  private broke(error: Error & { code?: string }): void {
    const isReset = this.state === "opening" && this.isConnected && error.code === "EPIPE";
    this.fail(isReset ? "Connection reset by peer" : connectionErrorText(error));
  }

  private opened(socket: net.Socket): void {
    if (this.state === "over") return void socket.destroy();
    this.socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.reader.push(bytes);
      this.read();
    });
    socket.on("end", () => this.fail(undefined));
    this.failures.forget(this.peer);
    this.state = "idle";
    this.endExchange();
    if (this.unsent !== "") this.send(this.unsent);
  }

  /** Nothing is read before a request was sent. */
  private read(): void {
    if (this.state !== "waiting") return;
    try {
      const response = this.reader.next();
      if (response !== undefined) this.respond(response);
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      // The server has one reader for both sides: it answers a response that it cannot read as it would a request.
      this.socket?.write(`HTTP/1.1 ${error.status} ${reasonOf(error.status)}\r\nContent-Length: 0\r\n\r\n`);
      this.fail(error.message);
    }
  }

  private respond(response: HttpMessage): void {
    this.state = "idle";
    this.restartTimeout();
    this.owner.responded(response);
    if (this.state === "idle") this.endExchange();
  }

  /** Once: the connection is over, with an error text or as simply closed. */
  private fail(message: string | undefined): void {
    if (this.state === "over") return;
    if (this.state === "opening") this.failures.note(this.peer, message);
    this.drop();
    if (message === undefined) this.owner.closed();
    else this.owner.failed(message);
  }

  /** From the beginning, from each request and from each response: bytes that arrive in between do not count. */
  private restartTimeout(): void {
    this.cancelTimeout();
    this.cancelTimeout = this.clock.after(TIMEOUT_SECONDS, () => this.timedOut());
  }

  private timedOut(): void {
    const hasUnsent = !this.isConnected && (this.endpoint.tls !== undefined || this.unsent !== "");
    const isAsking = this.state === "waiting" || this.unsent !== "";
    const text = isAsking ? "Read timeout expired" : undefined;
    this.fail(hasUnsent ? "Write timeout expired" : text);
  }
}

const peerOf = ({ host, port, tls: settings }: Endpoint): string =>
  `${host}:${port} ${settings?.host} ${settings?.roots.length} ${settings?.certificate}`;
