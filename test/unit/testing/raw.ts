// Raw node:http and sockets for the tests of the fake server: a client, endpoints, multipart, polling.
import http from "node:http";
import net from "node:net";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { startFakeTelegram } from "../../../testing";
import type { FakeTelegram, FakeTelegramOptions } from "../../../testing";

export interface RawAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
}

export interface RawRequest {
  method?: string;
  headers?: http.OutgoingHttpHeaders;
  body?: string | Buffer;
  /** The request line's path, when it is not the URL's. */
  path?: string;
}

/** One request on a connection of its own. */
export function request(
  url: string,
  { method = "POST", headers = {}, body, path }: RawRequest = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: false, ...(path === undefined ? {} : { path }) };
    const outgoing = http.request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

export const form = (fields: Record<string, string>): RawRequest => ({
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
});

export const json = (body: unknown): RawRequest => ({
  headers: { "content-type": "application/json" },
  body: typeof body === "string" ? body : JSON.stringify(body),
});

export function multipart(fields: Record<string, string>, files: Record<string, string | Buffer>): RawRequest {
  const boundary = "boundary-of-the-tests";
  const part = (disposition: string, content: string | Buffer) =>
    Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
      Buffer.from(content as string),
      Buffer.from("\r\n"),
    ]);
  const body = Buffer.concat([
    ...Object.entries(fields).map(([name, value]) => part(`name="${name}"`, value)),
    ...Object.entries(files).map(([name, value]) => part(`name="${name}"; filename="${name}.pem"`, value)),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
  return { headers: { "content-type": `multipart/form-data; boundary=${boundary}` }, body };
}

/** Waits, with a deadline, until the value is there. */
export async function until<T>(
  read: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`not seen within 60 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What is written back; empty: nothing, and undefined: the connection is closed. */
export type Responder = (request: string, count: number) => string | undefined;

export interface Endpoint {
  port: number;
  /** Everything received: one text for each request. */
  requests: string[];
  /** Connections accepted, ever. */
  connections: number;
  close(): Promise<void>;
}

export const SILENCE = "";
export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
export const status = (line: string, headers = ""): string => `HTTP/1.1 ${line}\r\n${headers}Content-Length: 0\r\n\r\n`;

/** An endpoint that keeps the raw bytes; the responder gives what is written back. */
export function endpoint(respond: Responder = () => OK, secure?: tls.TlsOptions): Promise<Endpoint> {
  const sockets = new Set<net.Socket>();
  const seen: Endpoint = { port: 0, requests: [], connections: 0, close: () => Promise.resolve() };
  const accept = (socket: net.Socket) => {
    seen.connections += 1;
    sockets.add(socket);
    let buffered = "";
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      buffered += bytes.toString("latin1");
      const end = buffered.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(buffered)?.[1] ?? 0);
      if (end < 0 || buffered.length < end + 4 + length) return;
      seen.requests.push(buffered.slice(0, end + 4 + length));
      buffered = buffered.slice(end + 4 + length);
      const response = respond(seen.requests.at(-1) ?? "", seen.requests.length);
      if (response === undefined) socket.end();
      else socket.write(response);
    });
  };
  const server = secure === undefined ? net.createServer(accept) : tls.createServer(secure, accept);
  server.on("tlsClientError", () => undefined);
  seen.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(Object.assign(seen, { port: (server.address() as AddressInfo).port })));
  });
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const once = await endpoint();
  await once.close();
  return once.port;
}

/** A server and one bot, and calls of that bot's client. */
export class Fixture {
  private constructor(
    readonly telegram: FakeTelegram,
    readonly id: string,
    public token: string,
    private readonly ends: (() => Promise<void>)[],
  ) {}

  static async start(options: FakeTelegramOptions = {}): Promise<Fixture> {
    const telegram = await startFakeTelegram(options);
    const { id, token } = telegram.addBot({ id: 123456, username: "a_bot", name: "A bot" });
    return new Fixture(telegram, id, token, [() => telegram.close()]);
  }

  raw(method: string, call: RawRequest = {}): Promise<RawAnswer> {
    return request(`${this.telegram.apiUrl}/bot${this.token}/${method}`, call);
  }

  async call(method: string, parameters: Record<string, unknown> = {}): Promise<unknown> {
    return JSON.parse((await this.raw(method, json(parameters))).text);
  }

  async info(): Promise<Record<string, unknown>> {
    return ((await this.call("getWebhookInfo")) as { result: Record<string, unknown> }).result;
  }

  /** The next setWebhook comes after the one-second slot. */
  async set(parameters: Record<string, unknown>): Promise<unknown> {
    await this.telegram.clock.advance(1);
    return this.call("setWebhook", parameters);
  }

  async endpoint(respond?: Responder, secure?: tls.TlsOptions): Promise<Endpoint> {
    const made = await endpoint(respond, secure);
    this.ends.push(() => made.close());
    return made;
  }

  async close(): Promise<void> {
    for (const end of this.ends.splice(0)) await end();
  }
}

/** A fixture for each test of a file, closed after it. */
export function fixtures(): (options?: FakeTelegramOptions) => Promise<Fixture> {
  const open: Fixture[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });
  return async (options) => {
    const made = await Fixture.start(options);
    open.push(made);
    return made;
  };
}
