// Tells everybody what they wrote, at a Bot API server of its own. Without a framework: Node 20 or later, nothing to install.
import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const { TELEGRAM_BOT_TOKEN, TELEGRAM_API_URL, WEBHOOK_SECRET, PORT } = process.env;

const server = createServer(async (request, response) => {
  if (request.method !== "POST" || request.url !== "/telegram") return response.writeHead(404).end();
  // Every program on this machine can reach this port: the secret tells the server from the others.
  if (!isSecret(request.headers["x-telegram-bot-api-secret-token"])) return response.writeHead(401).end();
  try {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    const { message } = JSON.parse(body);
    if (message?.text) await call("sendMessage", { chat_id: message.chat.id, text: `You wrote: ${message.text}` });
    response.end();
  } catch (error) {
    console.error(`an update was not handled: ${error.message}`);
    response.writeHead(500).end(); // it is sent again
  }
});

function isSecret(given = "") {
  const [a, b] = [Buffer.from(given), Buffer.from(WEBHOOK_SECRET)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function call(method, parameters) {
  const answer = await fetch(`${TELEGRAM_API_URL}/bot${TELEGRAM_BOT_TOKEN}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(parameters),
  });
  if (!answer.ok) throw new Error(`${method} was refused (${answer.status})`);
}

server.listen(Number(PORT), "127.0.0.1", () => console.log(`the bot listens on 127.0.0.1:${PORT}`));
