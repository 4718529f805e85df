// What the server has stored: bots, and for each token and environment its webhook, queue and settings.
import type { Answer } from "./answers";
import { conflict } from "./answers";
import type { Clock } from "./clock";
import type { SentMessage, WebhookState } from "./types";
import { DEFAULT_MASK, namesOf } from "./update-kinds";
import { UpdateQueue } from "./update-queue";
import type { WebhookUrl } from "./webhook-url";

/** Something that delivers, and can be stopped. */
export interface Deliverer {
  /** A new update is in the queue. */
  wake(): void;
  stop(): void;
}

export interface Webhook {
  /** As sent. */
  url: string;
  parsed: WebhookUrl;
  certificate: string | null;
  maxConnections: number;
  /** Null until verified, unless pinned. */
  ipAddress: string | null;
  ipFixed: boolean;
  secretToken: string;
  deliverer: Deliverer | null;
}

/** A call whose answer is still open and that another call can end. */
export interface OpenCall {
  answer(answer: Answer): void;
  /** It is open no longer, and is answered later. */
  forget(): void;
}

/** What the server knows of a bot while it is loaded, and forgets with it; times in milliseconds of the clock. */
export interface Session {
  /** Before it, a setWebhook is refused with 429. */
  nextSetTime: number;
  /** Before it, a conflict is answered three seconds late. */
  nextConflictTime: number;
  /** The getUpdates before. */
  lastPoll: { offset: number; at: number };
}

const newSession = (): Session => ({
  nextSetTime: -Infinity,
  nextConflictTime: -Infinity,
  lastPoll: { offset: -1, at: -Infinity },
});

/** One bot in production, or in the test environment. */
export class Environment {
  webhook: Webhook | null = null;
  /** What the server has on disk of a webhook while the bot is closed, or was loaded again without it. */
  saved: Webhook | null = null;
  allowedMask = DEFAULT_MASK;
  lastError: { date: number; message: string } | null = null;
  /** Whether an update was delivered after the last error; for the page only, since Telegram tells it nobody. */
  hasDeliveredSince = false;
  lastSynchronizationErrorDate: number | null = null;
  session = newSession();
  generation = 0;
  /** The setWebhook that is being verified. */
  verifying: OpenCall | null = null;
  /** The getUpdates that is waiting. */
  polling: (OpenCall & { wake(): void }) | null = null;
  /** Milliseconds; null while the server has not loaded the bot. */
  loadedAt: number | null = null;
  loggedOutUntil = -Infinity;
  /** Milliseconds: since when the bot is logged in at Telegram; null before its first call. */
  loggedInAt: number | null = null;
  readonly queue: UpdateQueue;

  constructor(
    readonly bot: Bot,
    readonly isTest: boolean,
    private readonly clock: Clock,
    random: () => number,
    startedAt: () => number,
  ) {
    this.queue = new UpdateQueue(clock, random, startedAt);
  }

  /** Closes the webhook and wipes its fields; what is left is none. allowed_updates stays. */
  removeWebhook(): null {
    this.webhook?.deliverer?.stop();
    if (this.webhook !== null) this.saved = null;
    this.webhook = null;
    this.lastError = null;
    return null;
  }

  /** The server lets go of the bot until its next call; webhook and queue stay on disk. */
  close(): void {
    this.webhook?.deliverer?.stop();
    this.saved = this.webhook ?? this.saved;
    this.webhook = null;
    this.lastError = null;
    this.loadedAt = null;
  }

  /** A call comes for a bot that is not loaded. One that sets or deletes the webhook does not look for it on disk. */
  load(now: number, method: string): void {
    this.loadedAt = now;
    this.session = newSession();
    this.loggedInAt ??= now;
    if (method === "setWebhook" || method === "deleteWebhook") return;
    this.webhook ??= this.saved;
    this.saved = null;
  }

  /** What belongs to a token, and does not outlive it. The queue does. */
  forgetToken(): void {
    this.verifying?.answer({ ok: false, code: 401, description: "Unauthorized" });
    this.polling?.answer({ ok: false, code: 401, description: "Unauthorized" });
    this.removeWebhook();
    this.saved = null;
    this.allowedMask = DEFAULT_MASK;
    this.loadedAt = null;
  }

  /** What is not on disk is forgotten; a webhook that was not verified yet had not been saved. */
  unload(): void {
    this.verifying = null;
    this.polling = null;
    this.loadedAt = null;
    this.lastError = null;
    this.webhook ??= this.saved;
    this.saved = null;
    if (this.webhook?.deliverer === null) this.removeWebhook();
    else this.webhook?.deliverer?.stop();
  }

  endPolling(reason: string): void {
    if (this.polling !== null) this.answerConflict(this.polling, reason);
  }

  /** Ends a call with 409: at once, but three seconds later while the last one was less than that ago. */
  answerConflict(call: OpenCall, reason: string): void {
    const now = this.clock.milliseconds();
    const answer = () => call.answer(conflict(reason));
    if (now < this.session.nextConflictTime) {
      call.forget();
      this.clock.after(CONFLICT_SECONDS, answer);
      return;
    }
    this.session.nextConflictTime = now + CONFLICT_SECONDS * 1000;
    answer();
  }

  snapshot(): WebhookState {
    const webhook = this.webhook ?? (this.loadedAt === null ? this.saved : null);
    return {
      url: webhook?.url ?? "",
      certificate: webhook?.certificate ?? null,
      maxConnections: webhook?.maxConnections ?? 0,
      ipAddress: webhook?.ipAddress ?? null,
      ipFixed: webhook?.ipFixed ?? false,
      secretToken: webhook?.secretToken || null,
      allowedUpdates: namesOf(this.allowedMask),
      lastError: this.lastError && { ...this.lastError },
      pending: this.queue.size(),
      generation: this.generation,
    };
  }
}

const CONFLICT_SECONDS = 3;

export class Bot {
  readonly environments: { production: Environment; test: Environment };
  readonly sent: SentMessage[] = [];
  private readonly lastMessageIds = new Map<string, number>();

  constructor(
    readonly id: string,
    public token: string,
    readonly username: string,
    readonly name: string,
    clock: Clock,
    random: () => number,
    startedAt: () => number,
  ) {
    this.environments = {
      production: new Environment(this, false, clock, random, startedAt),
      test: new Environment(this, true, clock, random, startedAt),
    };
  }

  environment(isTest: boolean | undefined): Environment {
    return isTest === true ? this.environments.test : this.environments.production;
  }

  nextMessageId(chatId: number | string): number {
    const id = (this.lastMessageIds.get(String(chatId)) ?? 0) + 1;
    this.lastMessageIds.set(String(chatId), id);
    return id;
  }
}
