// The page for people: bots, webhooks, pending updates, the journal, and a box to send a message. No outside resources.

/** Content-Security-Policy of the page. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'";

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222; background: #fff; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #ddd; }
td { overflow-wrap: anywhere; } .bad { color: #a00; } .dim { color: #666; }
input, select, button { font: inherit; padding: .2rem .4rem; }`;

/** Runs in the browser. Everything that comes from a bot is set as text, never as HTML. */
const SCRIPT = `
const element = (id) => document.getElementById(id);
const row = (cells) => {
  const line = document.createElement("tr");
  for (const [text, kind] of cells) {
    const cell = line.insertCell();
    cell.textContent = text;
    if (kind) cell.className = kind;
  }
  return line;
};
const fill = (id, rows) => element(id).replaceChildren(...rows);
const lastError = (bot) => bot.lastError ? new Date(bot.lastError.date * 1000).toISOString() + " " + bot.lastError.message : "";
const isShown = (bot) => !bot.test || bot.url || bot.pending;
async function show() {
  const { now, bots, journal } = await (await fetch("/overview")).json();
  element("now").textContent = now;
  fill("bots", bots.filter(isShown).map((bot) => row([
    ["@" + bot.username + " (" + bot.id + (bot.test ? ", test" : "") + ")"],
    [bot.url || "none", bot.url ? "" : "dim"],
    [bot.pending],
    [bot.allowedUpdates ? bot.allowedUpdates.join(", ") : "default", bot.allowedUpdates ? "" : "dim"],
    [lastError(bot), "bad"],
    [bot.sent.map((message) => message.text).join(" · ")],
  ])));
  fill("journal", journal.map((call) => row([
    [call.n, "dim"], [call.at], [call.by], [call.botId + (call.test ? ", test" : "")], [call.method],
    [call.status, call.status === 200 ? "" : "bad"], [call.description],
  ])));
  const chosen = element("bot").value;
  element("bot").replaceChildren(...bots.filter((bot) => !bot.test).map((bot) => new Option("@" + bot.username, bot.id, false, bot.id === chosen)));
}
element("send").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ text: element("text").value });
  const answer = await fetch("/bots/" + encodeURIComponent(element("bot").value) + "/messages", { method: "POST", headers: { "content-type": "application/json" }, body });
  const { updateId, message } = await answer.json();
  element("result").textContent = message ?? (updateId === 0 ? "not sent: the bot does not ask for messages" : "update " + updateId);
  element("text").value = "";
  show();
});
show();
setInterval(show, 2000);`;

export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fake Telegram</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Fake Telegram</h1>
<p class="dim">The server's clock: <span id="now"></span></p>
<h2>Send a message</h2>
<form id="send">
<label>to <select id="bot" required></select></label>
<label>text <input id="text" required autocomplete="off" size="40"></label>
<button>Send</button> <span id="result" class="dim" role="status"></span>
</form>
<h2>Bots</h2>
<table><thead><tr><th>Bot</th><th>Webhook</th><th>Pending</th><th>Updates</th><th>Last error</th><th>Sent by the bot</th></tr></thead><tbody id="bots"></tbody></table>
<h2>Journal</h2>
<table><thead><tr><th></th><th>At</th><th>By</th><th>Bot</th><th>Method</th><th>Status</th><th>Description</th></tr></thead><tbody id="journal"></tbody></table>
<script>${SCRIPT}</script>
</body>
</html>
`;
