// Tells everybody what they wrote, in the answer to the update itself: a bot without a framework and without a token.
import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const { WEBHOOK_PATH, WEBHOOK_SECRET, LISTEN, PORT } = process.env;

const server = createServer((request, response) => {
  receive(request, response).catch((error) => {
    console.error(`an update was not handled: ${error.message}`);
    if (!response.headersSent) response.writeHead(500).end(); // Telegram sends it again
  });
});

async function receive(request, response) {
  if (request.url !== WEBHOOK_PATH) return response.writeHead(404).end();
  // Whoever does not know the secret is not nginx.
  if (!isSecret(request.headers["x-telegram-bot-api-secret-token"])) return response.writeHead(401).end();
  let body = "";
  for await (const part of request.setEncoding("utf8")) body += part;
  const { message } = JSON.parse(body);
  if (!message?.text) return response.end(); // nothing to say
  const call = { method: "sendMessage", chat_id: message.chat.id, text: `You wrote: ${message.text}` };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(call));
}

function isSecret(given = "") {
  const [a, b] = [Buffer.from(given), Buffer.from(WEBHOOK_SECRET)];
  return a.length === b.length && timingSafeEqual(a, b);
}

server.listen(Number(PORT), LISTEN, () => console.log(`the bot listens on ${LISTEN}:${PORT}`));
process.once("SIGTERM", () => server.close()); // ends when what is under way has been answered
