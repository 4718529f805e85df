// The example of an aiogram bot in AWS Lambda behind a queue: its program on mocks; its API, moto's SQS and its handler in AWS's emulator.
import * as path from "node:path";
import { startFakeTelegram } from "../../testing";
import type { Answer } from "../support/api-gateway";
import { startFront } from "../support/api-gateway";
import { startFunction } from "../support/lambda";
import { apiHost, childrenIn, inputsOf, ownFunction, lambdaProgram, startApiOf } from "../support/lambda-endpoint";
import { startMoto } from "../support/moto";
import { certificateFor } from "../support/nginx";
import { repository } from "../support/pulumi";
import { botsPython } from "../support/python";
import { sqsAt } from "../support/sqs";
import { until } from "../support/until";

const last: (() => Promise<void>)[] = [];

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
afterEach(async () => {
  for (const end of last.splice(0).reverse()) await end();
});

test("aiogram-lambda-queue: declares the queues, the API that fills them, the function that empties them, and last the webhook", async () => {
  const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
  const program = await lambdaProgram("aiogram-lambda-queue", { "telegram:token": token });
  const ofApi = "api stage route integration secret webhook";
  const ofAuthorizer = "authorizer authorizer-function authorizer-role authorizer-logs authorizer-permission";
  const ofQueue = "queue dead-letters queue-role queue-role-policy queue-access event-source";
  expect(Object.keys(program).sort()).toEqual(
    ["bot", "logs", "role", ...childrenIn("bot", `${ofApi} ${ofAuthorizer} ${ofQueue}`)].sort(),
  );
  expect(ownFunction(program)).toEqual({
    runtime: "python3.13",
    architectures: ["x86_64"],
    handler: "handler.handle",
    code: { ".": "package", "handler.py": "handler.py" },
    role: "arn:role",
    memorySize: 512,
    timeout: 120,
    environment: {
      variables: {
        TELEGRAM_BOT_TOKEN: token,
        TELEGRAM_API_URL: "https://api.telegram.org",
        WEBHOOK_PATH: "/tg/123456789",
      },
    },
  });
  expect(inputsOf(program, "bot-queue")).toMatchObject({ fifoQueue: true, visibilityTimeoutSeconds: 120 });
  expect(inputsOf(program, "bot-event-source")).toMatchObject({
    functionName: "bot",
    batchSize: 1,
    functionResponseTypes: ["ReportBatchItemFailures"],
  });
  expect(inputsOf(program, "bot-webhook")).toEqual({
    ...{ token, url: `https://${apiHost}/tg/123456789`, secretToken: "new", allowedUpdates: ["message"] },
    preflight: { settleSeconds: 30 },
  });
  expect(Object.keys(program).at(-1)).toBe("bot-webhook");
});

