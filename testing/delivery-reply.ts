// A method call in the response to a delivery: carried out, its result thrown away.
import { closeEntry, openEntry } from "./api";
import type { HttpMessage } from "./http-reader";
import { answerTo, methodName } from "./methods";
import type { Environment } from "./state";
import type { World } from "./world";

const NOT_CARRIED_OUT = /^(setwebhook|deletewebhook|close|logout|get.*)$/i;

export async function runReply(world: World, { bot, isTest }: Environment, { call }: HttpMessage): Promise<void> {
  const sent = call.parameters.get("method") ?? "";
  if (sent === "" || NOT_CARRIED_OUT.test(sent)) return;
  const target = { token: bot.token, isTest, method: methodName(sent) };
  const entry = openEntry(world, target, call, "client");
  closeEntry(world, entry, await answerTo(world, target, call));
}
