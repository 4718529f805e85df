// Delivers a bot's updates to its webhook: sends, retries, keeps the address and the connections.
import { addressProblem } from "./addresses";
import { integerIn, latin1Of, textOf } from "./bytes";
import { Connection } from "./connection";
import type { ConnectionOwner } from "./connection";
import { requestHead } from "./delivery-request";
import type { HttpMessage } from "./http-reader";
import { Limit } from "./limits";
import { RetryQueues } from "./retry";
import type { Attempt } from "./retry";
import type { Deliverer, Environment, Webhook } from "./state";
import type { DeliveryRecord } from "./types";
import type { World } from "./world";

const RESOLVE_SECONDS = 1800;
const ACTIVE_MILLISECONDS = 10_000;
const GONE_MILLISECONDS = 23 * 3_600_000;

interface Link {
  connection: Connection;
  address: string;
  attempt: Attempt | null;
}

export class Delivery implements Deliverer {
  private readonly links = new Set<Link>();
  private readonly ready: Link[] = [];
  private readonly queues: RetryQueues;
  private readonly whenActive = new Limit([{ seconds: 0.5, count: 10 }]);
  private readonly whenIdle = new Limit([{ seconds: 2, count: 1 }]);
  private lastSuccess = -Infinity;
  private goneSince: number | null = null;
  private cancelWake: () => void = () => undefined;
  private cancelResolve: () => void = () => undefined;
  private isOver = false;

  constructor(
    private readonly world: World,
    private readonly environment: Environment,
    private readonly webhook: Webhook,
    isRestored = false,
  ) {
    this.queues = new RetryQueues(world, environment.queue, 2 * webhook.maxConnections);
    world.deliverers.add(this);
    const seconds = isRestored ? RESOLVE_SECONDS * world.random() : this.secondsToNextLookup();
    if (!webhook.ipFixed) this.resolveAfter(seconds);
    // A new webhook is tried with a connection; one from disk has its first one for an update.
    if (!isRestored) this.open();
    this.wake();
  }

  /** Does what is to be done now, and asks to be woken when there is something to do later. */
  wake(): void {
    if (this.isOver) return;
    this.cancelWake();
    this.queues.load();
    const openNext = this.openMissing();
    this.sendDue();
    const next = Math.min(openNext, this.ready.length > 0 ? this.queues.nextDue() : Infinity);
    const seconds = (next - this.world.clock.milliseconds()) / 1000;
    if (next !== Infinity) this.cancelWake = this.world.clock.after(Math.max(0, seconds), () => this.wake());
  }

  stop(): void {
    this.isOver = true;
    this.cancelWake();
    this.cancelResolve();
    for (const { connection, attempt } of this.links) {
      connection.drop();
      if (attempt !== null) this.record(attempt, { outcome: "cut" });
    }
    this.links.clear();
    this.ready.length = 0;
    this.world.deliverers.delete(this);
  }

  /** Opens as many connections as the queues call for; returns when the next may be opened. */
  private openMissing(): number {
    const now = this.world.clock.milliseconds();
    const isActive = this.lastSuccess + ACTIVE_MILLISECONDS >= now;
    const wanted = Math.min(this.queues.count(), this.webhook.maxConnections);
    const needed = isActive ? wanted : Math.min(1, wanted);
    const limit = isActive ? this.whenActive : this.whenIdle;
    while (this.links.size < needed) {
      if (limit.nextAllowed() > now) return limit.nextAllowed();
      this.open();
    }
    return Infinity;
  }

  private open(): void {
    const { webhook, world } = this;
    const now = world.clock.milliseconds();
    (this.lastSuccess + ACTIVE_MILLISECONDS >= now ? this.whenActive : this.whenIdle).add(now);
    const { host, port, protocol } = webhook.parsed;
    const address = webhook.ipAddress ?? "";
    const tls = protocol === "http" ? undefined : { host, certificate: webhook.certificate, roots: world.roots };
    const endpoint = { ...world.resolver.connectTo(host, address, port), tls };
    const owner: ConnectionOwner = {
      responded: (response) => this.responded(link, response),
      failed: (message) => this.lost(link, message),
      closed: () => this.lost(link, undefined),
    };
    const link: Link = {
      connection: new Connection(endpoint, world.clock, world.memory, owner),
      address,
      attempt: null,
    };
    this.links.add(link);
    this.ready.push(link);
  }

  private sendDue(): void {
    while (this.ready.length > 0) {
      const attempt = this.queues.takeDue();
      if (attempt === undefined) return;
      const head = requestHead(this.webhook, attempt.update.json.length);
      if (head === undefined) continue; // too long for the server's buffer: the update stays, silently
      const link = this.ready.shift() as Link;
      link.attempt = attempt;
      link.connection.send(`${head}\r\n\r\n${attempt.update.json}`);
    }
  }