test("aiogram-lambda-queue: updates keep their order, what fails comes again with all after it, and at last goes to the dead letters", async () => {
  const telegram = await startFakeTelegram();
  last.push(() => telegram.close());
  const moto = await startMoto();
  last.push(() => moto.stop());
  const { id, token } = telegram.addBot();
  const config = { "telegram:token": token, "telegram:apiUrl": telegram.apiUrl };
  const program = await lambdaProgram("aiogram-lambda-queue", config);

  // The queues with the arguments that the program gives them; moto has other ARNs and addresses than the mocks.
  const sqs = sqsAt(moto.endpoint);
  const deadLetters = await sqs.make("bot-dead-letters.fifo", inputsOf(program, "bot-dead-letters"));
  const { redrivePolicy, ...rest } = inputsOf<{ redrivePolicy: string }>(program, "bot-queue");
  const redrive = { ...(JSON.parse(redrivePolicy) as object), deadLetterTargetArn: deadLetters.arn };
  const { url: queueUrl } = await sqs.make("bot-queue.fifo", { ...rest, redrivePolicy: JSON.stringify(redrive) });
  const send = async (parameters: Record<string, string>): Promise<Answer> => {
    await sqs.call("SendMessage", { ...parameters, QueueUrl: queueUrl });
    return { status: 200, body: "{}" };
  };
  const folder = path.join(repository, "examples/aiogram-lambda-queue");
  const { handler, environment } = ownFunction(program);
  const bot = await startFunction({ folder, handler, runtime: "python", variables: environment.variables });
  last.push(bot.stop);
  const api = await startApiOf(program, "bot", apiHost, { action: send });
  last.push(api.stop);
  const tls = await certificateFor(apiHost);
  last.push((await startFront(api.answers, { address: "127.0.32.4", port: 443, tls })).stop);
  telegram.setHost(apiHost, { connect: "127.0.32.4:443" });
  telegram.trust(tls.certificatePem);
  const { url, secretToken } = inputsOf(program, "bot-webhook");
  const connection = { max_connections: 1 }; // so that they come one after the other
  expect((await telegram.outsider(id).setWebhook({ url, secret_token: secretToken, ...connection })).ok).toBe(true);
  const { batchSize } = inputsOf<{ batchSize: number }>(program, "bot-event-source");
  const turn = (most = batchSize) => sqs.turn(queueUrl, most, bot.invoke);
  const said = () => telegram.sent(id).map(({ text }) => text.replace("You wrote: ", ""));
  const delivered = async (count: number) => {
    await until(() => telegram.deliveries(id).length === count, 60);
    expect(telegram.deliveries(id).map(({ status }) => status)).toEqual(Array(count).fill(200));
  };

  // Telegram is answered before any handler has run.
  for (const text of ["one", "two", "three"]) telegram.message(id, { text });
  await delivered(3);
  expect(said()).toEqual([]);

  // The first one fails once: it comes again before the others.
  telegram.fault({ botId: id, method: "sendMessage", kind: "error", code: 400 });
  expect(await turn()).toBe(true);
  expect(said()).toEqual([]);
  while (await turn());
  expect(said()).toEqual(["one", "two", "three"]);

  // One that the framework cannot read never succeeds. In a batch, what is before it is done, and what is after it waits.
  telegram.message(id, { text: "before" });
  const { updateId } = telegram.update(id, { message: { message_id: "none" } });
  telegram.message(id, { text: "after" });
  await delivered(6);
  await turn(10);
  expect(said().slice(3)).toEqual(["before"]);
  for (let attempt = 2; attempt <= 3; attempt++) await turn();
  expect(said().slice(3)).toEqual(["before"]);
  await turn();
  expect(said().slice(3)).toEqual(["before", "after"]);
  const asked = { QueueUrl: deadLetters.url, AttributeNames: ["All"], MaxNumberOfMessages: 10 };
  const { Messages } = (await sqs.call("ReceiveMessage", asked)) as { Messages: { Body: string }[] };
  expect(Messages.map(({ Body }) => (JSON.parse(Body) as { update_id: number }).update_id)).toEqual([updateId]);
  expect(bot.logs()).toContain(`update ${updateId} failed: ValidationError`);
  expect(bot.logs()).not.toContain(token);
}, 120_000);

test("aiogram-lambda-queue: an update that Telegram delivers twice is queued once, and without the secret nothing is", async () => {
  const moto = await startMoto();
  last.push(() => moto.stop());
  const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
  const program = await lambdaProgram("aiogram-lambda-queue", { "telegram:token": token });
  const sqs = sqsAt(moto.endpoint);
  const { redrivePolicy: _other, ...queue } = inputsOf(program, "bot-queue");
  const { url: QueueUrl } = await sqs.make("bot-queue.fifo", queue);
  const groups = new Set<string | undefined>();
  const api = await startApiOf(program, "bot", apiHost, {
    action: async (parameters) => {
      groups.add(parameters["MessageGroupId"]);
      await sqs.call("SendMessage", { ...parameters, QueueUrl });
      return { status: 200 };
    },
  });
  last.push(api.stop);
  const front = await startFront(api.answers);
  last.push(front.stop);
  const header = "X-Telegram-Bot-Api-Secret-Token";
  const ask = (secret: string | undefined, updateId: number) =>
    front.ask("/tg/123456789", {
      headers: { "Content-Type": "application/json", ...(secret && { [header]: secret }) },
      body: JSON.stringify({ update_id: updateId }),
    });
  expect(await Promise.all([ask("new", 1), ask("old", 1), ask("new", 2)])).toEqual([200, 200, 200]);
  expect([await ask(undefined, 3), await ask("wrong", 4)]).toEqual([401, 403]);
  const taken: unknown[] = [];
  const keep = (event: object) => {
    for (const { body } of (event as { Records: { body: string }[] }).Records) taken.push(JSON.parse(body));
    return Promise.resolve({});
  };
  while (await sqs.turn(QueueUrl, 10, keep));
  expect(taken.sort()).toHaveLength(2);
  expect(taken).toEqual(expect.arrayContaining([{ update_id: 1 }, { update_id: 2 }]));
  expect([...groups]).toEqual(["123456789"]);
});
