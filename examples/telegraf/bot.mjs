// Tells everybody what they wrote. Pulumi registers the webhook: this program only serves it, and never calls bot.launch().
import { createServer } from "node:http";
import { Telegraf } from "telegraf";
import { message } from "telegraf/filters";

const { TELEGRAM_BOT_TOKEN, TELEGRAM_API_URL, WEBHOOK_PATH, WEBHOOK_SECRET, LISTEN, PORT } = process.env;

const bot = new Telegraf(TELEGRAM_BOT_TOKEN, {
  telegram: { apiRoot: TELEGRAM_API_URL },
  handlerTimeout: 50_000, // milliseconds; its own default is 90 s, and Telegram waits 60
});
bot.on(message("text"), (context) => context.reply(`You wrote: ${context.message.text}`));
// Without it, a handler that fails ends the process.
bot.catch((error) => console.error(`an update was not handled: ${error.message}`));

// It answers 403 to another path, another method and another secret.
const server = createServer(bot.webhookCallback(WEBHOOK_PATH, { secretToken: WEBHOOK_SECRET }));
server.listen(Number(PORT), LISTEN, () => console.log(`the bot listens on ${LISTEN}:${PORT}`));
process.once("SIGTERM", () => server.close()); // ends when what is under way has been answered
