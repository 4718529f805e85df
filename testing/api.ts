// The Bot API over HTTP: routes, journal, faults, and the bytes of the answers.
import type { ApiRequest, Responder } from "./api-server";
import type { Answer } from "./answers";
import { encodeAnswer, refused, statusOf } from "./answers";
import type { Damage } from "./faults";
import { outcomeOf } from "./faults";
import { answerTo, methodName } from "./methods";
import { foreignHost, namesThisMachine } from "./loopback";
import type { Target } from "./methods";
import type { Call } from "./parameters";
import type { Fault, JournalEntry } from "./types";
import type { World } from "./world";

export async function handleApiRequest(world: World, request: ApiRequest, responder: Responder): Promise<void> {
  const { start, headers, call } = request.message;
  const route = start.kind === "request" ? routeOf(start.path) : refused(400, "Bad Request");
  if (!namesThisMachine({ headers: { host: headers.get("host") } })) {
    return send(world, responder, refused(421, `Misdirected Request: ${foreignHost}`));
  }
  if ("ok" in route) return send(world, responder, route);
  const method = methodName(route.method || (call.parameters.get("method") ?? ""));
  const target = { ...route, method, source: headers.get("x-real-ip") ?? request.source };
  await new ClientCall(world, target, call, headers.get("user-agent")).answer(responder);
}

/** One call of a client: written into the journal, hit by a fault or not, answered. */
class ClientCall {
  private readonly entry: JournalEntry;
  private readonly fault: Fault | undefined;

  constructor(
    private readonly world: World,
    private readonly target: Target,
    private readonly call: Call,
    userAgent: string | undefined,
  ) {
    this.entry = openEntry(world, target, call, "client", userAgent);
    this.fault = world.faults.take(this.entry.botId, target.method);
  }

  async answer(responder: Responder): Promise<void> {
    const { fault, world } = this;
    if (fault === undefined) return this.send(responder, await this.carryOut());
    const isAfter = fault.when === "after";
    if (fault.kind !== "slow") {
      if (fault.when === "erased") await this.carryOut("deleteWebhook");
      const answer = isAfter ? await this.carryOut() : undefined;
      return this.send(responder, outcomeOf({ ...fault, kind: fault.kind }), answer);
    }
    const pause = () => world.clock.sleep((fault.milliseconds ?? 1000) / 1000);
    if (!isAfter) await pause();
    const answer = await this.carryOut();
    if (isAfter) await pause();
    this.send(responder, answer);
  }

  private carryOut(method = this.target.method): Promise<Answer> {
    return answerTo(this.world, { ...this.target, method }, this.call);
  }

  private send(responder: Responder, outcome: Answer | Damage, real?: Answer): void {
    const headers = this.fault?.headers ?? {};
    if ("ok" in outcome) {
      closeEntry(this.world, this.entry, outcome);
      return send(this.world, responder, outcome, headers);
    }
    if ("html" in outcome) {
      this.entry.status = 502;
      return write(this.world, responder, 502, "text/html", outcome.html, headers);
    }
    if ("cut" in outcome) {
      this.entry.status = 200;
      const whole = encodeAnswer(real ?? { ok: true, result: true });
      return write(this.world, responder, 200, "application/json", whole.slice(0, whole.length / 2), headers);
    }
    if ("reset" in outcome) responder.reset();
    else this.world.options.onUnanswered?.(structuredClone(this.entry));
  }
}

export function openEntry(
  world: World,
  { token, isTest, method }: Target,
  call: Call,
  by: "client" | "outsider",
  userAgent?: string,
): JournalEntry {
  return world.journal.open({ at: world.clock.now().toISOString(), by, token, test: isTest, method, call, userAgent });
}

export function closeEntry(world: World, entry: JournalEntry, answer: Answer): void {
  entry.status = statusOf(answer);
  entry.description = world.journal.mask(answer.description ?? "");
}

/** `/bot<token>/METHOD` or `/bot<token>/test/METHOD`; anything else is answered at once. */
function routeOf(path: string): Target | Answer {
  if (!path.startsWith("/")) return refused(404, "Not Found: absolute URI is specified in the Request-Line");
  const found = /^\/bot([^/]*)(\/test)?\/([^]*)$/.exec(path);
  // `/testFoo` begins like the test environment and then lacks the slash.
  if (found === null || (found[2] === undefined && found[3]?.startsWith("test"))) return refused(404, "Not Found");
  return { token: found[1] ?? "", isTest: found[2] !== undefined, method: found[3] ?? "" };
}

function send(world: World, responder: Responder, answer: Answer, headers: Record<string, string> = {}): void {
  const retryAfter = !answer.ok && answer.retryAfter !== undefined ? { "Retry-After": String(answer.retryAfter) } : {};
  write(world, responder, statusOf(answer), "application/json", encodeAnswer(answer), { ...retryAfter, ...headers });
}

function write(
  world: World,
  responder: Responder,
  status: number,
  type: string,
  body: string,
  headers: Record<string, string>,
): void {
  const own = { Date: world.clock.now().toUTCString(), Connection: "keep-alive", "Content-Type": type };
  responder.write(status, { ...own, ...headers }, body);
}
