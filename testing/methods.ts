// The way of a call to its method: is the token one, whose is it, is the bot loaded or logged out, is the method known.
import type { Answer } from "./answers";
import { badRequest, refused, tooManyRequests } from "./answers";
import { close, getMe, logOut, sendMessage } from "./bot-methods";
import { resumeDelivery } from "./delivery";
import { getUpdates } from "./get-updates";
import type { Call } from "./parameters";
import { deleteWebhook, setWebhook } from "./set-webhook";
import type { Environment } from "./state";
import { getWebhookInfo } from "./webhook-info";
import type { World } from "./world";

type Method = (world: World, environment: Environment, call: Call) => Answer | Promise<Answer>;

const METHODS: Record<string, Method> = {
  setWebhook,
  deleteWebhook,
  getWebhookInfo,
  getUpdates,
  getMe,
  sendMessage,
  close,
  logOut,
};

const BY_LOWER_CASE = new Map(Object.keys(METHODS).map((name) => [name.toLowerCase(), name]));

/** The name as in the documentation when it is one of ours, whatever case was sent; else as sent. */
export const methodName = (sent: string): string => BY_LOWER_CASE.get(sent.toLowerCase()) ?? sent;

export interface Target {
  token: string;
  isTest: boolean;
  /** As `methodName` gives it. */
  method: string;
  /** Source address of a client; others are not limited. */
  source?: string | undefined;
}

/** Answers one call: of a client, of an outsider, or one that came as the response to a delivery. */
export async function answerTo(world: World, target: Target, call: Call): Promise<Answer> {
  const problem = tokenProblem(target.token);
  if (problem !== undefined) return problem;
  const environment = world.botWithToken(target.token)?.environment(target.isTest);
  const now = world.clock.milliseconds();
  if (environment?.loadedAt == null) {
    if (target.method === "close") return badRequest("the bot has already been closed");
    if (target.source !== undefined && world.options.newClientLimits === true) {
      const retryAfter = world.newClients.retryAfter(target.source, now);
      if (retryAfter > 0) return tooManyRequests(retryAfter);
    }
  }
  if (environment === undefined) return refused(401, "Unauthorized");
  if (now < environment.loggedOutUntil) return refused(400, "Logged out");
  if (environment.loadedAt === null) {
    environment.load(now, target.method);
    resumeDelivery(world, environment);
  }
  const method = Object.hasOwn(METHODS, target.method) ? METHODS[target.method] : undefined;
  return method === undefined ? refused(404, "Not Found: method not found") : method(world, environment, call);
}

/** Why a text is no token, before any bot is looked for. */
function tokenProblem(token: string): Answer | undefined {
  const invalid = refused(401, "Unauthorized: invalid token specified");
  if (token.startsWith("0") || token.length > 80 || token.includes("/") || !token.includes(":")) return invalid;
  const digits = token.slice(0, token.indexOf(":"));
  const id = /^-?\d+$/.test(digits) ? BigInt(digits) : undefined;
  if (id === undefined || id !== BigInt.asIntN(64, id)) {
    return refused(421, "Misdirected Request: unallowed token specified");
  }
  return id <= 0n || id >= 1n << 54n ? invalid : undefined;
}
