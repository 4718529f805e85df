// Everything that the parts of one running server share: options, clock, bots, resolver, faults, journal, deliveries.
import { Resolver } from "./addresses";
import { Clock } from "./clock";
import { Faults } from "./faults";
import { Journal } from "./journal";
import { NewClientLimits } from "./limits";
import { Bot } from "./state";
import type { HttpMessage } from "./http-reader";
import { PeerMemory } from "./peer-memory";
import type { Deliverer, Environment } from "./state";
import type { DeliveryRecord, FakeTelegramOptions, NewBot } from "./types";
import { ControlError } from "./types";
import { isWellFormed, tokenForm } from "./token";

const TOKEN_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

export class World {
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly faults = new Faults();
  readonly journal = new Journal();
  newClients = new NewClientLimits();
  readonly bots = new Map<string, Bot>();
  readonly deliveries: DeliveryRecord[] = [];
  /** Trust anchors for endpoints without an uploaded certificate. */
  readonly roots: string[] = [];
  /** Everything that holds sockets or timers, to be ended with the server. */
  readonly deliverers = new Set<Deliverer>();
  /** What happens with an endpoint's response to a delivery; set by the server. */
  onReply: (environment: Environment, response: HttpMessage) => void = () => undefined;
  readonly memory: PeerMemory;
  readonly random: () => number;
  startedAt: number;

  constructor(readonly options: FakeTelegramOptions) {
    this.clock = new Clock(options.now);
    this.memory = new PeerMemory(this.clock);
    this.resolver = new Resolver(this.clock, options);
    this.random = options.random ?? Math.random;
    this.startedAt = this.clock.milliseconds();
  }

  /** What a restart of the process leaves: webhooks are set up again without verification when their bot is loaded. */
  restart(): void {
    for (const bot of this.bots.values()) for (const each of Object.values(bot.environments)) each.unload();
    this.startedAt = this.clock.milliseconds();
    this.newClients = new NewClientLimits();
    this.resolver.forget();
  }

  get isLocal(): boolean {
    return this.options.local === true;
  }

  bot(id: string | number): Bot {
    const bot = this.bots.get(String(id));
    if (bot === undefined) throw new ControlError("UNKNOWN_BOT", `There is no bot ${id}; add it with addBot.`);
    return bot;
  }

  addBot(bot: NewBot): Bot {
    const digits = /^(\d+):/.exec(bot.token ?? "")?.[1];
    if (bot.token !== undefined && (digits === undefined || (bot.id !== undefined && String(bot.id) !== digits))) {
      throw new ControlError("BAD_REQUEST", "A token must be <id>:<secret>, with the id of the bot.");
    }
    if (bot.token !== undefined && !isWellFormed(bot.token)) {
      throw new ControlError("BAD_REQUEST", `A token must be ${tokenForm}; leave it out to have one made.`);
    }
    const id = digits ?? String(bot.id ?? 1_000_000_000 + Math.floor(this.random() * 8_999_999_999));
    if (this.bots.has(id)) throw new ControlError("BOT_EXISTS", `There is a bot ${id} already.`);
    const { username = `fake_${id}_bot`, name = `Fake bot ${id}` } = bot;
    const added = new Bot(
      id,
      bot.token ?? this.newToken(id),
      username,
      name,
      this.clock,
      this.random,
      () => this.startedAt,
    );
    this.bots.set(id, added);
    return added;
  }

  newToken(id: string): string {
    const character = () => TOKEN_ALPHABET[Math.floor(this.random() * TOKEN_ALPHABET.length)] ?? "A";
    return `${id}:${Array.from({ length: 34 }, character).join("")}A`;
  }

  /** The bot that this token belongs to now. */
  botWithToken(token: string): Bot | undefined {
    const id = token.slice(0, Math.max(0, token.indexOf(":")));
    const bot = this.bots.get(id);
    if (bot !== undefined) return bot.token === token ? bot : undefined;
    return this.options.acceptAnyToken === true && isWellFormed(token) ? this.addBot({ token }) : undefined;
  }
}
