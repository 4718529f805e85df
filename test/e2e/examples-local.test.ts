// The example with a Bot API server of one's own, from nothing to destroyed: plain http on 127.0.0.1, no name and no certificate.
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { openExample } from "../support/examples";
import type { Example } from "../support/examples";
import { freePort } from "../support/ports";

let telegram: FakeTelegram;
let example: Example | undefined;

afterEach(async () => {
  await example?.dispose();
  await telegram.close();
});

test("local-bot-api: the bot answers over plain http on the machine's own address", async () => {
  telegram = await startFakeTelegram({ local: true });
  const { id, token } = telegram.addBot();
  const port = String(await freePort());
  const settings = { port, "telegram:token": { secret: token } };
  example = await openExample("local-bot-api", telegram, settings, {}); // the endpoint is real, so it is checked
  const { project } = example;
  const { stdout } = await project.up();
  expect(stdout).toContain(`http: cannot tell. http://127.0.0.1:${port} (127.0.0.1, port ${port}) refuses`);
  const url = `http://127.0.0.1:${port}/telegram`;
  expect(telegram.state(id)).toMatchObject({ url, ipAddress: "127.0.0.1" });

  const bot = await example.start(["node", "bot.mjs"], await example.environmentOf("environment"));
  await bot.waitFor(/the bot listens/);
  await example.converse(id, "are you at home?");
  expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
  await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
  await project.destroy();
  expect(telegram.state(id).url).toBe("");
}, 120_000);
