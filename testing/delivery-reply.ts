// A method call in the response to a delivery: carried out, its result thrown away.
import { closeEntry, openEntry } from "./api";
import type { HttpResponse } from "./http-response";
import { answerTo, methodName } from "./methods";
import { readCall } from "./parameters";
import type { Environment } from "./state";
import type { World } from "./world";

const NOT_CARRIED_OUT = /^(setwebhook|deletewebhook|close|logout|get.*)$/i;
const MAX_BODY_BYTES = 2 ** 20;

export async function runReply(world: World, { bot, isTest }: Environment, response: HttpResponse): Promise<void> {
  if (response.body.length > MAX_BODY_BYTES) return;
  const call = readCall("", response.headers.get("content-type"), response.body);
  const sent = call.parameters.get("method") ?? "";
  if (sent === "" || NOT_CARRIED_OUT.test(sent)) return;
  const target = { token: bot.token, isTest, method: methodName(sent) };
  const entry = openEntry(world, target, call, "client");
  closeEntry(world, entry, await answerTo(world, target, call));
}
