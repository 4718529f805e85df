// The example of a Mubble bot in AWS Lambda: its program on mocks, and its handler in AWS's emulator behind a function URL and an API.
import * as path from "node:path";
import { startFakeTelegram } from "../../testing";
import { functionUrl, startFront } from "../support/api-gateway";
import { startFunction } from "../support/lambda";
import {
  apiHost,
  childrenIn,
  inputsOf,
  ownFunction,
  lambdaProgram,
  startApiOf,
  urlHost,
  variablesOf,
} from "../support/lambda-endpoint";
import { certificateFor } from "../support/nginx";
import { repository } from "../support/pulumi";
import { botsPython } from "../support/python";
import { until } from "../support/until";

const last: (() => Promise<void>)[] = [];

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
afterEach(async () => {
  for (const end of last.splice(0).reverse()) await end();
});

const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
const webhookAt = (url: string) => ({
  token,
  url,
  secretToken: "new",
  maxConnections: 10,
  allowedUpdates: ["message"],
  preflight: { settleSeconds: 30 },
});

test("mubble-lambda: declares the function, its url, and last the webhook there", async () => {
  const program = await lambdaProgram("mubble-lambda", { "telegram:token": token });
  expect(Object.keys(program).sort()).toEqual(
    ["bot", "logs", "role", "secret", ...childrenIn("bot", "invoke-permission url url-permission webhook")].sort(),
  );
  const { environment, ...own } = ownFunction(program);
  expect(own).toEqual({
    runtime: "python3.13",
    architectures: ["x86_64"],
    handler: "handler.handle",
    code: { ".": "package", "handler.py": "handler.py" },
    role: "arn:role",
    memorySize: 512,
    timeout: 30,
  });
  expect(environment.variables).toEqual({
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: "https://api.telegram.org",
    WEBHOOK_PATH: "/tg/123456789",
    WEBHOOK_SECRET: "new",
    WEBHOOK_SECRETS: "new,old",
  });
  expect(inputsOf(program, "bot-url")).toEqual({ functionName: "bot", authorizationType: "NONE" });
  expect(inputsOf(program, "bot-webhook")).toEqual(webhookAt(`https://${urlHost}/tg/123456789`));
  expect(Object.keys(program).at(-1)).toBe("bot-webhook");
});

test("mubble-lambda: with a hostname declares an API, its certificate and record, and last the webhook there", async () => {
  const config = { "project:hostname": "bots.example.com", "project:zone": "example.com", "project:rotate": "2" };
  const program = await lambdaProgram("mubble-lambda", { "telegram:token": token, ...config });
  const ofApi = "api stage route integration permission webhook";
  const ofAuthorizer = "authorizer authorizer-function authorizer-role authorizer-logs authorizer-permission";
  const ofDomain = "certificate validation-record validation domain mapping record record-record";
  expect(Object.keys(program).sort()).toEqual(
    ["bot", "logs", "role", "secret", ...childrenIn("bot", `${ofApi} ${ofAuthorizer} ${ofDomain}`)].sort(),
  );
  const zoneId = "zone";
  expect(inputsOf(program, "secret")).toEqual({ rotateTrigger: "2" });
  expect(inputsOf(program, "bot-api")).toEqual({ protocolType: "HTTP", disableExecuteApiEndpoint: true });
  expect(inputsOf(program, "bot-validation-record")).toEqual({
    ...{ zoneId, name: "_1.bots.example.com.", type: "CNAME", records: ["_2.aws."], ttl: 300, allowOverwrite: true },
  });
  expect(inputsOf(program, "bot-record-record")).toEqual({
    ...{ zoneId, name: "bots.example.com", type: "CNAME", records: ["d-1.amazonaws.com."], ttl: 300 },
  });
  expect(inputsOf(program, "bot-webhook")).toEqual(webhookAt("https://bots.example.com/tg/123456789"));
  expect(Object.keys(program).at(-1)).toBe("bot-webhook");
});

