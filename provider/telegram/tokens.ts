// Where a bot's token comes from at an operation, and what is tried when Telegram rejects the recorded one.
import { readFile } from "node:fs/promises";
import { wordsOf } from "../core/failure";
import type { OperationContext } from "../core/logic";
import { entryOf } from "../core/rules";
import { errors } from "./errors";
import { isTokenRejected } from "./failures";
import type { Bot } from "./api";
import { botIdOf } from "./rules";
import type { TokenFrom } from "./webhook/fields";

interface Credentials {
  token?: string;
  tokenFrom?: TokenFrom;
  botId: string;
  apiUrl: string;
  testEnvironment: boolean;
}

/** The bot with its own token: of the arguments, or resolved now. A token of another bot is refused. */
export async function botFor(credentials: Credentials, context: OperationContext): Promise<Bot> {
  const token = credentials.token ?? (await resolve(credentials, context));
  const { botId, apiUrl, testEnvironment } = credentials;
  if (botIdOf(token) !== botId) {
    throw errors.TOKEN_OF_ANOTHER_BOT.otherId({ found: botIdOf(token) ?? "(no id)", botId });
  }
  return { apiUrl, token, testEnvironment, context };
}

/**
 * Runs `work` with the recorded token and, only when Telegram rejects that (401, 404), with those of the provider's configuration
 * and the environment, if they are of the same bot. The last rejection is thrown.
 */
export async function withValidToken<T>(
  credentials: Credentials,
  context: OperationContext,
  work: (bot: Bot) => Promise<T>,
): Promise<T> {
  const bot = await botFor(credentials, context);
  const others = tokensAtHand(context).filter((token) => token !== bot.token && botIdOf(token) === credentials.botId);
  let rejection: unknown;
  for (const token of [bot.token, ...others]) {
    context.hide(token);
    try {
      return await work({ ...bot, token });
    } catch (error) {
      if (!isTokenRejected(error)) throw error;
      rejection = error;
    }
  }
  throw rejection;
}

/** Those of the provider's configuration and of its environment, in this order; of whichever bots they are. */
export function tokensAtHand(context: OperationContext): string[] {
  const tokens = [context.config("telegram:token"), process.env["TELEGRAM_BOT_TOKEN"]];
  return tokens.filter((token) => token !== undefined);
}

async function resolve({ tokenFrom, botId }: Credentials, context: OperationContext): Promise<string> {
  if (tokenFrom === undefined) throw errors.TOKEN_MISSING.notRecorded({ botId });
  const where = "env" in tokenFrom ? `environment variable ${tokenFrom.env}` : `file ${tokenFrom.file}`;
  let token: string | undefined;
  try {
    token = await tokenAt(tokenFrom);
  } catch (error) {
    throw errors.TOKEN_MISSING.unreadable({ botId, why: wordsOf(error) });
  }
  if (!token) throw errors.TOKEN_MISSING.empty({ botId, where });
  context.hide(token);
  return token;
}

/** What the variable or file has now, without white space around it; nothing for a variable that is not set. */
export async function tokenAt(tokenFrom: TokenFrom): Promise<string | undefined> {
  const text = "env" in tokenFrom ? entryOf(process.env, tokenFrom.env) : await readFile(tokenFrom.file, "utf8");
  return text?.trim();
}
