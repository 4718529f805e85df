// The example of a grammY bot in AWS Lambda on a name in Cloudflare: its program on mocks, and what it uploads in AWS's emulator.
import * as path from "node:path";
import { startFakeTelegram } from "../../testing";
import { startFront } from "../support/api-gateway";
import { startFunction } from "../support/lambda";
import { childrenIn, inputsOf, ownFunction, lambdaProgram, startApiOf } from "../support/lambda-endpoint";
import { certificateFor } from "../support/nginx";
import { run } from "../support/process";
import { repository } from "../support/pulumi";
import { until } from "../support/until";

const last: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of last.splice(0).reverse()) await end();
});

const hostname = "bots.example.com";
const config = (token: string) => ({
  "telegram:token": token,
  "project:hostname": hostname,
  "project:zone": "example.com",
  "project:zoneId": "0da42c8d2132a9ddaf714f9e7c920711",
});

test("grammy-lambda: declares the function, the API on its name with records in Cloudflare, and last the webhook there", async () => {
  const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
  const program = await lambdaProgram("grammy-lambda", config(token));
  const ofApi = "api stage route integration permission secret webhook";
  const ofAuthorizer = "authorizer authorizer-function authorizer-role authorizer-logs authorizer-permission";
  const ofDomain = "certificate validation-record validation domain mapping record record-record";
  expect(Object.keys(program).sort()).toEqual(
    ["bot", "logs", "role", ...childrenIn("bot", `${ofApi} ${ofAuthorizer} ${ofDomain}`)].sort(),
  );
  const { environment, ...own } = ownFunction(program);
  expect(own).toEqual({
    runtime: "nodejs22.x",
    handler: "handler.handler",
    code: "package",
    role: "arn:role",
    memorySize: 512,
    timeout: 30,
  });
  expect(environment.variables).toEqual({
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: "https://api.telegram.org",
    WEBHOOK_PATH: "/tg/123456789",
    WEBHOOK_SECRET: expect.stringMatching(/^[\w-]{20,}$/) as string,
  });
  const zoneId = "0da42c8d2132a9ddaf714f9e7c920711";
  const record = { zoneId, type: "CNAME", ttl: 300, proxied: false };
  expect(inputsOf(program, "bot-validation-record")).toEqual({
    ...{ ...record, name: "_1.bots.example.com", content: "_2.aws" },
  });
  expect(inputsOf(program, "bot-record-record")).toMatchObject({
    ...record,
    name: hostname,
    content: "d-1.amazonaws.com",
  });
  expect(inputsOf(program, "bot-webhook")).toEqual({
    ...{ token, url: `https://${hostname}/tg/123456789`, secretToken: "new", maxConnections: 10 },
    ...{ allowedUpdates: ["message"], preflight: { settleSeconds: 30 } },
  });
  expect(Object.keys(program).at(-1)).toBe("bot-webhook");
});

test("grammy-lambda: what `npm run build` makes answers Telegram through the API, and nobody else", async () => {
  const built = await run("npm", ["run", "build"], { cwd: path.join(repository, "examples/grammy-lambda") });
  expect(built).toMatchObject({ code: 0 });
  const telegram = await startFakeTelegram();
  last.push(() => telegram.close());
  const { id, token } = telegram.addBot();
  const program = await lambdaProgram("grammy-lambda", { ...config(token), "telegram:apiUrl": telegram.apiUrl });
  const { handler, environment } = ownFunction(program);
  const folder = path.join(repository, "examples/grammy-lambda/package");
  const bot = await startFunction({ folder, handler, runtime: "nodejs", variables: environment.variables });
  last.push(bot.stop);
  const api = await startApiOf(program, "bot", hostname, { function: bot.invoke });
  last.push(api.stop);
  const tls = await certificateFor(hostname);
  last.push((await startFront(api.answers, { address: "127.0.32.3", port: 443, tls })).stop);
  telegram.setHost(hostname, { connect: "127.0.32.3:443" });
  telegram.trust(tls.certificatePem);
  const { url, secretToken } = inputsOf(program, "bot-webhook");
  expect((await telegram.outsider(id).setWebhook({ url, secret_token: secretToken })).ok).toBe(true);
  const said = () => telegram.sent(id).map(({ text }) => text);
  const statuses = () => telegram.deliveries(id).map(({ status }) => status);

  telegram.message(id, { text: "one" });
  telegram.message(id, { text: "drei Äpfel" });
  await until(() => statuses().length === 2, 60);
  expect(statuses()).toEqual([200, 200]);
  expect(said().sort()).toEqual(["You wrote: drei Äpfel", "You wrote: one"]);

  const front = await startFront(api.answers);
  last.push(front.stop);
  const from = { id: 7, is_bot: false, first_name: "Someone" };
  const forged = { message_id: 1, date: 1583348638, chat: { id: 7, type: "private" }, from, text: "forged" };
  const ask = (headers: Record<string, string>) =>
    front.ask(`/tg/${id}`, {
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify({ update_id: 9_000_001, message: forged }),
    });
  const header = "X-Telegram-Bot-Api-Secret-Token";
  expect(await ask({})).toBe(401);
  expect(await ask({ [header]: "wrong" })).toBe(403);
  expect(await ask({ [header]: environment.variables["WEBHOOK_SECRET"] ?? "" })).toBe(403); // the function's own is not Telegram's
  expect(said()).toHaveLength(2);

  // A handler that fails is a 500 for Telegram, which sends the update again.
  telegram.fault({ botId: id, method: "sendMessage", kind: "error", code: 400 });
  telegram.message(id, { text: "again" });
  await until(() => telegram.deliveries(id).length >= 3, 60);
  expect(statuses()[2]).toBe(500);
}, 120_000);
