// The attack suite against a real nginx, in both ways of attaching: what must not reach the bot, what must, what is logged.
import { connect as connectTls } from "node:tls";
import { probeHttp } from "../../provider/probe/http";
import { attacks, genuine, request } from "../support/attacks";
import type { Attempt, Target } from "../support/attacks";
import { certificateFor, exchange, headOf, startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { realTime } from "../support/real-time";
import { applyRoute, routeOf } from "../support/routes";
import { until } from "../support/until";

const address = "127.0.7.10";
const secrets: [string, string] = ["current-Secret_of-b1", "previous-Secret_of-b1"];
const host = "bots.example.com";

let bot: Bot;
let other: Bot;
let nginx: Nginx;
beforeAll(async () => {
  [bot, other] = await Promise.all([startBot(), startBot()]);
  nginx =
    await startNginx(`server { listen ${address}:8081 default_server; server_name _; location / { return 200 own; } }
    server { listen ${address}:8081; server_name ${host}; error_page 401 =200 /caught; 
      location / { return 404; } location = /caught { return 200 caught; } include {directory}/locations/${host}/*.conf; }`);
});
afterAll(async () => {
  await nginx.dispose();
  await Promise.all([bot.close(), other.close()]);
});

const pem = certificateFor(host);

/** Two bots, the second one's path beginning with the first one's. */
async function routesAt(attach: "listener" | "location", more: Record<string, unknown> = {}): Promise<Target> {
  const port = attach === "listener" ? 8443 : 8081;
  const tls = attach === "listener" ? { pem: await pem } : "none";
  const base = { server: { nginx: nginx.settings }, attach, listen: `${address}:${port}`, tls, hostname: host };
  const first = { ...base, path: "/tg/b1", upstream: bot.url, secretTokens: secrets, ...more };
  const second = { ...base, path: "/tg/b10", upstream: other.url, secretTokens: ["secret-of-b10"] };
  await Promise.all([applyRoute(routeOf(first)), applyRoute(routeOf(second))]);
  return { host, port, path: "/tg/b1", secrets, otherSecret: "secret-of-b10", longerPath: "/tg/b10" };
}

async function send({ port }: Target, text: string): Promise<string> {
  if (port === 8081) return exchange(address, port, text);
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: address, port, servername: host, rejectUnauthorized: false }, () =>
      socket.write(text, "latin1"),
    );
    headOf(socket).then(resolve, reject);
  });
}

/** Name and status of each attempt, with the number of requests that its bot has got. */
async function outcomes(target: Target, attempts: Attempt[]) {
  const found = [];
  for (const { name, text, status } of attempts) {
    const before = bot.requests.length + other.requests.length;
    const got = Number(/^HTTP\/1\.[01] (\d{3})/.exec(await send(target, text))?.[1] ?? 0);
    const reached = bot.requests.length + other.requests.length - before;
    found.push({ name, reached, status: status.includes(got) ? "right" : got });
  }
  return found;
}

