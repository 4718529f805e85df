// A function in AWS Lambda without AWS: AWS's own emulator of the runtime, with AWS's client for Python and a small one for Node.js.
import * as http from "node:http";
import * as path from "node:path";
import { freePort, isListening } from "./ports";
import { start } from "./process";
import { botsPython } from "./python";
import { until } from "./until";

export type Json = Record<string, unknown>;
export type Invoke = (event: object) => Promise<Json>;

const { ensureLambda } = require("../../scripts/lambda/ensure.js") as {
  ensureLambda: (options: { log: (line: string) => void }) => Promise<string>;
};
const bootstrap = path.join(__dirname, "../fixtures/lambda/bootstrap.mjs");

export interface FunctionSettings {
  /** Where the handler's file is. */
  folder: string;
  /** File and function, as Lambda takes it: "index.handler". */
  handler: string;
  runtime: "nodejs" | "python";
  /** What the function is configured with. */
  variables: Record<string, string>;
}

export interface LambdaFunction {
  /** What the handler returned, or `{ errorType, … }` when it failed. One event at a time, as an instance of Lambda takes them. */
  invoke: Invoke;
  /** What the function printed, and the emulator's lines about it: what CloudWatch would have. */
  logs(): string;
  stop: () => Promise<void>;
}

export async function startFunction({
  folder,
  handler,
  runtime,
  variables,
}: FunctionSettings): Promise<LambdaFunction> {
  const emulator = await ensureLambda({ log: (line) => process.stderr.write(`${line}\n`) });
  const client = runtime === "nodejs" ? [process.execPath, bootstrap] : [await botsPython(), "-m", "awslambdaric"];
  const [runtimeApi, port] = [await freePort(), await freePort()];
  const addresses = ["--runtime-api-address", `127.0.0.1:${runtimeApi}`];
  addresses.push("--runtime-interface-emulator-address", `127.0.0.1:${port}`);
  const { PATH, HOME } = process.env;
  const own = { PATH, HOME, LOG_LEVEL: "error", PYTHONDONTWRITEBYTECODE: "1", AWS_LAMBDA_FUNCTION_TIMEOUT: "60" };
  const running = start(emulator, [...addresses, ...client, handler], { cwd: folder, env: { ...own, ...variables } });
  const isReady = () => isListening(port);
  await until(isReady, 60).catch(async (cause: unknown) => {
    await running.stop();
    throw new Error(`the emulator of Lambda did not come up.\n${running.output()}`, { cause });
  });
  let before: Promise<unknown> = Promise.resolve();
  return {
    invoke: (event) => {
      const said = before.then(() => invoked(port, event));
      before = said.catch(() => undefined);
      return said;
    },
    logs: () => running.output(),
    stop: () => running.stop(),
  };
}

function invoked(port: number, event: object): Promise<Json> {
  return new Promise((resolve, reject) => {
    const url = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`;
    const sent = http.request(url, { method: "POST", agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => (text += part));
      answer.on("error", reject);
      answer.on("end", () => {
        // A process that ends while it starts: the emulator has no more to say than this status.
        if (answer.statusCode === 502 && text === "") return resolve({ errorType: "Runtime.ExitError" });
        try {
          resolve(JSON.parse(text) as Json);
        } catch (cause) {
          reject(new Error(`the emulator of Lambda answered ${answer.statusCode}: ${text}`, { cause }));
        }
      });
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(event));
  });
}
