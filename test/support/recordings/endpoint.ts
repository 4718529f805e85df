// A webhook endpoint like the recorder's: with a certificate it answers every request alike, without one it resets connections.
import net from "node:net";
import type { AddressInfo } from "node:net";
import tls from "node:tls";

export interface EndpointRow {
  certificate: string | null;
  /** What is sent after each request; left out: the connection is closed without an answer. */
  answer?: string;
}

export interface RunningEndpoint {
  port: number;
  close(): void;
}

export function startEndpoint(
  { answer }: EndpointRow,
  certificate: { chain: string; key: string } | undefined,
): Promise<RunningEndpoint> {
  const serve = (socket: net.Socket) => {
    socket.on("error", () => socket.destroy());
    let received = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes]);
      for (let end = received.indexOf("\r\n\r\n"); end >= 0; end = received.indexOf("\r\n\r\n")) {
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received.subarray(0, end + 2).toString())?.[1] ?? 0);
        if (received.length < end + 4 + length) return;
        received = received.subarray(end + 4 + length);
        if (answer === undefined) return void socket.end();
        socket.write(answer);
      }
    });
  };
  const server =
    certificate === undefined
      ? net.createServer((socket) => socket.on("error", () => undefined).resetAndDestroy())
      : tls.createServer({ cert: certificate.chain, key: certificate.key }, serve);
  server.on("tlsClientError", () => undefined);
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  });
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port, close }));
  });
}
