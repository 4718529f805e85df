// The page for people: bots, webhooks, pending updates, deliveries, the journal, and a box to send a message. No outside resources.

/** Content-Security-Policy of the page. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'";

const STYLE = `
:root { color-scheme: light dark; --text: #222; --back: #fff; --dim: #595959; --bad: #a40000; --line: #ddd; }
@media (prefers-color-scheme: dark) { :root { --text: #e8e8e8; --back: #16181c; --dim: #a8adb5; --bad: #ff8a80; --line: #3a3f47; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: var(--text); background: var(--back); }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; } td.whole { white-space: nowrap; } .bad { color: var(--bad); } .dim { color: var(--dim); }
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
const lastError = ({ lastError, isCured }) => lastError
  ? [new Date(lastError.date * 1000).toISOString() + " " + lastError.message + (isCured ? " (a later delivery succeeded)" : ""), isCured ? "dim" : "bad"]
  : [""];
const isShown = (bot) => !bot.test || bot.url || bot.pending;
/** Newest first. A failure is in red until its bot has got a later update. */
function rowsOf(deliveries) {
  const working = new Set();
  return deliveries.map(({ at, botId, updateId, url, outcome, status, error }) => {
    if (outcome === "delivered") working.add(botId);
    const isBad = outcome !== "delivered" && outcome !== "cut" && !working.has(botId);
    return row([[at, "whole"], [botId, "whole"], [updateId, "whole"], [url], [outcome + (status ? " (" + status + ")" : ""), isBad ? "bad" : ""], [error ?? "", isBad ? "bad" : "dim"]]);
  });
}
/** Left as it is while the bots are the same ones: the list may be open. */
function choose(bots) {
  const ids = bots.map((bot) => bot.id);
  if (ids.join() === [...element("bot").options].map((option) => option.value).join()) return;
  const chosen = element("bot").value;
  element("bot").replaceChildren(...bots.map((bot) => new Option("@" + bot.username, bot.id, false, bot.id === chosen)));
}
async function show() {
  const answer = await fetch("/overview").catch(() => undefined);
  if (!answer) return element("now").textContent = "the server does not answer";
  const { now, bots, deliveries, journal } = await answer.json();
  element("now").textContent = now;
  fill("bots", bots.filter(isShown).map((bot) => row([
    ["@" + bot.username + " (" + bot.id + (bot.test ? ", test" : "") + ")"],
    [bot.url || "none", bot.url ? "" : "dim"],
    [bot.pending],
    [bot.allowedUpdates ? bot.allowedUpdates.join(", ") : "default", bot.allowedUpdates ? "" : "dim"],
    lastError(bot),
    [bot.sent.map((message) => message.text).join(" · ")],
  ])));
  fill("deliveries", rowsOf(deliveries));
  fill("journal", journal.map((call) => row([
    [call.n, "dim"], [call.at, "whole"], [call.by], [call.botId + (call.test ? ", test" : "")], [call.method],
    [call.status, call.status === 200 ? "" : "bad"], [call.description],
  ])));
  choose(bots.filter((bot) => !bot.test));
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
setInterval(show, 1000);`;

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
<h2>Deliveries</h2>
<table><thead><tr><th>At</th><th>Bot</th><th>Update</th><th>To</th><th>Outcome</th><th>Error</th></tr></thead><tbody id="deliveries"></tbody></table>
<h2>Journal</h2>
<table><thead><tr><th></th><th>At</th><th>By</th><th>Bot</th><th>Method</th><th>Status</th><th>Description</th></tr></thead><tbody id="journal"></tbody></table>
<script>${SCRIPT}</script>
</body>
</html>
`;
