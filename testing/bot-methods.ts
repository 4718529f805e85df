// Methods about the bot itself: getMe, sendMessage, close, logOut.
import type { Answer } from "./answers";
import { badRequest, done, tooManyRequests } from "./answers";
import type { Call } from "./parameters";
import type { Environment } from "./state";
import type { World } from "./world";

const TEN_MINUTES_MILLISECONDS = 600_000;
const HALF_AN_HOUR_MILLISECONDS = 1_800_000;
const MAX_TEXT_CHARACTERS = 4096;

const botUser = ({ bot }: Environment) => ({
  id: Number(bot.id),
  is_bot: true,
  first_name: bot.name,
  username: bot.username,
});

export function getMe(_: World, environment: Environment): Answer {
  return done({
    ...botUser(environment),
    can_join_groups: true,
    can_read_all_group_messages: false,
    supports_inline_queries: false,
    supports_guest_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: false,
    allows_users_to_create_topics: false,
    can_manage_bots: false,
  });
}

export function sendMessage(world: World, environment: Environment, { parameters }: Call): Answer {
  const chat = parameters.get("chat_id") ?? "";
  const text = parameters.get("text") ?? "";
  if (chat === "") return badRequest("chat_id is empty");
  if (!/^(-?\d+|@\w+)$/.test(chat)) return badRequest("chat not found");
  if (text.trim() === "") return badRequest("message text is empty");
  if (text.length > MAX_TEXT_CHARACTERS) return badRequest("message is too long");
  const chatId = chat.startsWith("@") ? chat : Number(chat);
  const at = world.clock.now();
  environment.bot.sent.push({ chatId, text, at: at.toISOString() });
  return done({
    message_id: environment.bot.nextMessageId(chatId),
    from: botUser(environment),
    chat: typeof chatId === "string" ? { id: 0, username: chat.slice(1), type: "channel" } : privateChat(chatId),
    date: Math.floor(at.getTime() / 1000),
    text,
  });
}

const privateChat = (id: number) => ({ id, first_name: "Someone", type: id < 0 ? "group" : "private" });

/** Unloads the bot until its next call; webhook and queue stay. Not in a bot's first ten minutes on an older server. */
export function close(world: World, environment: Environment): Answer {
  const loadedAt = environment.loadedAt ?? 0;
  const rest = loadedAt + TEN_MINUTES_MILLISECONDS - world.clock.milliseconds();
  const isServerOlder = loadedAt - world.startedAt > TEN_MINUTES_MILLISECONDS;
  // Whole seconds, of a rest that is a moment shorter by the time of the answer.
  const retryAfter = Math.ceil(rest / 1000) - 1;
  if (retryAfter > 0 && isServerOlder) return tooManyRequests(retryAfter);
  unload(environment);
  return done(true);
}

/** Erases webhook and queue; every call is answered "Logged out" for half an hour after a young session, else for a second. */
export function logOut(world: World, environment: Environment): Answer {
  environment.removeWebhook();
  environment.queue.clear();
  const now = world.clock.milliseconds();
  const isYoung = now < (environment.loggedInAt ?? now) + HALF_AN_HOUR_MILLISECONDS;
  environment.loggedOutUntil = now + (isYoung ? HALF_AN_HOUR_MILLISECONDS : 1000);
  environment.loggedInAt = null;
  unload(environment);
  environment.saved = null;
  return done(true);
}

function unload(environment: Environment): void {
  environment.endPolling("terminated by other getUpdates request; make sure that only one bot instance is running");
  environment.close();
}
