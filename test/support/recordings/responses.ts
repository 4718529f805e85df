// Plays responses.json and replies.json: what an endpoint answers to a delivery, and what becomes of the update.
import net from "node:net";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { Bytes } from "./data";
import { recording, unpack } from "./data";
import type { Difference } from "./player";
import { Player } from "./player";

interface Observed {
  delivered: boolean;
  error: string | null;
}

interface Responses {
  cases: {
    name: string;
    endpoint_sends: Bytes;
    then: string;
    "after_0.7s": Observed & { requests: number };
    requests_after_first_at: number[];
    connections: number;
    second_update: { requests: boolean; on_a_new_connection: boolean | null };
    "after_8.5s": Observed;
    varies?: unknown;
  }[];
}

const STEP_SECONDS = 0.1;

/** An endpoint that sends the same bytes for every request, over plain TCP; when its connections end is told by the player's clock. */
class FixedEndpoint {
  readonly requests: { at: number; connection: number }[] = [];
  connections = 0;
  private readonly open = new Map<net.Socket, number>();
  private readonly server: net.Server;

  private constructor(
    private readonly player: Player,
    private readonly sent: Buffer,
    private readonly closesAfter: number | undefined,
  ) {
    this.server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.serve(socket));
  }

  static start(player: Player, sent: Buffer, closesAfter: number | undefined): Promise<FixedEndpoint> {
    const made = new FixedEndpoint(player, sent, closesAfter);
    return new Promise((resolve) => made.server.listen(0, "127.0.0.1", () => resolve(made)));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends the connections whose time has come, and waits until the other side has seen it. */
  async endDue(): Promise<void> {
    const due = [...this.open].filter(([, at]) => at <= this.now());
    for (const [socket] of due) {
      this.open.delete(socket);
      // A system resets a connection that is closed with unread bytes; Node has read them already.
      if (socket.readableLength > 0) socket.resetAndDestroy();
      else socket.destroy();
    }
    if (due.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private readonly sockets = new Set<net.Socket>();

  private now(): number {
    return this.player.telegram.clock.now().getTime() / 1000;
  }

  private serve(socket: net.Socket): void {
    const connection = ++this.connections;
    let received = "";
    this.sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.end());
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
      for (let end = received.indexOf("\r\n\r\n"); end >= 0; end = received.indexOf("\r\n\r\n")) {
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received.slice(0, end + 2))?.[1] ?? 0);
        if (received.length < end + 4 + length) return;
        received = received.slice(end + 4 + length);
        this.requests.push({ at: this.now(), connection });
        socket.write(this.sent);
        if (this.closesAfter !== undefined && !this.open.has(socket)) {
          this.open.set(socket, this.now() + this.closesAfter - 0.001);
          socket.pause(); // it reads no more until it closes
        }
      }
    });
  }
}

export async function playResponses(): Promise<Difference[]> {
  const player = await Player.start("responses", undefined, { local: true, random: () => 0.5 });
  try {
    for (const each of recording<Responses>("responses").cases)
      if (each.varies === undefined) await playOne(player, each);
    return player.differences;
  } finally {
    await player.close();
  }
}

