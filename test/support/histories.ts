// What happens to one bot over time, and what must be true of it: the program, somebody else, the server, and an oracle.
import type { FakeTelegram, Fault } from "../../testing";
import { pem } from "./bad-input";
import { liveOf, none } from "./fault-cells";
import type { Live } from "./fault-cells";
import { testBot } from "./webhooks";
import type { TestBot } from "./webhooks";

/** What may happen between two commands. */
export const happenings = [
  "foreign set",
  "foreign delete",
  "rename",
  "move",
  "rotate token",
  "rotate secret",
  "fault",
] as const;
export type Happening = (typeof happenings)[number];

/** How a history begins: what is there before this stack, and what the program lets it replace. */
export interface Start {
  before: "nothing" | "foreign" | "wanted";
  takeover: "none" | "true" | "host" | "another host";
  hasCertificate: boolean;
}
export const starts = {
  before: ["nothing", "foreign", "wanted"],
  takeover: ["none", "true", "host", "another host"],
  hasCertificate: [false, true],
} as const;

/** Each does harm once or twice, and passes. A hung request costs real time: the fault table has it. */
const faults: readonly Omit<Fault, "botId" | "method" | "times">[] = [
  { kind: "error", when: "erased", description: "Bad Request: bad webhook: Unknown" },
  { kind: "429", retryAfter: 2 },
  { kind: "409" },
  { kind: "409", when: "erased" },
  { kind: "500", when: "erased" },
  { kind: "502-html" },
  { kind: "502-html", when: "after" },
  { kind: "reset" },
  { kind: "reset", when: "erased" },
  { kind: "reset", when: "after" },
  { kind: "cut-json", when: "after" },
];
const methods = ["setWebhook", "setWebhook", "setWebhook", "getWebhookInfo", "deleteWebhook"] as const;

const certified = "https://bots.example.com/tg/";
const certificate = pem("self-signed");
const foreignHost = "foreign.example.com";

export class History {
  readonly bot: TestBot;
  /** What the program declares now. */
  name = "a";
  args: Record<string, unknown>;
  private count = 0;
  private before: { live: Live; generation: number } | undefined;

  constructor(
    private readonly telegram: FakeTelegram,
    private readonly start: Start,
  ) {
    this.bot = testBot(telegram);
    for (const host of ["bots.example.com", foreignHost]) {
      telegram.setHost(host, { shown: "149.154.175.50", connect: "127.0.0.1:9" });
    }
    const takeover = { none: false, true: true, host: [foreignHost], "another host": ["other.example.com"] };
    this.args = {
      ...this.bot.args,
      ...(start.hasCertificate && { url: `${certified}${this.bot.id}`, certificate }),
      takeover: takeover[start.takeover],
    };
  }

  async begin(): Promise<void> {
    if (this.start.before === "foreign") await this.setByOther(`https://${foreignHost}/first`);
    if (this.start.before === "wanted") await this.setByOther(String(this.args["url"]));
  }

  /** `choice` is any whole number: which fault, for example. */
  async happen(what: Happening, choice: number): Promise<void> {
    this.count += 1;
    const { bot, telegram, count } = this;
    switch (what) {
      case "foreign set":
        return this.setByOther(`https://${foreignHost}/${choice % 2}`);
      case "foreign delete":
        await telegram.outsider(bot.id).deleteWebhook();
        return;
      case "rename":
        this.name = this.name === "a" ? "b" : "a";
        return;
      case "move":
        this.args = { ...this.args, url: `${String(this.args["url"]).replace(/\?.*/, "")}?v=${count}` };
        return;
      case "rotate token":
        this.args = { ...this.args, token: telegram.revokeToken(bot.id).token };
        return;
      case "rotate secret":
        this.args = { ...this.args, secretToken: `secret-${bot.id}-${count}` };
        return;
      case "fault": {
        const fault = faults[choice % faults.length] as Fault;
        const method = methods[choice % methods.length] as string;
        // Only setWebhook erases what is there before it fails.
        const when = method === "setWebhook" ? fault.when : fault.when && "before";
        telegram.fault({ ...fault, ...(when && { when }), botId: bot.id, method, times: 1 + (choice % 2) });
        return;
      }
    }
  }

  private async setByOther(url: string): Promise<void> {
    await this.telegram.clock.advance(1);
    await this.telegram.outsider(this.bot.id).setWebhook({ url, max_connections: 3, secret_token: "theirs" });
    await this.telegram.clock.advance(1);
  }

  /**
   * Right before an `up`: whether it must leave alone what is there. `recorded` has the url in the state of each resource
   * of this bot, by name.
   */
  look(recorded: Record<string, string>, isRefreshed: boolean): void {
    const live = liveOf(this.telegram, this.bot);
    const { generation } = this.telegram.state(this.bot.id);
    this.before = this.isForeign(live.url, recorded, isRefreshed) ? { live, generation } : undefined;
  }

  private isForeign(url: string, recorded: Record<string, string>, isRefreshed: boolean): boolean {
    const { [this.name]: own, ...others } = recorded;
    const isTheirs = new URL(url || this.bot.url).hostname === foreignHost;
    const isCreation = own === undefined;
    const isCovered = (this.start.takeover === "host" && isTheirs) || (this.start.takeover === "true" && isCreation);
    if (url === "" || url === this.args["url"] || isCovered) return false;
    // This stack has never written: whatever is there is somebody else's.
    if (isCreation && Object.keys(others).length === 0) return true;
    return isTheirs && !isRefreshed && own !== url;
  }

  /** Whether the `up` that was looked at had to be refused. */
  get mustBeRefused(): boolean {
    return this.before !== undefined;
  }

  /** What the server holds now, and what it must hold after a faultless `up` (after any, when it had to be refused). */
  outcome(): { is: unknown; must: unknown } {
    const is = { live: liveOf(this.telegram, this.bot), generation: this.telegram.state(this.bot.id).generation };
    return this.before ? { is, must: this.before } : { is: is.live, must: this.wanted() };
  }

  private wanted(): Live {
    const { url, secretToken, certificate: pemText } = this.args as Record<string, string | undefined>;
    return {
      ...none,
      url: url ?? "",
      secretToken: secretToken ?? null,
      certificate: pemText ?? null,
      maxConnections: 41,
    };
  }
}
