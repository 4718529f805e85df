// Tells everybody what they wrote, in AWS Lambda behind an HTTP API (payload format 2.0).
import { Bot, webhookCallback } from "grammy";

const bot = new Bot(variable("TELEGRAM_BOT_TOKEN"), { client: { apiRoot: variable("TELEGRAM_API_URL") } });

bot.on("message:text", (ctx) => ctx.reply(`You wrote: ${ctx.message.text}`));

export const handler = webhookCallback(bot, "aws-lambda-async", {
  secretToken: variable("WEBHOOK_SECRET"), // what the API puts in the place of Telegram's
  timeoutMilliseconds: 25_000, // the API waits 30 s
});

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`the function has no variable ${name}`);
  return value;
}
