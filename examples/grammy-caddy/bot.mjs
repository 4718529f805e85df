// Tells everybody what they wrote. Pulumi registers the webhook: this program only serves it, and never calls bot.start().
import { createServer } from "node:http";
import { Bot, webhookCallback } from "grammy";

const { TELEGRAM_BOT_TOKEN, TELEGRAM_API_URL, WEBHOOK_PATH, WEBHOOK_SECRET, LISTEN, PORT } = process.env;

const bot = new Bot(TELEGRAM_BOT_TOKEN, { client: { apiRoot: TELEGRAM_API_URL } });
bot.on("message:text", (context) => context.reply(`You wrote: ${context.message.text}`));

const receive = webhookCallback(bot, "http", { secretToken: WEBHOOK_SECRET });

const server = createServer(async (request, response) => {
  if (request.url !== WEBHOOK_PATH) return response.writeHead(404).end();
  try {
    await receive(request, response);
  } catch (error) {
    // A handler failed or took over 10 s, or the body was no JSON. Not caught, it would end the process.
    console.error(`an update was not handled: ${error.message}`);
    if (!response.headersSent) response.writeHead(500).end(); // Telegram sends it again
  }
});
server.listen(Number(PORT), LISTEN, () => console.log(`the bot listens on ${LISTEN}:${PORT}`));
process.once("SIGTERM", () => server.close()); // ends when what is under way has been answered
