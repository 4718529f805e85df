// A free port stays free until it is listened on: nothing takes it by chance.
import * as net from "node:net";
import { once } from "node:events";
import { freePort } from "../../support/ports";

const listening = async (port: number) => {
  const server = net.createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
};

test("a free port is none of those that the system gives to connections and to servers that ask for any", async () => {
  for (let index = 0; index < 20; index += 1) expect(await freePort()).toBeLessThan(32_768); // Linux; others begin higher
});

test("a free port can be listened on, and one that is listened on is not free", async () => {
  const taken = await listening(await freePort());
  const { port } = taken.address() as net.AddressInfo;
  const others = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  expect(others).not.toContain(port);
  taken.close();
});
