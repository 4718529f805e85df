// The contract of requests, on the real proxy servers in both ways of attaching: what must not reach the bot, what must, what is logged.
import { connect as connectTls } from "node:tls";
import { probeHttp } from "../../provider/probe/http";
import { attacks, genuine, outcomes, request } from "../support/attacks";
import type { Attempt, Target } from "../support/attacks";
import { attaches, contractTable } from "../support/contract";
import { asAnswered, serverNames, startEdge, unlike } from "../support/edges";
import type { Attach, TestEdge } from "../support/edges";
import { certificateFor, exchange, headOf, startBot, writeRequest } from "../support/nginx";
import type { Bot } from "../support/nginx";
import { realTime } from "../support/real-time";
import { applyRoute, routeOf } from "../support/routes";
import { until } from "../support/until";

const addresses = { nginx: "127.0.7.10", haproxy: "127.0.7.110", caddy: "127.0.7.210" };
const secrets: [string, string] = ["current-Secret_of-b1", "previous-Secret_of-b1"];
const host = "bots.example.com";

const table = contractTable("a request");
let bot: Bot;
let other: Bot;
let edge: TestEdge;
beforeAll(async () => {
  [bot, other] = await Promise.all([startBot(), startBot()]);
});
afterAll(async () => {
  await Promise.all([bot.close(), other.close()]);
  table.print();
});

const pem = certificateFor(host);
const portOf = (attach: Attach) => (attach === "listener" ? 8443 : 8081);
const address = () => addresses[edge.name];

/** Two bots, the second one's path beginning with the first one's. */
async function routesAt(attach: Attach, more: Record<string, unknown> = {}): Promise<Target> {
  const port = portOf(attach);
  const tls = attach === "listener" ? { pem: await pem } : "none";
  const base = { server: edge.server(), attach, listen: `${address()}:${port}`, tls, hostname: host };
  const first = { ...base, path: "/tg/b1", upstream: bot.url, secretTokens: secrets, ...more };
  const second = { ...base, path: "/tg/b10", upstream: other.url, secretTokens: ["secret-of-b10"] };
  await Promise.all([applyRoute(routeOf(first)), applyRoute(routeOf(second))]);
  return { host, port, path: "/tg/b1", secrets, otherSecret: "secret-of-b10", longerPath: "/tg/b10" };
}

async function send({ port }: Target, text: string): Promise<string> {
  if (port === 8081) return exchange(address(), port, text);
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: address(), port, servername: host, rejectUnauthorized: false }, () =>
      writeRequest(socket, text),
    );
    headOf(socket).then(resolve, reject);
  });
}

const outcomesAt = (target: Target, attempts: Attempt[]) =>
  outcomes(attempts, {
    send: (text) => send(target, text),
    arrived: () => bot.requests.length + other.requests.length,
  });

