// A bot's TLS endpoint under a steady load of updates from the fake server, whose journal says what each rotation cost.
import { existsSync, readFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { FakeTelegram } from "../../testing";
import { until } from "./until";

const sendMilliseconds = 15;
const mostWaiting = 80;
const requestsOfConnection = 3;

/** One bot: its endpoint serves what the program brought to it, and every update that it acknowledged is counted. */
export class Site {
  readonly sent: number[] = [];
  readonly received = new Set<number>();
  /** Every error of a delivery that the server recorded, also of connections that carried no update. */
  readonly errors = new Set<string>();
  /** Whether the endpoint loads what the program brings at once; otherwise it waits for `load`. */
  isPrompt = true;
  /** Whether updates come, all the time. */
  isSending = false;
  private readonly server: https.Server;
  private loaded = "";
  private timer: NodeJS.Timeout | undefined;
  private requests = 0;

  constructor(
    private readonly telegram: FakeTelegram,
    private readonly botId: string,
    private readonly file: string,
  ) {
    this.server = https.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { update_id: id } = JSON.parse(Buffer.concat(chunks).toString()) as { update_id: number };
        this.received.add(id);
        // New connections all the time, since only these look at the certificate.
        this.requests += 1;
        if (this.requests % requestsOfConnection === 0) response.setHeader("Connection", "close");
        response.end();
      });
    });
  }

  /** The endpoint of this host from now on; what the program brings is loaded if the endpoint is prompt. */
  async listen(host: string): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.telegram.setHost(host, { connect: `127.0.0.1:${(this.server.address() as AddressInfo).port}` });
    this.timer = setInterval(() => {
      if (this.isPrompt) this.load();
      const error = this.telegram.state(this.botId).lastError?.message;
      if (error !== undefined) this.errors.add(error);
      if (!this.isSending || this.telegram.pending(this.botId) >= mostWaiting) return;
      this.sent.push(this.telegram.message(this.botId, { text: "hello" }).updateId);
    }, sendMilliseconds);
  }

  /** Serves what the program brought last. */
  load(): void {
    const text = existsSync(this.file) ? readFileSync(this.file, "utf8") : "";
    if (text === "" || text === this.loaded || !text.endsWith("}")) return;
    this.loaded = text;
    this.server.setSecureContext(JSON.parse(text) as { cert: string; key: string });
  }

  /** How many updates were delivered in this time. */
  deliveredIn({ from, to }: Window): number {
    const all = this.telegram.deliveries(this.botId).filter(({ outcome }) => outcome === "delivered");
    return all.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= to).length;
  }

  /** Waits until so many more updates have arrived. */
  async more(count: number): Promise<void> {
    const goal = this.received.size + count;
    await until(() => this.received.size >= goal, 60);
  }

  /** Sends no more, and waits until everything has arrived. */
  async drain(): Promise<void> {
    this.isSending = false;
    await until(() => this.telegram.pending(this.botId) === 0, 60);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

export interface Window {
  from: number;
  to: number;
}

/** Of a program in this folder: its certificate of this name. */
export function siteOf(telegram: FakeTelegram, botId: string, folder: string, certificate: string): Site {
  return new Site(telegram, botId, path.join(folder, `${certificate}.served.json`));
}
