// The examples with telepot, from nothing to destroyed: a real update in, and the bot's own call back at the fake server.
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { openExample } from "../support/examples";
import type { Example } from "../support/examples";
import { startNginx } from "../support/nginx";
import type { Nginx } from "../support/nginx";
import { freePort } from "../support/ports";
import { botsPython } from "../support/python";
import { post } from "../support/sender";
import { until } from "../support/until";

const address = "127.0.31.1";
const hostname = "bots.example.com";
let telegram: FakeTelegram;
let nginx: Nginx;
let example: Example;

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
beforeEach(async () => {
  telegram = await startFakeTelegram();
  telegram.setHost(hostname, { connect: `${address}:443` });
  nginx = await startNginx("");
});
afterEach(async () => {
  await example.dispose();
  await nginx.dispose();
  await telegram.close();
});

test.each(["telepot-flask", "telepot-aiohttp"])(
  "%s: the bot answers in order, before and after a rotation, and gets only what it can parse",
  async (name) => {
    const bot = telegram.addBot();
    example = await openExample(name, telegram, {
      hostname,
      listen: `${address}:443`,
      nginx: JSON.stringify(nginx.settings),
      token: { secret: bot.token },
      port: String(await freePort()),
    });
    const { project } = example;
    await project.up();
    const { url, secretToken, maxConnections, allowedUpdates } = telegram.state(bot.id);
    expect({ maxConnections, allowedUpdates }).toEqual({
      maxConnections: 1,
      allowedUpdates: [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
      ],
    });
    const running = await example.start(["python", "bot.py"], await example.environmentOf("environment"));
    await running.waitFor(/Running on/, 90);
    await example.converse(bot.id, "is anybody there?");
    expect(telegram.update(bot.id, { poll_answer: { poll_id: "1", option_ids: [0] } }).updateId).toBe(0);

    await project.config("rotate", "2");
    await project.up();
    const secret = telegram.state(bot.id).secretToken ?? "";
    expect(secret).not.toBe(secretToken);
    await example.converse(bot.id, "and now?"); // by the same process

    const last = telegram.deliveries(bot.id).at(-1)?.updateId ?? 0;
    const send = (updateId: number, text: string, own = secret) => post({ url, address, secret: own, updateId, text });
    expect(await send(last + 1, "forged", "guessed")).toBe(401); // telepot itself would have taken it
    expect([await send(last + 2, "second"), await send(last + 1, "first")]).toEqual([200, 200]);
    await until(() => telegram.sent(bot.id).length === 4);
    expect(telegram.sent(bot.id).map((sent) => sent.text)).toEqual([
      "You wrote: is anybody there?",
      "You wrote: and now?",
      "You wrote: first",
      "You wrote: second",
    ]);
    await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
    await project.destroy();
    expect(telegram.state(bot.id).url).toBe("");
  },
  240_000,
);