test("mubble-lambda: answers its function URL and its API, and whoever knows the secret only", async () => {
  const telegram = await startFakeTelegram();
  last.push(() => telegram.close());
  const { id, token } = telegram.addBot();
  const config = { "telegram:token": token, "telegram:apiUrl": telegram.apiUrl };
  const domain = { "project:hostname": "bots.example.com", "project:zone": "example.com" };
  const said = () => telegram.sent(id).map(({ text }) => text);
  const header = "X-Telegram-Bot-Api-Secret-Token";
  const given = (secret: string) => ({ "Content-Type": "application/json", ...(secret && { [header]: secret }) });
  let updateId = 1;
  const from = { id: 7, is_bot: false, first_name: "Someone" };
  const message = (text: string) => ({ message_id: 1, date: 1583348638, chat: { id: 7, type: "private" }, from, text });
  const wrote = (text: string) => JSON.stringify({ update_id: updateId++, message: message(text) });
  const start = async (more: Record<string, string>) => {
    const program = await lambdaProgram("mubble-lambda", { ...config, ...more });
    const folder = path.join(repository, "examples/mubble-lambda");
    const { handler } = ownFunction(program);
    const variables = variablesOf(program, "bot");
    const { invoke, stop } = await startFunction({ folder, handler, runtime: "python", variables });
    last.push(stop);
    return { program, invoke };
  };

  const byUrl = await start({});
  const byApi = await start(domain);
  const api = await startApiOf(byApi.program, "bot", apiHost, { function: byApi.invoke });
  last.push(api.stop);
  for (const { answers, refused, looked } of [
    { answers: functionUrl(urlHost, byUrl.invoke), refused: [401, 401], looked: 405 },
    { answers: api.answers, refused: [401, 403], looked: 404 }, // there is no such route
  ]) {
    const front = await startFront(answers);
    last.push(front.stop);
    const [without, wrong] = refused;
    const post = (body: string, headers = given("new")) => front.ask(`/tg/${id}`, { body, headers });
    const binary = { ...given("new"), "Content-Type": "application/octet-stream" }; // comes in base64
    const before = said().length;
    expect(await post(wrote("one"))).toBe(200);
    expect(await post(wrote("two"), given("old"))).toBe(200);
    expect(await post(wrote("drei Äpfel"), binary)).toBe(200);
    const heard = ["You wrote: one", "You wrote: two", "You wrote: drei Äpfel"];
    expect(said().slice(before)).toEqual(heard);

    for (const secret of ["older", "new,old", "new, new", "nèw"]) {
      expect(await post(wrote("let me in"), given(secret))).toBe(wrong);
    }
    expect(await post(wrote("no secret at all"), given(""))).toBe(without);
    expect(await post(wrote("an empty secret"), { ...given(""), [header]: "" })).toBe(without);
    expect(await front.ask(`/tg/${id}`, { method: "GET", headers: given("new") })).toBe(looked);
    expect(await post("")).toBe(400);
    expect(await post("no update", binary)).toBe(400);
    expect(said().slice(before)).toEqual(heard);
    // A kind that Mubble does not know is an error; the process goes on.
    const strange = JSON.stringify({ update_id: updateId++, purchased_paid_media: { from, paid_media_payload: "x" } });
    expect([500, 502]).toContain(await post(strange));
    expect(await post(wrote("still there?"))).toBe(200);
  }

  // Telegram itself, through the function's URL.
  const tls = await certificateFor(urlHost);
  last.push((await startFront(functionUrl(urlHost, byUrl.invoke), { address: "127.0.32.2", port: 443, tls })).stop);
  telegram.setHost(urlHost, { connect: "127.0.32.2:443" });
  telegram.trust(tls.certificatePem);
  const { url, secretToken } = inputsOf(byUrl.program, "bot-webhook");
  const set = await telegram.outsider(id).setWebhook({ url, secret_token: secretToken });
  expect(set.ok).toBe(true);
  telegram.message(id, { text: "from Telegram" });
  await until(() => telegram.deliveries(id).length > 0, 60);
  expect(telegram.deliveries(id).map(({ outcome, status }) => [outcome, status])).toEqual([["delivered", 200]]);
  expect(said().slice(-2)).toEqual(["You wrote: still there?", "You wrote: from Telegram"]);
}, 120_000);