  private responded(link: Link, response: HttpMessage): void {
    const { attempt } = link;
    link.attempt = null;
    const { start } = response;
    const isKept = start.kind === "response" && response.keepAlive && link.address === this.webhook.ipAddress;
    if (isKept) this.ready.push(link);
    else this.remove(link);
    if (start.kind === "request") this.refused(attempt, response, undefined, textOfRequest(response));
    else if (start.status >= 200 && start.status <= 299) this.succeeded(attempt, response, start.status);
    else this.refused(attempt, response, start.status, `${start.status} ${start.reason}`);
    this.wake();
  }

  private succeeded(attempt: Attempt | null, response: HttpMessage, status: number): void {
    this.goneSince = null;
    if (attempt === null) return;
    this.lastSuccess = this.world.clock.milliseconds();
    this.environment.hasDeliveredSince = true;
    this.record(attempt, { outcome: "delivered", status });
    this.queues.succeed(attempt);
    this.world.onReply(this.environment, response);
  }

  /** Without a status the endpoint has sent a request. */
  private refused(attempt: Attempt | null, { headers }: HttpMessage, status: number | undefined, shown: string): void {
    const error = `Wrong response from the webhook: ${shown}`;
    this.setError(error);
    const asked = headers.get("retry-after") ?? "";
    const isSeconds = status !== undefined && String(integerIn(asked, 32)) === asked;
    const retryAfter = isSeconds ? Math.max(0, Number(asked)) : 0;
    const known = status === undefined ? {} : { status };
    if (attempt !== null) this.failed(attempt, { outcome: "failed", ...known, error }, retryAfter);
    if (status === undefined) return;
    const now = this.world.clock.milliseconds();
    if (status !== 410) this.goneSince = null;
    else if (now > (this.goneSince ??= now) + GONE_MILLISECONDS) this.environment.removeWebhook();
  }

  /** The connection is over: with an error, or without a word. */
  private lost(link: Link, message: string | undefined): void {
    if (message !== undefined) this.setError(message);
    this.remove(link);
    const outcome =
      message === undefined ? ({ outcome: "closed" } as const) : ({ outcome: "failed", error: message } as const);
    if (link.attempt !== null) this.failed(link.attempt, outcome, 0);
    this.wake();
  }

  private failed(
    attempt: Attempt,
    ending: Pick<DeliveryRecord, "outcome" | "status" | "error">,
    retryAfter: number,
  ): void {
    this.record(attempt, ending);
    if (!this.queues.retry(attempt, retryAfter)) this.record(attempt, { outcome: "dropped" });
  }

  private remove(link: Link): void {
    link.connection.drop();
    this.links.delete(link);
    if (this.ready.includes(link)) this.ready.splice(this.ready.indexOf(link), 1);
  }

  private setError(message: string): void {
    this.environment.lastError = { date: this.world.clock.unixSeconds(), message };
    this.environment.hasDeliveredSince = false;
  }

  private record({ update }: Attempt, ending: Pick<DeliveryRecord, "outcome" | "status" | "error">): void {
    const { journal, deliveries, clock } = this.world;
    deliveries.push({
      at: clock.now().toISOString(),
      botId: this.environment.bot.id,
      updateId: update.id,
      url: journal.mask(this.webhook.url),
      ...ending,
      requestHead: journal.mask(textOf(requestHead(this.webhook, update.json.length) ?? "")),
    });
  }

  /** Asks the resolver again every 30 to 33 minutes; an answer that the server would not deliver to is ignored. */
  private secondsToNextLookup(): number {
    return RESOLVE_SECONDS * (1 + this.world.random() / 10);
  }

  private resolveAfter(seconds: number): void {
    this.cancelResolve = this.world.clock.after(seconds, () => void this.resolveAgain());
  }

  private async resolveAgain(): Promise<void> {
    const resolved = await this.world.resolver.resolve(this.webhook.parsed.host);
    if (this.isOver) return;
    this.resolveAfter(this.secondsToNextLookup());
    if ("problem" in resolved || addressProblem(resolved.address, this.world.isLocal) !== undefined) return;
    this.webhook.ipAddress = resolved.address;
  }
}

/** How the server writes down a request that it gets in place of a response. */
function textOfRequest({ start, lines, call, keepAlive, content }: HttpMessage): string {
  if (start.kind !== "request") return "";
  const args = [...call.parameters].map(([name, value]) => `:[${name}:${value}]`).join("");
  const headers = lines.map(([name, value]) => `${name}=${value}\n`).join("");
  const first = `${start.method}:${start.path}${args}${keepAlive ? ":keep-alive" : ""}`;
  return textOf(`${latin1Of(first)}\n${headers}BEGIN CONTENT\n${content.toString("latin1")}END CONTENT\n`);
}

/** A bot that was closed and is loaded again, or whose server was restarted, delivers again. */
export function resumeDelivery(world: World, environment: Environment): void {
  const { webhook } = environment;
  if (webhook === null || webhook.deliverer === null) return;
  webhook.deliverer.stop();
  webhook.deliverer = new Delivery(world, environment, webhook, true);
}
