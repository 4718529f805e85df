// The examples with Mubble, from nothing to destroyed: a real update in, and the bot's own call back at the fake server.
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { openExample } from "../support/examples";
import type { Example } from "../support/examples";
import { startNginx } from "../support/nginx";
import { freePort, isListening } from "../support/ports";
import { run } from "../support/process";
import { botsPython } from "../support/python";
import { until } from "../support/until";

const address = "127.0.32.1";
const hostname = "bots.example.com";
let telegram: FakeTelegram;
let example: Example | undefined;
const last: (() => Promise<void>)[] = [];

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
beforeEach(async () => void (telegram = await startFakeTelegram()));
afterEach(async () => {
  await example?.dispose();
  example = undefined;
  for (const end of last.splice(0).reverse()) await end();
  await telegram.close();
});

/** The status that nginx answers on this path, asked as Telegram does but for what is given. */
async function statusAt(path: string, ...more: string[]): Promise<number> {
  const to = ["--resolve", `${hostname}:443:${address}`, `https://${hostname}${path}`];
  const { stdout } = await run("curl", ["-sk", "-o", "/dev/null", "-w", "%{http_code}", ...to, ...more]);
  return Number(stdout);
}

const behindNginx = [
  { name: "mubble-aiohttp", command: ["bot.py"], inside: undefined },
  { name: "mubble-fastapi", command: ["-m", "uvicorn", "bot:app"], inside: "/telegram" },
];

test.each(behindNginx)(
  "$name: the bot answers behind nginx, before and after a rotation; its health is nobody's business outside",
  async ({ name, command, inside }) => {
    const nginx = await startNginx("");
    last.push(() => nginx.dispose());
    telegram.setHost(hostname, { connect: `${address}:443` });
    const { id, token } = telegram.addBot();
    const port = String(await freePort());
    const settings = { hostname, listen: `${address}:443`, nginx: JSON.stringify(nginx.settings), port };
    example = await openExample(name, telegram, { ...settings, "telegram:token": { secret: token } });
    const { project } = example;
    await project.up();
    const kinds = telegram.state(id).allowedUpdates ?? [];
    expect([kinds.includes("message"), kinds.includes("purchased_paid_media")]).toEqual([true, false]);

    const environment = await example.environmentOf("environment");
    expect(environment).toEqual({
      TELEGRAM_BOT_TOKEN: token,
      TELEGRAM_API_URL: telegram.apiUrl,
      WEBHOOK_URL: `https://${hostname}/tg/${id}`,
      WEBHOOK_PATH: inside ?? `/tg/${id}`,
      LISTEN: "127.0.0.1",
      PORT: port,
    });
    const options = inside === undefined ? [] : ["--host", "127.0.0.1", "--port", port];
    await example.start(["python", ...command, ...options], environment);
    await until(() => isListening(Number(port)), 60);
    await example.converse(id, "is anybody there?");

    const health = `http://127.0.0.1:${port}/health`;
    expect(await (await fetch(health)).json()).toEqual({ bot: Number(id) });
    const json = ["--json", JSON.stringify({ update_id: 1 })];
    const secret = ["-H", `X-Telegram-Bot-Api-Secret-Token: ${telegram.state(id).secretToken}`];
    expect(await statusAt("/health")).toBe(404);
    expect(await statusAt("/telegram", ...json, ...secret)).toBe(404);
    expect(await statusAt(`/tg/${id}`, ...json)).toBe(401);

    const before = telegram.state(id).secretToken;
    await project.config("rotate", "2");
    await project.up();
    expect(telegram.state(id).secretToken).not.toBe(before);
    expect(await example.environmentOf("environment")).toEqual(environment);
    await example.converse(id, "and now?");
    await until(() => telegram.pending(id) === 0);
    expect(telegram.deliveries(id).map(({ status }) => status)).toEqual([200, 200]);
    expect(nginx.accessLog()).toContain("status=401");
    expect(nginx.accessLog()).not.toContain(token.split(":")[1]);

    await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
    await project.destroy();
    expect(telegram.state(id).url).toBe("");
  },
  240_000,
);
