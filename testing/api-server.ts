// The connections of the Bot API: requests one after another, what cannot be read answered with an empty body and closed.
import net from "node:net";
import { HttpProblem, reasonOf } from "./http-problem";
import type { HttpMessage } from "./http-reader";
import { HttpReader } from "./http-reader";

/** Where the answer to one request goes. */
export interface Responder {
  /** `body`: latin-1, as it goes out. Content-Length is added. */
  write(status: number, headers: Record<string, string>, body: string): void;
  /** Breaks the connection without an answer. */
  reset(): void;
}

export interface ApiRequest {
  message: HttpMessage;
  /** Address of the client. */
  source: string | undefined;
}

type Handler = (request: ApiRequest, responder: Responder) => Promise<void>;

export class ApiServer {
  private readonly server: net.Server;
  private readonly sockets = new Set<net.Socket>();

  constructor(private readonly handler: Handler) {
    this.server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.serve(socket));
  }

  /** Gives the port. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", () => {
        this.server.off("error", reject);
        resolve((this.server.address() as net.AddressInfo).port);
      });
    });
  }

  /** Ends every connection and listens no more. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
  }

  private serve(socket: net.Socket): void {
    const reader = new HttpReader();
    let isBusy = false;
    let hasEnded = false;
    const next = (): void => {
      while (!isBusy && !socket.destroyed) {
        const message = readNext(reader, socket);
        if (message === undefined) return void (hasEnded && socket.end());
        isBusy = true;
        const over = () => {
          isBusy = false;
          setImmediate(next);
        };
        this.handler({ message, source: socket.remoteAddress }, responderOf(socket, over)).catch((error: unknown) => {
          socket.destroy();
          console.error(error);
        });
      }
    };
    this.sockets.add(socket);
    socket.on("data", (bytes) => {
      reader.push(bytes);
      next();
    });
    socket.on("end", () => {
      hasEnded = true;
      next();
    });
    socket.on("error", () => socket.destroy()); // a caller that goes away is no error of ours
    socket.on("close", () => this.sockets.delete(socket));
  }
}

function readNext(reader: HttpReader, socket: net.Socket): HttpMessage | undefined {
  try {
    const message = reader.next();
    if (message === undefined || message.start.kind === "request") return message;
    throw new HttpProblem(400, "Bad Request");
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    const { status } = error;
    socket.removeAllListeners("data").resume();
    socket.end(`HTTP/1.1 ${status} ${reasonOf(status)}\r\nContent-Length: 0\r\n\r\n`);
    return undefined;
  }
}

function responderOf(socket: net.Socket, over: () => void): Responder {
  return {
    write(status, headers, body) {
      const lines = Object.entries({ ...headers, "Content-Length": String(body.length) });
      const head = [`HTTP/1.1 ${status} ${reasonOf(status)}`, ...lines.map(([name, value]) => `${name}: ${value}`)];
      if (!socket.destroyed) socket.write(`${head.join("\r\n")}\r\n\r\n${body}`, "latin1");
      over();
    },
    reset: () => void socket.resetAndDestroy(),
  };
}
