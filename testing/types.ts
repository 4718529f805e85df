// The public shapes of the fake Bot API server: options, what its handle gives back, faults.

/** Where a host name leads. */
export interface HostAddress {
  /** Address that the server believes in and shows as `ip_address`; default 149.154.167.220. A reserved one is refused. */
  shown?: string;
  /**
   * Where connections really go: `"127.0.0.1"` (port of the URL) or `"127.0.0.1:8443"`. Counts from the next connection.
   * Default: 127.0.0.1 for a name, so that no test leaves the machine; the address itself for an IP address.
   */
  connect?: string;
  /** Connections to it are never answered, as by a firewall that drops packets. */
  unanswered?: true;
  /** The name has an IPv6 address only. */
  aaaaOnly?: true;
  /** The name does not resolve. */
  none?: true;
  /** The text of the resolver for `none`; default `Name or service not known`. */
  error?: string;
  /** How long the lookup takes, in milliseconds of the clock; default 0. Makes verification slow. */
  delayMilliseconds?: number;
}

/** Options of `startFakeTelegram`; all optional. */
export interface FakeTelegramOptions {
  /** Port of the Bot API on 127.0.0.1; default 0, a free one. */
  port?: number;
  /** Port of the control API and the page on 127.0.0.1; default 0, a free one. */
  controlPort?: number;
  /** The `--local` mode of a self-hosted server: http, any port, any address, `max_connections` to 100000 (default 100). Default false. */
  local?: boolean;
  /** Limit new bots to 20 a minute and 600 an hour for each source address, as the real server does. Default false. */
  newClientLimits?: boolean;
  /** Any token that Telegram can have made is a bot: `<id>:<secret>`, the secret base64url of 24 characters or more. Default false. */
  acceptAnyToken?: boolean;
  /** What host names that nobody mapped lead to; default: they do not resolve. */
  resolveEverything?: HostAddress;
  /** How long a failed lookup is remembered, in seconds; default 300 as in the real server. */
  negativeCacheSeconds?: number;
  /** How long a good lookup is remembered, in seconds; default 1740 as in the real server. */
  positiveCacheSeconds?: number;
  /** Wording of the 400 for a bad secret token: `unallowed` (source, default) or `illegal` (seen in production). */
  secretTokenWording?: "unallowed" | "illegal";
  /** Base of the clock; default real time. */
  now?: () => Date;
  /** Numbers from 0 to 1 for tokens, update ids and delays; default `Math.random`. */
  random?: () => number;
  /** Called when the fault `timeout` leaves a call without an answer: a client whose time is not real ends its wait. */
  onUnanswered?: (call: JournalEntry) => void;
}

/** A bot as `addBot` takes it: what is left out is made up. */
export interface NewBot {
  /** Default: random, or the digits of the token. */
  id?: number;
  /** `<id>:<secret>`, the secret base64url of 24 characters or more. Default: `<id>:<35 random characters>`. */
  token?: string;
  /** Default: `fake_<id>_bot`. */
  username?: string;
  /** Default: `Fake bot <id>`. */
  name?: string;
}

/** What the server itself has stored of a bot's webhook, including what its API never reports. */
export interface WebhookState {
  url: string;
  /** PEM text as uploaded. */
  certificate: string | null;
  /** 0 when there is no webhook. */
  maxConnections: number;
  /** The pinned or resolved address; null while unknown and without a webhook. */
  ipAddress: string | null;
  /** True when the address was pinned with `ip_address`. */
  ipFixed: boolean;
  /** Null when there is none. */
  secretToken: string | null;
  /** In the server's order; null for the default set. */
  allowedUpdates: string[] | null;
  /** `date` in unix seconds. */
  lastError: { date: number; message: string } | null;
  /** Updates in the queue. */
  pending: number;
  /** How many times a webhook was set up; "already set" does not count. */
  generation: number;
}

/** One call that reached the Bot API. */
export interface JournalEntry {
  /** Counts from 1 and never starts again. */
  n: number;
  /** RFC 3339, UTC. */
  at: string;
  by: "client" | "outsider";
  /** Digits of the token, or empty. */
  botId: string;
  test: boolean;
  /** As in Telegram's documentation, whatever case was sent. */
  method: string;
  /** In clear, secrets too, but never a token. */
  parameters: Record<string, string>;
  files: Record<string, { size: number; sha256: string }>;
  encoding: Encoding;
  userAgent?: string;
  /** HTTP status of the answer; 0 when none was given (yet). */
  status: number;
  /** `description` of the answer, or empty. */
  description: string;
}

/** How the parameters of a call came in; `none` when there were none. */
export type Encoding = "query" | "form" | "json" | "multipart" | "none";

/** One attempt to deliver an update. */
export interface DeliveryRecord {
  /** RFC 3339, UTC: when the attempt ended. */
  at: string;
  botId: string;
  updateId: number;
  url: string;
  /**
   * `delivered` 2xx; `failed` another status, or a connection error; `closed` the peer closed without an answer; `cut` under way
   * when the webhook was set again or removed, so that it comes twice; `dropped` given up.
   */
  outcome: "delivered" | "failed" | "closed" | "cut" | "dropped";
  status?: number;
  error?: string;
  /** Request line and header lines as sent, without the last empty line. */
  requestHead: string;
}

/** A message that a bot sent. */
export interface SentMessage {
  chatId: number | string;
  text: string;
  /** RFC 3339, UTC. */
  at: string;
}

