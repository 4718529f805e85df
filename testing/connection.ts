// One connection to an endpoint: opens, sends a request, reads its response, times out.
import net from "node:net";
import type { Clock } from "./clock";
import { HeldSocket } from "./held-socket";
import { HttpProblem, reasonOf } from "./http-problem";
import type { HttpMessage } from "./http-reader";
import { HttpReader } from "./http-reader";
import type { Ending, PeerMemory } from "./peer-memory";
import { connectionErrorText, startTls } from "./tls";
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
  /** The request under way. */
  private request = "";
  private cancelTimeout: () => void = () => undefined;
  private endExchange: () => void = () => undefined;
  /** What comes next is remembered, not the network's. */
  private isRecalled = false;
  private readonly peer: string;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly clock: Clock,
    private readonly memory: PeerMemory,
    private readonly owner: ConnectionOwner,
  ) {
    this.peer = peerOf(endpoint);
    this.restartTimeout();
    if (endpoint.unanswered === true) return;
    const known = memory.recall(this.peer);
    if (known === undefined) this.open();
    else if (known.kind === "open") {
      // It is made for the first request that goes out on it.
      this.isConnected = true;
      this.state = "idle";
    } else this.end(known);
  }

  /** Sends a request; before the connection is open, as soon as it is. */
  send(request: string): void {
    this.restartTimeout();
    if (this.state === "opening") {
      this.unsent = request;
      return;
    }
    const known = this.memory.recall(this.peer, request);
    if (known === undefined && this.socket === undefined) {
      this.unsent = request;
      this.state = "opening";
      return this.open();
    }
    this.state = "waiting";
    this.request = request;
    if (known !== undefined) return this.end(known);
    this.beginExchange();
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

  private open(): void {
    const { host, port, tls: settings } = this.endpoint;
    this.isConnected = false;
    this.beginExchange();
    const raw = net.connect({ host, port, allowHalfOpen: settings !== undefined, noDelay: true });
    raw.on("error", (error) => this.broke(error));
    raw.on("close", () => this.fail(undefined));
    raw.once("connect", () => {
      this.isConnected = true;
      if (settings === undefined) return this.opened(raw);
      const held = new HeldSocket(raw, () => this.state !== "opening");
      const socket = startTls(held, settings);
      socket.on("error", (error: Error) => this.broke(error));
      socket.once("secureConnect", () => this.opened(socket));
    });
    this.socket = raw;
  }

  private beginExchange(): void {
    this.endExchange();
    const begun = performance.now();
    // A peer that takes connections and never answers loses patience for its answers.
    const end = this.clock.exchange(this.state === "waiting" ? `${this.peer} answers` : this.peer);
    this.endExchange = () => {
      this.endExchange = () => undefined;
      this.memory.spend(this.peer, performance.now() - begun);
      end();
    };
  }

  /** What is remembered happens, in a moment: whoever asked is told after it has asked. */
  private end(known: Ending): void {
    const end = this.clock.exchange(this.peer);
    queueMicrotask(() => {
      this.isRecalled = true;
      if (this.state !== "over" && known.kind === "answer") this.respond(known.answer);
      else if (known.kind === "over") this.fail(known.message);
      this.isRecalled = false;
      end();
    });
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
    this.memory.note(this.peer, { kind: "open" });
    this.state = "idle";
    this.endExchange();
    const { unsent } = this;
    this.unsent = "";
    if (unsent !== "") this.send(unsent);
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
    if (!this.isRecalled) this.noteAnswer(response);
    this.owner.responded(response);
    if (this.state === "idle") this.endExchange();
  }

  /** Once: the connection is over, with an error text or as simply closed. */
  private fail(message: string | undefined): void {
    if (this.state === "over") return;
    if (!this.isRecalled) this.noteEnd(message);
    this.drop();
    if (message === undefined) this.owner.closed();
    else this.owner.failed(message);
  }

  /** A success is nothing to rely on. */
  private noteAnswer(answer: HttpMessage): void {
    const { start } = answer;
    const isSuccess = start.kind === "response" && start.status >= 200 && start.status <= 299;
    if (isSuccess) this.memory.forget(this.peer, this.request);
    else this.memory.note(this.peer, { kind: "answer", answer }, this.request);
  }

  private noteEnd(message: string | undefined): void {
    const ending: Ending = { kind: "over", ...(message === undefined ? {} : { message }) };
    if (this.state === "opening") this.memory.note(this.peer, ending);
    if (this.state === "waiting") this.memory.note(this.peer, ending, this.request);
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
    // It took a minute: nothing that happens at once the next time.
    if (isAsking || this.state === "opening")
      this.memory.forget(this.peer, this.state === "opening" ? "" : this.request);
    this.isRecalled = true;
    this.fail(hasUnsent ? "Write timeout expired" : text);
  }
}

const peerOf = ({ host, port, tls: settings }: Endpoint): string =>
  `${host}:${port} ${settings?.host} ${settings?.roots.length} ${settings?.certificate}`;
