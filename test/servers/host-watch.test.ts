// The provider's process ends when its engine is gone, and not before its work is done.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { InFlight, watchEngine } from "../../provider/host/watch";

async function addressOfNobody(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

test("an engine that is gone ends the process", async () => {
  const address = await addressOfNobody();
  let watch: { stop(): void } | undefined;
  await new Promise<void>((ended) => (watch = watchEngine(address, new InFlight(), ended, 0.01)));
  watch?.stop();
});

test("an operation in flight is finished first", async () => {
  const address = await addressOfNobody();
  const inFlight = new InFlight();
  const events: string[] = [];
  let watch: { stop(): void } | undefined;
  await new Promise<void>((ended) => {
    watch = watchEngine(address, inFlight, () => (events.push("ended"), ended()), 0.01);
    void inFlight.during(() => new Promise((resolve) => setTimeout(resolve, 100))).then(() => events.push("work done"));
  });
  watch?.stop();
  expect(events[0]).toBe("work done");
});

test("an engine that answers keeps the process", async () => {
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const end = jest.fn();
  const watch = watchEngine(`127.0.0.1:${port}`, new InFlight(), end, 0.01);
  while (accepted < 5) await new Promise((resolve) => setImmediate(resolve));
  watch.stop();
  server.close();
  expect(end).not.toHaveBeenCalled();
});

test("a host whose readers are gone ends, instead of printing its errors of printing for ever", async () => {
  const provider = path.join(__dirname, "../../dist/provider/index.js");
  const asPulumisHost = `
    process.on("uncaughtException", (error) => console.error(error.stack));
    process.argv = ["node", "dynamic-provider/index.js", "${await addressOfNobody()}"];
    require(${JSON.stringify(provider)});
    console.log("ready");
    setInterval(() => console.error("the engine is gone"), 100);
  `;
  const child = spawn(process.execPath, ["-e", asPulumisHost]);
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  const deadline = setTimeout(() => child.kill("SIGKILL"), 40_000);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.stdout.destroy();
  child.stderr.destroy();
  expect(await ended).toBe(1);
  clearTimeout(deadline);
}, 60_000);
