// Stands between the provider and a Caddy's admin API: what is done just before a request gets there, or just after it was answered.
import fs from "node:fs";
import http from "node:http";

interface AdminAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

export interface AdminFront {
  /** The socket that the provider is given. */
  socket: string;
  /** Before a request goes on; "drop": it never does, and its connection is closed. */
  before: (method: string) => Promise<"drop" | void>;
  /** After Caddy has answered, before the answer goes back; "drop": it never does. The answer may be changed. */
  after: (method: string, answer: AdminAnswer) => Promise<"drop" | void> | void;
  /** Each request as method and status. */
  seen: string[];
  close(): Promise<void>;
}

export async function adminFront(home: string, adminSocket: string): Promise<AdminFront> {
  const front: AdminFront = {
    socket: `${home}/front.sock`,
    before: () => Promise.resolve(),
    after: () => Promise.resolve(),
    seen: [],
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => void pass(Buffer.concat(parts)).catch(() => response.destroy()));
    const pass = async (body: Buffer) => {
      const { method = "", url: path = "" } = request;
      if ((await front.before(method)) === "drop") return void response.destroy();
      const answer = await new Promise<AdminAnswer>((resolve, reject) => {
        const onward = http.request({ socketPath: adminSocket, method, path, headers: request.headers }, (got) => {
          const chunks: Buffer[] = [];
          got.on("data", (part: Buffer) => chunks.push(part));
          got.on("end", () =>
            resolve({ status: got.statusCode ?? 0, headers: got.headers, body: Buffer.concat(chunks) }),
          );
        });
        onward.on("error", reject).end(body);
      });
      front.seen.push(`${method} ${answer.status}`);
      if ((await front.after(method, answer)) === "drop") return void response.destroy();
      const { "transfer-encoding": _, ...headers } = answer.headers;
      const sent = { ...headers, "content-length": String(answer.body.length) };
      response.writeHead(answer.status, sent).end(answer.body);
    };
  });
  await new Promise<void>((resolve) => server.listen(front.socket, resolve));
  fs.chmodSync(front.socket, 0o600);
  return front;
}
