// The examples with python-telegram-bot, from nothing to destroyed: a real update in, and the bot's own call back at the fake server.
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { openExample } from "../support/examples";
import type { Example } from "../support/examples";
import { startNginx } from "../support/nginx";
import type { Nginx } from "../support/nginx";
import { freePort } from "../support/ports";
import { botsPython } from "../support/python";

const address = "127.0.30.1";
const hostname = "bots.example.com";
let telegram: FakeTelegram;
let nginx: Nginx | undefined;
let example: Example;

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
beforeEach(async () => {
  telegram = await startFakeTelegram();
  telegram.setHost(hostname, { connect: `${address}:443` });
});
afterEach(async () => {
  await example.dispose();
  await nginx?.dispose();
  nginx = undefined;
  await telegram.close();
});

test("ptb-nginx: two bots answer behind one nginx, before and after a rotation and a restart", async () => {
  nginx = await startNginx("");
  const [shop, support] = [telegram.addBot(), telegram.addBot()];
  example = await openExample("ptb-nginx", telegram, {
    hostname,
    listen: `${address}:443`,
    nginx: JSON.stringify(nginx.settings),
    shopToken: { secret: shop.token },
    supportToken: { secret: support.token },
    shopPort: String(await freePort()),
    supportPort: String(await freePort()),
  });
  const { project } = example;
  await project.up();
  const before = telegram.state(shop.id);
  await example.start(["python", "bot.py"], await example.environmentOf("shopEnvironment"));
  await example.start(["python", "bot.py"], await example.environmentOf("supportEnvironment"));
  await example.converse(shop.id, "is the shop open?");
  await example.converse(support.id, "can you help?");
  const { url, maxConnections, allowedUpdates, certificate } = telegram.state(shop.id);
  expect({ url, maxConnections, allowedUpdates, certificate }).toEqual({
    url: before.url,
    maxConnections: before.maxConnections,
    allowedUpdates: before.allowedUpdates,
    certificate: before.certificate,
  });
  await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
  await project.destroy();
  expect([telegram.state(shop.id).url, telegram.state(support.id).url]).toEqual(["", ""]);
}, 240_000);
