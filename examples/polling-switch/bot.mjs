// Tells everybody what they wrote, without a framework: by webhook if it has one, else by polling. Told to stop, it ends what it has begun.
import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const { TELEGRAM_BOT_TOKEN, TELEGRAM_API_URL, WEBHOOK_PATH, WEBHOOK_SECRET, LISTEN, PORT } = process.env;

async function call(method, parameters, signal) {
  const answer = await fetch(`${TELEGRAM_API_URL}/bot${TELEGRAM_BOT_TOKEN}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(parameters),
    signal,
  });
  const { ok, result, error_code: code, description } = await answer.json();
  if (!ok) throw Object.assign(new Error(`${method} was refused (${code}): ${description}`), { code });
  return result;
}

/** A handler that fails is said, and its update is done with: it would fail again. */
async function handle({ message }) {
  if (!message?.text) return;
  const answer = { chat_id: message.chat.id, text: `You wrote: ${message.text}` };
  await call("sendMessage", answer).catch((error) => console.error(`an update was not handled: ${error.message}`));
}

function serve() {
  const server = createServer((request, response) => {
    receive(request, response).catch((error) => {
      console.error(`an update was not read: ${error.message}`);
      if (!response.headersSent) response.writeHead(500).end(); // Telegram sends it again
    });
  });
  server.listen(Number(PORT), LISTEN, () => console.log(`the bot listens on ${LISTEN}:${PORT}`));
  whenToldToStop(() => server.close()); // ends when what is under way has been answered
}

async function receive(request, response) {
  if (request.url !== WEBHOOK_PATH) return response.writeHead(404).end();
  if (!isSecret(request.headers["x-telegram-bot-api-secret-token"])) return response.writeHead(401).end();
  let body = "";
  for await (const part of request.setEncoding("utf8")) body += part;
  await handle(JSON.parse(body));
  response.end(); // after the work: what is not answered comes again
}

function isSecret(given = "") {
  const [a, b] = [Buffer.from(given), Buffer.from(WEBHOOK_SECRET)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function poll() {
  const stop = new AbortController();
  whenToldToStop(() => stop.abort());
  let offset = 0;
  console.log("the bot polls");
  while (!stop.signal.aborted) {
    const [update] = await next(offset, stop.signal);
    if (!update) continue;
    await handle(update);
    offset = update.update_id + 1; // asking for the next one says that this one is done with
  }
  await call("getUpdates", { offset, limit: 1 }); // so does this: nobody gets the last one again
}

/** The next update, as soon as there is one; none when Telegram is out of order, or when the bot is told to stop. */
async function next(offset, signal) {
  try {
    return await call("getUpdates", { offset, limit: 1, timeout: 50 }, signal);
  } catch (error) {
    // It has a webhook, or somebody else polls (409), or its token is dead (401).
    if (error.code === 409 || error.code === 401) throw error;
    if (!signal.aborted) {
      console.error(`getUpdates: ${error.message}; once more in 3 s`);
      await pause(3000, undefined, { signal }).catch(() => {});
    }
    return [];
  }
}

function whenToldToStop(stop) {
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, stop);
}

if (WEBHOOK_PATH) serve();
else await poll();
