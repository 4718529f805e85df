// A small bot without a framework: tells everybody what they wrote. `npm start` runs it behind the webhook.
import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const { PORT = "8080", TELEGRAM_BOT_TOKEN, TELEGRAM_SECRET_TOKEN = "" } = process.env;
const apiUrl = process.env.TELEGRAM_API_URL ?? "https://api.telegram.org";

const server = createServer((request, response) => {
  receive(request, response).catch((error) => {
    console.error(`an update was not handled: ${error.message}`);
    if (!response.headersSent) response.writeHead(500).end();
  });
});

async function receive(request, response) {
  // Whoever does not know the secret is not Telegram.
  if (!isSecret(request.headers["x-telegram-bot-api-secret-token"])) return response.writeHead(401).end();
  let body = "";
  for await (const part of request.setEncoding("utf8")) body += part;
  const { message } = JSON.parse(body || "{}");
  response.end(); // before the work: Telegram waits for this, and would send the update again
  if (message?.text) await sendMessage(message.chat.id, `You wrote: ${message.text}`);
}

function isSecret(given = "") {
  const [a, b] = [Buffer.from(given), Buffer.from(TELEGRAM_SECRET_TOKEN)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function sendMessage(chatId, text) {
  const answer = await fetch(`${apiUrl}/bot${TELEGRAM_BOT_TOKEN}/sendMessage`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ chat_id: chatId, text }),
  });
  if (!answer.ok) throw new Error(`sendMessage was refused (${answer.status}): ${(await answer.json()).description}`);
}

server.listen(Number(PORT), "127.0.0.1", () => console.log(`the bot listens on 127.0.0.1:${server.address().port}`));
