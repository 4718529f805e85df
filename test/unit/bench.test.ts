// What the bench begins with: bots that the fake server knows, and a result that is kept with its noise.
import path from "node:path";
import { isWellFormed } from "../../testing/token";
import { top } from "../support/pages";
import { run } from "../support/process";

/** What an expression makes of a module of the bench, which is an ES module. */
async function made(file: string, expression: string): Promise<unknown> {
  const program = `const bench = await import(${JSON.stringify(path.join(top, "bench", file))}); console.log(JSON.stringify(${expression}))`;
  const { code, stdout, stderr } = await run(process.execPath, ["--input-type=module", "--eval", program]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

test("the fake server takes the token of each bot of the bench", async () => {
  const bots = (await made("programs.mjs", `bench.botsFor(100, "http://127.0.0.1:1")`)) as { token: string }[];
  expect(bots).toHaveLength(100);
  expect(bots.filter(({ token }) => !isWellFormed(token))).toEqual([]);
});

test("a result is kept with the ratio of the medians, the larger noise of the two, and each goal", async () => {
  const seconds = { webhook: [12, 10, 11], noop: [10, 8, 12] };
  const operations = ["up", "no-op up", "refresh", "destroy"];
  const runs = operations.flatMap((operation) =>
    Object.entries(seconds).flatMap(([kind, times]) =>
      times.map((one) => ({ size: 1, operation, kind, seconds: one, requests: 0 })),
    ),
  );
  const imports = { package: { inside: [1] }, provider: { inside: [2] }, sdk: { inside: [3] } };
  const result = {
    about: { rounds: 3 },
    runs,
    stateBytes: { webhook: 3000, noop: 2000 },
    stateParts: [["url", 9]],
    imports,
  };
  const record = await made("report.mjs", `bench.recordOf(${JSON.stringify(result)}, { loadAfter: 1.23456 })`);
  expect(record).toMatchObject({
    about: { rounds: 3, loadAfter: 1.235 },
    rows: operations.map((operation) => ({ size: 1, operation, ratio: 1.1, noise: 0.4 })),
    state: { webhook: 3000, noop: 2000, goal: 2600, parts: { url: 9 } },
    importMilliseconds: { package: 1, provider: 2, sdk: 3, goal: 20 },
  });
});
