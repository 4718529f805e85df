// The network's end of the stand-in clouds: a fake Telegram's deliveries to a name get what the world says at that moment.
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { FakeTelegram } from "../../../testing";
import { certificateFor } from "../nginx";
import { until } from "../until";
import { answerOf } from "./answers";
import type { CloudAnswer } from "./answers";
import type { Cloud } from "./cloud";

export interface Delivery extends CloudAnswer {
  hostname: string;
  updateId: number;
}

export type Front = Awaited<ReturnType<typeof startFront>>;

/** Answers for these names, one after the other as deliveries come. */
export async function startFront(cloud: Cloud, telegram: FakeTelegram, hostnames: readonly string[]) {
  const deliveries: Delivery[] = [];
  const servers = await Promise.all(
    hostnames.map(async (hostname) => {
      const { certificatePem, privateKeyPem } = await certificateFor(hostname);
      telegram.trust(certificatePem);
      const server = https.createServer({ cert: certificatePem, key: privateKeyPem }, (request, response) => {
        const answered = async () => {
          const body = await text(request);
          const headers = Object.fromEntries(
            Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
          );
          const { method = "POST", url = "/" } = request;
          const answer = await answerOf(cloud.world, { url: `https://${hostname}${url}`, method, headers, body });
          deliveries.push({ ...answer, hostname, updateId: (JSON.parse(body) as { update_id: number }).update_id });
          response.writeHead(answer.status || 502).end();
        };
        answered().catch((error: unknown) => response.destroy(error as Error));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      telegram.setHost(hostname, { connect: `127.0.0.1:${(server.address() as AddressInfo).port}` });
      return server;
    }),
  );
  return {
    deliveries,
    /** Sends a message every half a second while `work` runs, and waits until all have arrived; gives what was answered meanwhile. */
    delivering: async (botId: string, work: () => Promise<unknown>): Promise<Delivery[]> => {
      const from = deliveries.length;
      const sent: number[] = [];
      const sending = setInterval(() => sent.push(telegram.message(botId, { text: "hello" }).updateId), 500);
      try {
        await work();
      } finally {
        clearInterval(sending);
      }
      const got = () => deliveries.slice(from);
      const isThere = (wanted: number) => got().some(({ status, updateId }) => status === 200 && updateId === wanted);
      await until(() => sent.every(isThere), 120);
      return got();
    },
    close: () =>
      Promise.all(
        servers.map((server) => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()))),
      ),
  };
}

/** What clouds and Telegram were told that changed something, in the order in which it was done: `create shop-api`, `setWebhook`. */
export function inOrder(cloud: Cloud, telegram: FakeTelegram): string[] {
  const told = cloud.told().filter(({ method }) => ["create", "update", "delete"].includes(method));
  const calls = telegram.journal({ by: "client" }).filter(({ method }) => /^(?:set|delete)Webhook$/.test(method));
  telegram.clearJournal();
  return [
    ...told.map(({ method, name, at }) => ({ line: `${method} ${name}`, at })),
    ...calls.map(({ method, at }) => ({ line: method, at: Date.parse(at) })),
  ]
    .sort((one, other) => one.at - other.at)
    .map(({ line }) => line);
}

/** Both lines are there, and the one comes first. */
export function expectBefore(lines: readonly string[], one: string, other: string): void {
  expect(lines).toEqual(expect.arrayContaining([one, other]));
  expect([one, lines.indexOf(one) < lines.indexOf(other), other]).toEqual([one, true, other]);
}
