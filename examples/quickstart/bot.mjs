// A small bot without a framework: tells everybody what they wrote. It serves TLS itself when it is given a certificate.
import { timingSafeEqual } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";

const { LISTEN = "127.0.0.1", PORT = "8080", TELEGRAM_API_URL, TELEGRAM_BOT_TOKEN } = process.env;
const { WEBHOOK_PATH, WEBHOOK_SECRET, WEBHOOK_SECRETS = WEBHOOK_SECRET } = process.env;
const { WEBHOOK_CERTIFICATE_PEM: cert, WEBHOOK_PRIVATE_KEY_PEM: key } = process.env;

const answer = (request, response) => {
  receive(request, response).catch((error) => {
    console.error(`an update was not handled: ${error.message}`);
    if (!response.headersSent) response.writeHead(500).end();
  });
};

async function receive(request, response) {
  if (request.url !== WEBHOOK_PATH) return response.writeHead(404).end();
  // Whoever knows none of the secrets is not Telegram.
  if (!isSecret(request.headers["x-telegram-bot-api-secret-token"])) return response.writeHead(401).end();
  let body = "";
  for await (const part of request.setEncoding("utf8")) body += part;
  const { message } = JSON.parse(body || "{}");
  response.end(); // before the work: Telegram waits for this, and would send the update again
  if (message?.text) await sendMessage(message.chat.id, `You wrote: ${message.text}`);
}

function isSecret(given = "") {
  return WEBHOOK_SECRETS.split(",").some((secret) => {
    const [a, b] = [Buffer.from(given), Buffer.from(secret)];
    return a.length === b.length && timingSafeEqual(a, b);
  });
}

async function sendMessage(chatId, text) {
  const answer = await fetch(`${TELEGRAM_API_URL}/bot${TELEGRAM_BOT_TOKEN}/sendMessage`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ chat_id: chatId, text }),
  });
  if (!answer.ok) throw new Error(`sendMessage was refused (${answer.status}): ${(await answer.json()).description}`);
}

const server = cert && key ? https.createServer({ cert, key }, answer) : http.createServer(answer);
server.listen(Number(PORT), LISTEN, () => console.log(`the bot listens on ${LISTEN}:${server.address().port}`));