describe.each(["listener", "location"] as const)("attach %s:", (attach) => {
  let target: Target;
  beforeAll(async () => {
    target = await routesAt(attach);
  });

  test("no attack reaches a bot, and each gets its answer", async () => {
    const all = attacks(target);
    expect(all.length).toBeGreaterThanOrEqual(40);
    const right = all.map(({ name }) => ({ name, reached: 0, status: "right" }));
    expect(await outcomes(target, all)).toEqual(right);
  });

  test("every genuine update reaches its bot, without the secret, with the address of the client", async () => {
    const all = genuine(target);
    expect(all.length).toBeGreaterThanOrEqual(10);
    const right = all.map(({ name }) => ({ name, reached: 1, status: "right" }));
    expect(await outcomes(target, all)).toEqual(right);
    expect(bot.requests.at(-1)).toEqual({
      arrivedAt: expect.any(Number) as number,
      method: "POST",
      url: "/tg/b1",
      body: '{"update_id":1}',
      headers: {
        host,
        "content-type": "application/json",
        "content-length": "15",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "https",
        "x-real-ip": "127.0.0.1",
        accept: "*/*",
        "user-agent": "x",
      },
    });
  });

  test("the log says route, status and which secret, and no path, secret or body; neither does the error log", async () => {
    const last = () => nginx.accessLog().trim().split("\n").slice(-3); // a line may come after its answer, never after the next line
    await send(target, request(target, { secret: secrets[1] }));
    await send(target, request(target, { secret: "guessed-secret" }));
    await bot.close();
    await send(target, request(target));
    const { port } = bot;
    bot = await startBot(port);
    await until(() => / upstream=502 /.test(last()[2] ?? ""));
    const id = /route=([0-9a-f]{12})/.exec(last()[0] ?? "")?.[1];
    const shape = (status: number, secret: string, upstream: string) =>
      expect.stringMatching(
        new RegExp(
          `^\\S+ route=${id} status=${status} secret=${secret} upstream=${upstream} seconds=[\\d.]+ upstream_connect=[\\d.-]+ upstream_seconds=[\\d.-]+$`,
        ),
      ) as string;
    expect(last()).toEqual([shape(200, "previous", "200"), shape(401, "none", "-"), shape(502, "current", "502")]);
    for (const text of [nginx.accessLog(), nginx.errorLog()]) {
      for (const hidden of ["/tg/", ...secrets, "guessed-secret", "update_id"]) expect(text).not.toContain(hidden);
    }
  });

  test("a bot that is configured so gets its own stable secret, at its own path", async () => {
    const upstream = `${bot.url}/hook`;
    const own = await routesAt(attach, { upstream, upstreamSecret: "stable" });
    await send(own, request(own, { secret: secrets[1] }));
    const { url, headers } = bot.requests.at(-1) ?? {};
    expect([url, headers?.["x-telegram-bot-api-secret-token"]]).toEqual(["/hook", "stable"]);
  });

  test("only Telegram gets through when that is asked, and a trusted proxy says who it is", async () => {
    const only = await routesAt(attach, { onlyTelegram: true });
    const from = (client: string) => request(only, { headers: [`X-Forwarded-For: ${client}`] });
    const spoofed: Attempt = { name: "spoofed", text: from("149.154.167.220"), status: [403] };
    expect(await outcomes(only, [spoofed])).toEqual([{ name: "spoofed", reached: 0, status: "right" }]);
    await routesAt(attach, { onlyTelegram: true, clientAddress: { trustedProxies: ["127.0.0.0/8"] } });
    const attempts: Attempt[] = [
      { name: "Telegram behind the proxy", text: from("149.154.167.220"), status: [200] },
      { name: "somebody behind the proxy", text: from("203.0.113.9"), status: [403] },
      { name: "somebody who says to be Telegram", text: from("149.154.167.220, 203.0.113.9"), status: [403] },
    ];
    expect(await outcomes(only, attempts)).toEqual([
      { name: "Telegram behind the proxy", reached: 1, status: "right" },
      { name: "somebody behind the proxy", reached: 0, status: "right" },
      { name: "somebody who says to be Telegram", reached: 0, status: "right" },
    ]);
    expect(bot.requests.at(-1)?.headers["x-forwarded-for"]).toBe("149.154.167.220");
  });

  test("maintenance answers genuine updates with a time to come back, and forged ones as ever", async () => {
    const closed = await routesAt(attach, { maintenance: {} });
    const before = bot.requests.length;
    expect(await send(closed, request(closed))).toMatch(/^HTTP\/1.1 503 [^]*\r\nRetry-After: 10\r\n/);
    expect(await send(closed, request(closed, { secret: "wrong" }))).toMatch(/^HTTP\/1.1 401 /);
    expect(bot.requests.length).toBe(before);
  });

  test("the check of a webhook's endpoint is answered by the edge and reaches no bot, whoever may come, also in maintenance", async () => {
    const check = async (more: Record<string, unknown>) => {
      const { port, path } = await routesAt(attach, more);
      const scheme = port === 8081 ? "http" : "https";
      const endpoint = { host, address, port, url: `${scheme}://${host}:${port}${path}` };
      const uploaded = (await pem).certificatePem;
      return probeHttp({ ...endpoint, uploaded, secretToken: secrets[0] }, realTime());
    };
    const before = bot.requests.length;
    for (const more of [{}, { onlyTelegram: true }, { maintenance: {} }]) {
      expect(await check(more)).toMatchObject({ outcome: "pass", secret: "accepted" });
    }
    expect(bot.requests.length).toBe(before);
  });

  test("a body limit of one's own holds", async () => {
    const small = await routesAt(attach, { maxBodyBytes: 1024 });
    const attempts: Attempt[] = [
      { name: "at it", text: request(small, { body: "a".repeat(1024) }), status: [200] },
      { name: "over it", text: request(small, { body: "a".repeat(1025) }), status: [413] },
    ];
    expect((await outcomes(small, attempts)).map(({ reached, status }) => [reached, status])).toEqual([
      [1, "right"],
      [0, "right"],
    ]);
  });
});
