// One connection to an endpoint: opens, sends a request, reads its response, times out.
import net from "node:net";
import tls from "node:tls";
import type { Clock } from "./clock";
import type { HttpResponse } from "./http-response";
import { ResponseError, ResponseReader } from "./http-response";
import { connectionErrorText, tlsOptions } from "./tls";
import type { TlsSettings } from "./tls";

const TIMEOUT_SECONDS = 60;

export interface Endpoint {
  host: string;
  port: number;
  /** Undefined for plain HTTP. */
  tls: TlsSettings | undefined;
}

/** What a connection tells its owner. `failed` and `closed` are the last thing it says. */
export interface ConnectionOwner {
  responded(response: HttpResponse): void;
  /** With the server's text for `last_error_message`. */
  failed(message: string): void;
  closed(): void;
}

export class Connection {
  private readonly socket: net.Socket;
  private readonly reader = new ResponseReader();
  private state: "opening" | "idle" | "waiting" | "over" = "opening";
  private unsent = "";
  private cancelTimeout: () => void = () => undefined;
  private endExchange: () => void;

  constructor(
    endpoint: Endpoint,
    private readonly clock: Clock,
    private readonly owner: ConnectionOwner,
  ) {
    this.endExchange = clock.exchange();
    const { host, port } = endpoint;
    this.socket =
      endpoint.tls === undefined
        ? net.connect({ host, port })
        : tls.connect({ host, port, ...tlsOptions(endpoint.tls) });
    this.socket.once(endpoint.tls === undefined ? "connect" : "secureConnect", () => this.opened());
    this.socket.on("data", (bytes) => this.receive(bytes));
    this.socket.on("error", (error) => this.fail(connectionErrorText(error)));
    this.socket.on("end", () => this.finish());
    this.socket.on("close", () => this.fail(undefined));
    this.restartTimeout();
  }

  /** Sends a request; before the connection is open, as soon as it is. */
  send(request: string): void {
    if (this.state === "opening") {
      this.unsent = request;
      return;
    }
    this.state = "waiting";
    this.endExchange();
    this.endExchange = this.clock.exchange();
    this.restartTimeout();
    this.socket.write(request);
  }

  /** Ends the connection without a word to the owner. */
  drop(): void {
    this.state = "over";
    this.cancelTimeout();
    this.endExchange();
    this.socket.destroy();
  }

  private opened(): void {
    if (this.state === "over") return;
    this.state = "idle";
    this.endExchange();
    this.restartTimeout();
    if (this.unsent !== "") this.send(this.unsent);
  }

  private receive(bytes: Buffer): void {
    if (this.state === "over") return;
    this.restartTimeout();
    try {
      this.respond(this.reader.feed(bytes));
    } catch (error) {
      this.fail(error instanceof ResponseError ? error.message : "Bad Request: invalid response body");
    }
  }

  /** The peer sends no more: that completes a response without a length, and ends the connection. */
  private finish(): void {
    const last = this.state === "waiting" ? this.reader.end() : undefined;
    if (last !== undefined) this.respond({ ...last, keepAlive: false });
    this.fail(undefined);
  }

  private respond(response: HttpResponse | undefined): void {
    if (response === undefined || this.state !== "waiting") return;
    this.state = "idle";
    this.owner.responded(response);
    if (this.state === "idle") this.endExchange();
  }

  /** Once: the connection is over, with an error text or as simply closed. */
  private fail(message: string | undefined): void {
    if (this.state === "over") return;
    this.drop();
    if (message === undefined) this.owner.closed();
    else this.owner.failed(message);
  }

  private restartTimeout(): void {
    this.cancelTimeout();
    this.cancelTimeout = this.clock.after(TIMEOUT_SECONDS, () => this.fail(this.timeoutText()));
  }

  /** An idle connection is closed without an error. */
  private timeoutText(): string | undefined {
    if (this.state === "opening") return "Write timeout expired";
    return this.state === "waiting" ? "Read timeout expired" : undefined;
  }
}
