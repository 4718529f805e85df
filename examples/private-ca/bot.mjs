// Tells everybody what they wrote: a bot without a framework, on Node's own https server. A new bot.json is read on SIGHUP.
import { timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const { BOT_SETTINGS = "bot.json", LISTEN = "0.0.0.0", PORT = "8443", TELEGRAM_BOT_TOKEN } = process.env;
const apiUrl = process.env.TELEGRAM_API_URL ?? "https://api.telegram.org";
const read = () => JSON.parse(readFileSync(BOT_SETTINGS, "utf8"));
const tls = ({ certificatePem, privateKeyPem }) => ({ cert: certificatePem, key: privateKeyPem });
let settings = read();

const server = createServer(tls(settings), (request, response) => {
  receive(request, response).catch((error) => {
    console.error(`an update was not handled: ${error.message}`);
    if (!response.headersSent) response.writeHead(500).end();
  });
});

async function receive(request, response) {
  if (request.url !== new URL(settings.url).pathname) return response.writeHead(404).end();
  // Whoever knows none of the accepted secrets is not Telegram.
  if (!isSecret(request.headers["x-telegram-bot-api-secret-token"])) return response.writeHead(401).end();
  let body = "";
  for await (const part of request.setEncoding("utf8")) body += part;
  const { message } = JSON.parse(body || "{}");
  response.end(); // before the work: Telegram waits for this, and would send the update again
  if (message?.text) await sendMessage(message.chat.id, `You wrote: ${message.text}`);
}

function isSecret(given = "") {
  return settings.secretTokens.some((secret) => {
    const [a, b] = [Buffer.from(given), Buffer.from(secret)];
    return a.length === b.length && timingSafeEqual(a, b);
  });
}

async function sendMessage(chatId, text) {
  const answer = await fetch(`${apiUrl}/bot${TELEGRAM_BOT_TOKEN}/sendMessage`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ chat_id: chatId, text }),
  });
  if (!answer.ok) throw new Error(`sendMessage was refused (${answer.status})`);
}

process.on("SIGHUP", () => {
  settings = read();
  server.setSecureContext(tls(settings));
  console.log("the new settings are in use");
});
server.listen(Number(PORT), LISTEN, () => console.log(`the bot listens on ${LISTEN}:${server.address().port}`));