describe.each(serverNames)("%s:", (name) => {
  describe.each(attaches)("attach %s:", (attach) => {
    let target: Target;
    beforeAll(async () => {
      edge = await startEdge[name]({ listen: `${addresses[name]}:8081`, host }, undefined, attach);
      target = await routesAt(attach);
    });
    afterAll(() => edge.dispose());
    const behaviour = (what: string, work: () => Promise<unknown>) =>
      test(what, () => table.cell(what, name, attach, work));
    /** An attempt that not all servers answer alike has a row of its own. */
    const tried = async (contract: Attempt[], reaching: (attempt: Attempt) => number) => {
      const all = asAnswered(name, attach, contract);
      const right = all.map((attempt) => ({ name: attempt.name, reached: reaching(attempt), status: "right" }));
      expect(await outcomesAt(target, all)).toEqual(right);
      for (const { name: what, status } of all.filter((one) => unlike.has(one.name)))
        await table.cell(`answer to "${what}"`, name, attach, () => Promise.resolve(), status.join(" or "));
    };
    behaviour("no attack reaches a bot, and each gets its answer", async () => {
      const contract = attacks(target);
      expect(contract.length).toBeGreaterThanOrEqual(40);
      await tried(contract, () => 0);
    });

    behaviour("every genuine update reaches its bot, without the secret, with the address of the client", async () => {
      const contract = genuine(target);
      expect(contract.length).toBeGreaterThanOrEqual(10);
      await tried(contract, ({ status }) => (status.includes(200) ? 1 : 0));
      expect(bot.requests.at(-1)).toEqual({
        arrivedAt: expect.any(Number) as number,
        method: "POST",
        url: "/tg/b1",
        body: '{"update_id":1}',
        headers: {
          host,
          ...(name !== "nginx" && { connection: "close" }),
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

    behaviour(
      "the log says route, status and which secret, and no path, secret or body; neither does the error log",
      async () => {
        const began = [edge.accessLog().length, edge.errorLog().length];
        const logged = () => [edge.accessLog().slice(began[0]), edge.errorLog().slice(began[1])] as const;
        await send(target, request(target, { secret: secrets[1] }));
        await send(target, request(target, { secret: "guessed-secret" }));
        await bot.close();
        await send(target, request(target));
        const { port } = bot;
        bot = await startBot(port);
        if (edge.logs.includes(attach)) {
          await until(() => / upstream=502 /.test(logged()[0]));
          const lines = logged()[0].trim().split("\n").slice(-3); // a line of before may be late
          const id = /route=([0-9a-f]{12})/.exec(lines[0] ?? "")?.[1];
          const shape = (status: number, secret: string, upstream: string) =>
            expect.stringMatching(
              new RegExp(
                `^\\S+ route=${id} status=${status} secret=${secret} upstream=${upstream} (?:milli)?seconds=[\\d.]+ upstream_connect=[\\d.-]+ upstream_(?:milli)?seconds=[\\d.-]+$`,
              ),
            ) as string;
          expect(lines).toEqual([shape(200, "previous", "200"), shape(401, "none", "-"), shape(502, "current", "502")]);
        } else {
          await exchange(address(), 8081, "GET /after HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
          await until(() => logged()[1].includes("/after"));
          expect(logged()[0].trim()).toBe("");
        }
        for (const text of logged()) {
          for (const hidden of ["/tg/", ...secrets, "guessed-secret", "update_id"]) expect(text).not.toContain(hidden);
        }
      },
    );

    behaviour("a bot that is configured so gets its own stable secret, at its own path", async () => {
      const upstream = `${bot.url}/hook`;
      const own = await routesAt(attach, { upstream, upstreamSecret: "stable" });
      await send(own, request(own, { secret: secrets[1] }));
      const { url, headers } = bot.requests.at(-1) ?? {};
      expect([url, headers?.["x-telegram-bot-api-secret-token"]]).toEqual(["/hook", "stable"]);
    });

    behaviour("only Telegram gets through when that is asked, and a trusted proxy says who it is", async () => {
      const only = await routesAt(attach, { onlyTelegram: true });
      const from = (client: string) => request(only, { headers: [`X-Forwarded-For: ${client}`] });
      const spoofed: Attempt = { name: "spoofed", text: from("149.154.167.220"), status: [403] };
      expect(await outcomesAt(only, [spoofed])).toEqual([{ name: "spoofed", reached: 0, status: "right" }]);
      await routesAt(attach, { onlyTelegram: true, clientAddress: { trustedProxies: ["127.0.0.0/8"] } });
      const attempts: Attempt[] = [
        { name: "Telegram behind the proxy", text: from("149.154.167.220"), status: [200] },
        { name: "somebody behind the proxy", text: from("203.0.113.9"), status: [403] },
        { name: "somebody who says to be Telegram", text: from("149.154.167.220, 203.0.113.9"), status: [403] },
      ];
      expect(await outcomesAt(only, attempts)).toEqual([
        { name: "Telegram behind the proxy", reached: 1, status: "right" },
        { name: "somebody behind the proxy", reached: 0, status: "right" },
        { name: "somebody who says to be Telegram", reached: 0, status: "right" },
      ]);
      expect(bot.requests.at(-1)?.headers["x-forwarded-for"]).toBe("149.154.167.220");
    });

    behaviour("a wish to speak another protocol does not get to the bot", async () => {
      await send(target, request(target, { headers: ["Upgrade: websocket"] }));
      expect(bot.requests.at(-1)?.headers).not.toHaveProperty("upgrade");
    });

    behaviour("maintenance answers genuine updates with a time to come back, and forged ones as ever", async () => {
      const closed = await routesAt(attach, { maintenance: {} });
      const before = bot.requests.length;
      expect(await send(closed, request(closed))).toMatch(/^HTTP\/1.1 503 [^]*\r\nRetry-After: 10\r\n/i);
      expect(await send(closed, request(closed, { secret: "wrong" }))).toMatch(/^HTTP\/1.1 401 /);
      expect(bot.requests.length).toBe(before);
    });

    behaviour(
      "the check of a webhook's endpoint is answered by the edge and reaches no bot, whoever may come, also in maintenance",
      async () => {
        const check = async (more: Record<string, unknown>) => {
          const { port, path } = await routesAt(attach, more);
          const scheme = port === 8081 ? "http" : "https";
          const endpoint = { host, address: address(), port, url: `${scheme}://${host}:${port}${path}` };
          const uploaded = (await pem).certificatePem;
          return probeHttp({ ...endpoint, uploaded, secretToken: secrets[0] }, realTime());
        };
        const before = bot.requests.length;
        for (const more of [{}, { onlyTelegram: true }, { maintenance: {} }]) {
          expect(await check(more)).toMatchObject({ outcome: "pass", secret: "accepted" });
        }
        expect(bot.requests.length).toBe(before);
      },
    );

    behaviour("a body limit of one's own holds", async () => {
      const small = await routesAt(attach, { maxBodyBytes: 1024 });
      const attempts: Attempt[] = [
        { name: "at it", text: request(small, { body: "a".repeat(1024) }), status: [200] },
        { name: "over it", text: request(small, { body: "a".repeat(1025) }), status: [413] },
      ];
      expect((await outcomesAt(small, attempts)).map(({ reached, status }) => [reached, status])).toEqual([
        [1, "right"],
        [0, "right"],
      ]);
    });
  });
});
