// The fake Bot API server in a process of its own, so that it does not share the bench's processor time: every token is
// a bot, every host resolves, nothing waits. Its first line tells where it is.
import testing from "../dist/testing/index.js";

const telegram = await testing.startFakeTelegram({
  acceptAnyToken: true,
  resolveEverything: { shown: "149.154.175.50", connect: "127.0.0.1:9" },
});

/** Cold code takes three times as long; the webhooks would pay for it in the first rounds. */
async function warmUp() {
  const bot = `${telegram.apiUrl}/bot7000000000:${"w".repeat(35)}`;
  for (let round = 0; round < 300; round += 1) {
    for (const method of ["getWebhookInfo", "setWebhook?url=https://w.example.com/", "deleteWebhook"]) {
      await (await fetch(`${bot}/${method}`, { method: "POST" })).text();
    }
  }
  telegram.clearJournal();
}

await warmUp();
console.log(JSON.stringify({ apiUrl: telegram.apiUrl, controlUrl: telegram.controlUrl }));
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => void telegram.close());