/** What goes wrong with a call. `cut-json` answers 200 with half of the JSON; `timeout` never answers; `slow` answers late. */
export type FaultKind = "429" | "409" | "500" | "502-html" | "reset" | "cut-json" | "timeout" | "slow" | "error";

/** A fault for calls of clients; an outsider's calls are never hit. */
export interface Fault {
  /** Default: every bot. */
  botId?: string | number;
  /** Default: every method. */
  method?: string;
  /** How many calls it hits; default 1. */
  times?: number;
  kind: FaultKind;
  /**
   * Before the call took effect (then it has none), after, or in the middle: the bot's webhook is erased, as the server
   * does before it validates the new one, and nothing follows. Default before.
   */
  when?: "before" | "erased" | "after";
  /** Seconds, for `429`; default 1. */
  retryAfter?: number;
  /** For `slow`; default 1000, on the clock. */
  milliseconds?: number;
  /** For `error`; default 400. */
  code?: number;
  /** Default: the server's usual sentence. */
  description?: string;
  /** Further headers of the answer. */
  headers?: Record<string, string>;
}

/** Values of an outsider's call; anything but text is sent as its JSON, `certificate` is sent as a file. */
export type OutsiderParameters = Record<string, unknown>;

/** The answer that an outsider's call got. */
export type BotApiAnswer =
  | { ok: true; result: unknown; description?: string }
  | { ok: false; error_code: number; description: string; parameters?: { retry_after: number } };

/** Somebody else who has the bot's token. Calls wait for the one-second slot by themselves. */
export interface Outsider {
  setWebhook(parameters: OutsiderParameters): Promise<BotApiAnswer>;
  deleteWebhook(parameters?: OutsiderParameters): Promise<BotApiAnswer>;
  getUpdates(parameters?: OutsiderParameters): Promise<BotApiAnswer>;
}

/** A bot's production or test environment; default production. */
export interface EnvironmentChoice {
  test?: boolean;
}

/** Which calls to list; default all. */
export interface JournalFilter {
  botId?: string | number;
  method?: string;
  by?: "client" | "outsider";
}

/** A message from a user to the bot. */
export interface NewMessage extends EnvironmentChoice {
  text: string;
  /** Default 1001. */
  chatId?: number;
  /** Merged into the sender `{ id: chatId, is_bot: false, first_name: "Someone" }`. */
  from?: Record<string, unknown>;
}

/** The running fake server. Bots are named by id (digits, as text or number); an unknown one throws `UNKNOWN_BOT`. */
export interface FakeTelegram {
  /** `http://127.0.0.1:<port>`: what a client uses in place of `https://api.telegram.org`. */
  readonly apiUrl: string;
  /** `http://127.0.0.1:<controlPort>`: the same control as this handle, over HTTP, and the page. */
  readonly controlUrl: string;
  readonly clock: { now(): Date; advance(seconds: number): Promise<void> };
  /** Throws `BOT_EXISTS`, or `BAD_REQUEST` when id and token disagree, or Telegram cannot have made the token. */
  addBot(bot?: NewBot): { id: string; token: string; username: string };
  bots(): { id: string; token: string; username: string; name: string }[];
  /** The old token answers 401, the new one has no webhook, the queue survives. */
  revokeToken(botId: string | number): { token: string };
  state(botId: string | number, choice?: EnvironmentChoice): WebhookState;
  journal(filter?: JournalFilter): JournalEntry[];
  clearJournal(): void;
  outsider(botId: string | number, choice?: EnvironmentChoice): Outsider;
  /** `updateId` is 0 when the bot does not ask for this kind (`allowed_updates`). */
  message(botId: string | number, message: NewMessage): { updateId: number };
  /** Any kind: `{ callback_query: {…} }`. `updateId` is 0 when the bot does not ask for it. */
  update(botId: string | number, update: Record<string, unknown>, choice?: EnvironmentChoice): { updateId: number };
  pending(botId: string | number, choice?: EnvironmentChoice): number;
  deliveries(botId?: string | number): DeliveryRecord[];
  sent(botId: string | number): SentMessage[];
  /** A later lookup sees it; what the resolver remembers stays until it expires (5 minutes for a failure). */
  setHost(host: string, address: HostAddress): void;
  fault(fault: Fault): { id: string };
  clearFaults(): void;
  /** The secret token disappears without a trace in the API. */
  loseSecret(botId: string | number, choice?: EnvironmentChoice): void;
  /** `date` in unix seconds; default now. */
  setLastError(botId: string | number, message: string, options?: { date?: number } & EnvironmentChoice): void;
  /** `date` in unix seconds, or null to clear: `last_synchronization_error_date`. */
  setLastSynchronizationError(botId: string | number, date: number | null, choice?: EnvironmentChoice): void;
  /** Adds certificates to the server's own root store, for endpoints without an uploaded certificate. */
  trust(caPem: string): void;
  /**
   * Ends and starts the Bot API again on the same port: every connection breaks, and new ones are refused in between.
   * Webhooks, queues and tokens stay; errors of deliveries, what the resolver remembers, limits, and a webhook that was being verified do not.
   */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A control call that cannot be done; `code` says why. */
export class ControlError extends Error {
  constructor(
    readonly code: "UNKNOWN_BOT" | "BOT_EXISTS" | "BAD_REQUEST",
    message: string,
  ) {
    super(message);
  }
}