async function playOne(player: Player, recorded: Responses["cases"][number]): Promise<void> {
  const closes = /^closes after ([\d.]+) s$/.exec(recorded.then)?.[1];
  const sent = unpack(recorded.endpoint_sends);
  const endpoint = await FixedEndpoint.start(player, sent, closes === undefined ? undefined : Number(closes));
  const { id } = player.addBot();
  const { telegram } = player;
  const until = async (seconds: number) => {
    for (let passed = 0; passed < seconds - 0.001; passed += STEP_SECONDS) {
      await telegram.clock.advance(Math.min(STEP_SECONDS, seconds - passed));
      await endpoint.endDue();
    }
  };
  const observed = () => {
    const { pending, lastError } = telegram.state(id);
    return { delivered: pending === 0, error: lastError?.message ?? null };
  };
  try {
    await telegram.outsider(id).setWebhook({ url: `http://127.0.0.1:${endpoint.port}/x` });
    await until(0.5);
    telegram.message(id, { text: "one", chatId: 5 });
    const first = telegram.clock.now().getTime() / 1000;
    await until(0.7);
    const soon = { ...observed(), requests: endpoint.requests.length };
    await until(6.7);
    const times = endpoint.requests.slice(1).map(({ at }) => Math.round((at - first) * 2) / 2);
    const { connections } = endpoint;
    await until(1.1);
    const late = observed();
    const before = endpoint.requests.length;
    const opened = endpoint.connections;
    telegram.message(id, { text: "two", chatId: 6 });
    await until(0.3);
    const then = endpoint.requests.slice(before);
    const isNew = then.some(({ connection }) => connection > opened);
    const second = { requests: then.length > 0, on_a_new_connection: then.length > 0 ? isNew : null };
    const got = { soon, times, connections, late, second };
    const want = {
      soon: recorded["after_0.7s"],
      times: recorded.requests_after_first_at,
      connections: recorded.connections,
      late: recorded["after_8.5s"],
      second: recorded.second_update,
    };
    const forms = [want, got].map((each) => JSON.stringify(each).replace(/[\udc80-\udcff]|\\udc[89a-f]./g, "\ufffd"));
    if (forms[0] !== forms[1]) player.differ(recorded.name, recorded.then, forms[0] ?? "", forms[1] ?? "");
  } finally {
    await telegram.outsider(id).deleteWebhook({ drop_pending_updates: true });
    endpoint.close();
  }
}

interface Replies {
  cases: {
    name: string;
    status: string;
    content_type: string | null;
    content_encoding?: string;
    body: string;
    method_run: boolean;
    webhook_still_set: boolean;
    delivered: boolean;
    error: string | null;
    sent_again: boolean;
    varies?: unknown;
  }[];
}

export async function playReplies(): Promise<Difference[]> {
  const player = await Player.start("replies", undefined, { local: true });
  try {
    for (const each of recording<Replies>("replies").cases)
      if (each.varies === undefined) await playReply(player, each);
    return player.differences;
  } finally {
    await player.close();
  }
}

async function playReply(player: Player, recorded: Replies["cases"][number]): Promise<void> {
  const method = { "<method>": "sendMessage", "<METHOD>": "SENDMESSAGE", "<text>": "a reply" };
  const text = Object.entries(method).reduce((body, [mark, value]) => body.replace(mark, value), recorded.body);
  const body = recorded.content_encoding === "gzip" ? gzipSync(text) : Buffer.from(text);
  const lines = [
    `HTTP/1.1 ${recorded.status}`,
    ...(recorded.content_type === null ? [] : [`Content-Type: ${recorded.content_type}`]),
    ...(recorded.content_encoding === undefined ? [] : [`Content-Encoding: ${recorded.content_encoding}`]),
    `Content-Length: ${body.length}`,
  ];
  const sent = Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), body]);
  const endpoint = await FixedEndpoint.start(player, sent, undefined);
  const { id } = player.addBot();
  const { telegram } = player;
  try {
    await telegram.outsider(id).setWebhook({ url: `http://127.0.0.1:${endpoint.port}/x` });
    telegram.message(id, { text: "one", chatId: 5 });
    await telegram.clock.advance(1);
    const { url, pending, lastError } = telegram.state(id);
    const got = {
      method_run: telegram.sent(id).length > 0,
      webhook_still_set: url !== "",
      delivered: pending === 0,
      error: lastError?.message ?? null,
      sent_again: endpoint.requests.length > 1,
    };
    const { method_run, webhook_still_set, delivered, error, sent_again } = recorded;
    const want = { method_run, webhook_still_set, delivered, error, sent_again };
    const forms = [want, got].map((each) => JSON.stringify(each));
    if (forms[0] !== forms[1]) player.differ(recorded.name, "reply", forms[0] ?? "", forms[1] ?? "");
  } finally {
    await telegram.outsider(id).deleteWebhook({ drop_pending_updates: true });
    endpoint.close();
  }
}
