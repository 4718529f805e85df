// The control handle: what a test, or a person through the control API, can see and do besides the Bot API.
import { encodeAnswer } from "./answers";
import type { BotApiAnswer, FakeTelegram, NewMessage, Outsider, OutsiderParameters } from "./types";
import { ControlError } from "./types";
import { closeEntry, openEntry } from "./api";
import { answerTo } from "./methods";
import type { Call } from "./parameters";
import { emptyCall } from "./parameters";
import type { Environment } from "./state";
import { isAllowed, isUpdateKind } from "./update-kinds";
import type { World } from "./world";

/** Everything of the handle but the addresses, `restart` and `close`, which belong to the listening servers. */
export function controlOf(world: World): Omit<FakeTelegram, "apiUrl" | "controlUrl" | "restart" | "close"> {
  const environment = (botId: string | number, choice: { test?: boolean } = {}) =>
    world.bot(botId).environment(choice.test);
  return {
    clock: { now: () => world.clock.now(), advance: (seconds) => world.clock.advance(seconds) },
    addBot(bot = {}) {
      const { id, token, username } = world.addBot(bot);
      return { id, token, username };
    },
    bots: () => [...world.bots.values()].map(({ id, token, username, name }) => ({ id, token, username, name })),
    revokeToken(botId) {
      const bot = world.bot(botId);
      bot.token = world.newToken(bot.id);
      world.journal.hide(bot.token);
      for (const each of Object.values(bot.environments)) each.forgetToken();
      return { token: bot.token };
    },
    state: (botId, choice) => environment(botId, choice).snapshot(),
    journal: (filter) => world.journal.entries(filter),
    clearJournal: () => world.journal.clear(),
    outsider: (botId, choice) => outsiderOf(world, environment(botId, choice)),
    message: (botId, message) => addMessage(world, environment(botId, message), message),
    update: (botId, update, choice) => addUpdate(environment(botId, choice), update),
    pending: (botId, choice) => environment(botId, choice).queue.size(),
    deliveries: (botId) =>
      structuredClone(world.deliveries.filter((each) => botId === undefined || each.botId === String(botId))),
    sent: (botId) => structuredClone(world.bot(botId).sent),
    setHost: (host, address) => world.resolver.setHost(host, address),
    fault: (fault) => world.faults.add(fault),
    clearFaults: () => world.faults.clear(),
    loseSecret(botId, choice) {
      const { webhook } = environment(botId, choice);
      if (webhook !== null) webhook.secretToken = "";
    },
    setLastError(botId, message, { date = world.clock.unixSeconds(), ...choice } = {}) {
      const one = environment(botId, choice);
      one.lastError = { date, message };
      one.hasDeliveredSince = false;
    },
    setLastSynchronizationError(botId, date, choice) {
      environment(botId, choice).lastSynchronizationErrorDate = date;
    },
    trust: (caPem) => void world.roots.push(caPem),
  };
}

function addUpdate(environment: Environment, update: Record<string, unknown>): { updateId: number } {
  const [kind, ...others] = Object.keys(update);
  const payload = kind === undefined ? undefined : update[kind];
  if (
    kind === undefined ||
    others.length > 0 ||
    !isUpdateKind(kind) ||
    typeof payload !== "object" ||
    payload === null
  ) {
    throw new ControlError(
      "BAD_REQUEST",
      "An update is an object with one key, the kind of update, such as { message: {…} }.",
    );
  }
  if (!isAllowed(environment.allowedMask, kind)) return { updateId: 0 };
  const added = environment.queue.add(kind, payload as Record<string, unknown>);
  if (environment.loadedAt !== null) environment.webhook?.deliverer?.wake();
  environment.polling?.wake();
  return { updateId: added?.id ?? 0 };
}

function addMessage(world: World, environment: Environment, message: NewMessage): { updateId: number } {
  const { text, chatId = 1001, from = {} } = message;
  if (typeof text !== "string") throw new ControlError("BAD_REQUEST", "A message needs a text.");
  const command = /^\/[a-zA-Z0-9_]+(@\w+)?/.exec(text)?.[0];
  const sender = { id: chatId, is_bot: false, first_name: "Someone", ...from };
  const chat =
    chatId < 0
      ? { id: chatId, title: "A group", type: "group" }
      : { id: chatId, first_name: sender.first_name, type: "private" };
  return addUpdate(environment, {
    message: {
      message_id: environment.bot.nextMessageId(chatId),
      from: sender,
      chat,
      date: world.clock.unixSeconds(),
      text,
      ...(command === undefined ? {} : { entities: [{ offset: 0, length: command.length, type: "bot_command" }] }),
    },
  });
}

function outsiderOf(world: World, environment: Environment): Outsider {
  const callMethod = async (method: string, parameters: OutsiderParameters): Promise<BotApiAnswer> => {
    const isSet = method === "setWebhook" && (parameters.url ?? "") !== "";
    for (;;) {
      const wait = (environment.session.nextSetTime - world.clock.milliseconds()) / 1000;
      if (!isSet || wait <= 0) break;
      await world.clock.sleep(wait);
    }
    const target = { token: environment.bot.token, isTest: environment.isTest, method };
    const call = callWith(parameters);
    const entry = openEntry(world, target, call, "outsider");
    const answer = await answerTo(world, target, call);
    closeEntry(world, entry, answer);
    return JSON.parse(encodeAnswer(answer)) as BotApiAnswer;
  };
  return {
    setWebhook: (parameters) => callMethod("setWebhook", parameters),
    deleteWebhook: (parameters = {}) => callMethod("deleteWebhook", parameters),
    getUpdates: (parameters = {}) => callMethod("getUpdates", parameters),
  };
}

/** The parameters as a JSON body would bring them; a certificate as an uploaded file. */
function callWith({ certificate, ...parameters }: OutsiderParameters): Call {
  const call = emptyCall();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) call.parameters.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  if (typeof certificate === "string") call.files.set("certificate", Buffer.from(certificate));
  const usual = call.parameters.size > 0 ? "json" : "none";
  return { ...call, encoding: call.files.size > 0 ? "multipart" : usual };
}
