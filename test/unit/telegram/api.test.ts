// How long the client waits for one answer.
import { setFlagsFromString } from "node:v8";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { runInNewContext } from "node:vm";
import { Agent } from "undici";
import type { ExecutionContext } from "../../../provider/core/logic";
import { httpClient } from "../../../provider/net/http";
import { telegramApi } from "../../../provider/telegram/api";
import { RateLimiter } from "../../../provider/telegram/pace";

const longest = 100;

test.each([
  ["its limit", { requestSeconds: 0.5, deadlineSeconds: longest }, "it took too long"],
  [
    "the operation's deadline",
    { requestSeconds: longest, deadlineSeconds: 0.5 },
    "the operation's deadline has passed (customTimeouts sets it)",
  ],
])("a request that is never answered is waited for until %s, although garbage is collected", async (_, given, says) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const dispatcher = new Agent();
  const api = telegramApi({
    http: httpClient({ dispatcher }),
    pace: new RateLimiter(),
    requestSeconds: given.requestSeconds,
  });
  // As the host makes it.
  const contextFor = (seconds: number) => {
    const signal = AbortSignal.timeout(seconds * 1000);
    return { signal, random: () => 0, now: () => new Date() } as unknown as ExecutionContext;
  };
  const settings = { url: "https://bots.example.com/", maxConnections: 41, allowedUpdates: [] };
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bot = () => ({ apiUrl, token: "1:x", testEnvironment: false, context: contextFor(given.deadlineSeconds) });
  const outcome = api.setWebhook(bot(), settings, false).then(
    () => "answered",
    (error: Error) => error.message,
  );
  setFlagsFromString("--expose_gc");
  const collect = runInNewContext("gc") as () => void;
  const collecting = setInterval(collect, 50);
  const late = setTimeout(() => sockets.forEach((socket) => socket.destroy()), 60_000);
  const said = await outcome;
  clearInterval(collecting);
  clearTimeout(late);
  for (const socket of sockets) socket.destroy();
  server.close();
  await dispatcher.close();
  // Neither the longer of the two limits nor the end of the connection.
  expect(said).toMatch(/ got no answer: /);
  expect(said.split(" got no answer: ")[1]).toBe(`${says}.`);
});
