// A webhook endpoint that keeps every request as its bytes and answers it with 200, over TLS, or misbehaves before a request comes.
import net from "node:net";
import type { AddressInfo } from "node:net";
import tls from "node:tls";

/** What a listener does with a connection before any TLS: the recorder's names for it. */
const MISBEHAVING: Record<string, (socket: net.Socket) => void> = {
  /** Waits for the rest of a request in plain HTTP, which a TLS client never sends. */
  plain: (socket) => socket.resume(),
  silent: (socket) => socket.pause(),
  close: (socket) => socket.pause().destroy(),
  reset: (socket) => socket.resetAndDestroy(),
  "reset-hello": (socket) => socket.once("data", () => socket.resetAndDestroy()),
  "hangup-hello": (socket) => socket.once("data", () => socket.end()),
  "http-hello": (socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
};

export interface SeenRequest {
  /** Latin-1: one character, one byte. */
  bytes: string;
  tls: string | null;
}

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

export class RawEndpoint {
  readonly requests: SeenRequest[] = [];
  private readonly sockets = new Set<net.Socket>();

  private constructor(private readonly server: net.Server) {
    server.on("connection", (socket: net.Socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket)).on("error", () => socket.destroy());
    });
  }

  /** One that does what a name of the recordings says; undefined when the name is not known. */
  static misbehaving(name: string): Promise<RawEndpoint> | undefined {
    const serve = MISBEHAVING[name];
    return serve && new RawEndpoint(net.createServer({ allowHalfOpen: true }, serve)).listen();
  }

  static overTls(options: tls.TlsOptions): Promise<RawEndpoint> {
    const made = new RawEndpoint(tls.createServer(options, (socket) => made.serve(socket)));
    made.server.on("tlsClientError", () => undefined);
    return made.listen();
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private listen(): Promise<RawEndpoint> {
    return new Promise((resolve) => this.server.listen(0, "127.0.0.1", () => resolve(this)));
  }

  private serve(socket: tls.TLSSocket): void {
    let received = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes: Buffer) => {
      received += bytes.toString("latin1");
      for (let end = received.indexOf("\r\n\r\n"); end >= 0; end = received.indexOf("\r\n\r\n")) {
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received.slice(0, end + 2))?.[1] ?? 0);
        if (received.length < end + 4 + length) return;
        this.requests.push({ bytes: received.slice(0, end + 4 + length), tls: socket.getProtocol() });
        received = received.slice(end + 4 + length);
        socket.write(ANSWER);
      }
    });
  }
}
