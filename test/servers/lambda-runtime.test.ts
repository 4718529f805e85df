// The code that LambdaEndpoint uploads, in AWS's own emulator of the Lambda runtime, behind what an HTTP API does in front of it.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { authorizerCode } from "../../components/aws/authorizer-code";
import { sha256 } from "../../provider/core/hash";
import { functionUrl, httpApi, startFront } from "../support/api-gateway";
import { attacks, genuine, request } from "../support/attacks";
import type { Attempt, Target } from "../support/attacks";
import { startFunction } from "../support/lambda";
import type { Json, LambdaFunction } from "../support/lambda";
import { exchange } from "../support/nginx";
import { blocksOf } from "../support/pages";
import { botsPython } from "../support/python";

const secrets: [string, string] = ["7mJt3pQxVb-current_Kd81", "9Zc2Lw-previous_Rn44yTfG"];
const processSecret = "process-secret-of-the-bot_5Hq";
const botPath = "/tg/123456789";
const host = "r3pmxmplak.execute-api.eu-central-1.amazonaws.com";
const header = "x-telegram-bot-api-secret-token";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-authorizer-"));
const running: { stop: () => Promise<void> }[] = [];
/** The events that the bot's function got. */
let seen: Json[] = [];

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
  seen = [];
});
beforeAll(async () => {
  fs.writeFileSync(path.join(folder, "index.mjs"), authorizerCode);
  await botsPython(); // the first time on a machine it is installed
}, 600_000);
afterAll(() => fs.rmSync(folder, { recursive: true }));

async function startAuthorizer(variables: Record<string, string>): Promise<LambdaFunction> {
  const started = await startFunction({ folder, handler: "index.handler", runtime: "nodejs", variables });
  running.push(started);
  return started;
}

const accepting = (...accepted: string[]) =>
  startAuthorizer({ ACCEPTED_SHA256: accepted.map((one) => sha256(one)).join(","), PROCESS_SECRET: processSecret });

/** The API as LambdaEndpoint sets it up. */
async function startApi({ invoke }: Pick<LambdaFunction, "invoke">): Promise<Target> {
  const front = await startFront(
    httpApi({
      domainName: host,
      routeKey: `POST ${botPath}`,
      authorizer: { identitySources: ["$request.header.X-Telegram-Bot-Api-Secret-Token"], invoke },
      integration: {
        requestParameters: { "overwrite:header.X-Telegram-Bot-Api-Secret-Token": "$context.authorizer.secret" },
        serves: { function: (event) => Promise.resolve({ statusCode: seen.push(event as Json) && 200 }) },
      },
    }),
  );
  running.push(front);
  return targetAt(front.port);
}

const targetAt = (port: number): Target => ({
  ...{ host, port, path: botPath, secrets, otherSecret: "of-another-bot", longerPath: `${botPath}0` },
});

const statusOf = async ({ port }: Target, text: string) =>
  Number(/^HTTP\/1.1 (\d+)/.exec(await exchange("127.0.0.1", port, text))?.[1]);

async function answersOf(target: Target, attempts: Attempt[]): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  for (const { name, text } of attempts) answers[name] = await statusOf(target, text);
  return answers;
}

const isOfSecrets = ({ status, name }: Attempt) =>
  status.includes(401) && name !== "the longer path with this bot's secret";

/** What an HTTP API answers itself, since the header is missing or empty; the authorizer is not asked. */
const withoutHeader = ["no secret", "an empty secret", "the secret in a header with underscores"];
withoutHeader.push("the secret in Authorization", "a probe without the secret");
withoutHeader.push("spoofed client addresses without a secret");

test("nobody without a secret of Telegram's gets to the function: 401 without the header, 403 with another value", async () => {
  const target = await startApi(await accepting(...secrets));
  const attempts = attacks(target).filter(isOfSecrets);
  const more = {
    "a long secret": "a".repeat(8_000),
    "a secret that is not ASCII": "nèw",
    "a digest": sha256(secrets[0]),
  };
  for (const [name, secret] of Object.entries({ ...more, "the function's own secret": processSecret })) {
    attempts.push({ name, status: [401], text: request(target, { secret }) });
  }
  const expected = attempts.map(({ name }) => [name, withoutHeader.includes(name) ? 401 : 403]);
  expect(await answersOf(target, attempts)).toEqual(Object.fromEntries(expected));
  expect(seen).toEqual([]);
});

test("every genuine update gets there, with the function's secret in the place of Telegram's", async () => {
  const target = await startApi(await accepting(...secrets));
  const attempts = genuine(target);
  const expected = Object.fromEntries(attempts.map(({ name }) => [name, 200]));
  expect(await answersOf(target, attempts)).toEqual(expected);
  expect(seen.map(({ headers }) => (headers as Json)[header])).toEqual(attempts.map(() => processSecret));
  for (const secret of secrets) expect(JSON.stringify(seen)).not.toContain(secret);
});

test("an update in another method or at another path is a 404, with the right secret too", async () => {
  const target = await startApi(await accepting(...secrets));
  const attempts = attacks(target).filter(({ status, name }) => status.includes(405) && name !== "the method post");
  attempts.push({ name: "a longer path", status: [404], text: request(target, { target: target.longerPath }) });
  const expected = attempts.map(({ name }) => [name, 404]);
  expect(await answersOf(target, attempts)).toEqual(Object.fromEntries(expected));
  expect(seen).toEqual([]);
});

test("a rotation refuses no genuine update, and a revoked secret is refused by the next request", async () => {
  const [next, current] = ["the-next-secret", "the-current-secret"];
  const steps = [
    { accepted: [current], answers: [403, 200] },
    { accepted: [next, current], answers: [200, 200] }, // then setWebhook
    { accepted: [next], answers: [200, 403] },
  ];
  for (const { accepted, answers } of steps) {
    const target = await startApi(await accepting(...accepted));
    const given = [next, current].map((secret) => statusOf(target, request(target, { secret })));
    expect(await Promise.all(given)).toEqual(answers);
  }
});

test("requests that come while the function starts wait for their verdict", async () => {
  const target = await startApi(await accepting(secrets[0]));
  const all = ["wrong", secrets[0], "wrong", secrets[0]];
  const answers = await Promise.all(all.map((secret) => statusOf(target, request(target, { secret }))));
  expect(answers).toEqual([403, 200, 403, 200]);
});

test.each([
  ["without digests", {}],
  ["with an empty list", { ACCEPTED_SHA256: "" }],
])("an authorizer %s lets nobody through", async (_, variables) => {
  const target = await startApi(await startAuthorizer({ ...variables, PROCESS_SECRET: processSecret }));
  expect(await statusOf(target, request(target))).toBe(500);
  expect(await statusOf(target, request(target, { secret: sha256("") }))).toBe(500);
  expect(seen).toEqual([]);
});

test("no secret stands in the authorizer's logs, nor in what it answers to a wrong one", async () => {
  const authorizer = await accepting(...secrets);
  const asked = (secret: string) => authorizer.invoke({ headers: { [header]: secret }, identitySource: [secret] });
  expect(await asked("wrong-guess")).toEqual({ isAuthorized: false });
  expect(await authorizer.invoke({ headers: {}, identitySource: [] })).toEqual({ isAuthorized: false });
  expect(await asked(secrets[1])).toEqual({ isAuthorized: true, context: { secret: processSecret } });
  const said = authorizer.logs();
  expect(said).toContain("START RequestId");
  for (const secret of [...secrets, processSecret, "wrong-guess", sha256(secrets[0])])
    expect(said).not.toContain(secret);
});

const [nodeLines = ""] = blocksOf("docs/lambda-endpoint.md", "js");
const [pythonLines = ""] = blocksOf("docs/lambda-endpoint.md", "python");

test.each([
  { runtime: "nodejs" as const, file: "url.mjs", handler: "url.handler", text: nodeLines },
  { runtime: "python" as const, file: "lines.py", handler: "lines.handle", text: pythonLines },
])("the page's lines for a function URL in $runtime refuse whoever does not know a secret", async (one) => {
  fs.writeFileSync(path.join(folder, one.file), one.text);
  const variables = { WEBHOOK_SECRETS: secrets.join(",") };
  const { runtime, handler } = one;
  const started = await startFunction({ folder, handler, runtime, variables });
  running.push(started);
  const front = await startFront(functionUrl(host, started.invoke));
  running.push(front);
  const target = targetAt(front.port);
  const refused = attacks(target).filter(isOfSecrets);
  for (const secret of ["nèw", "a".repeat(8_000)]) {
    refused.push({ name: secret, status: [401], text: request(target, { secret }) });
  }
  expect(await answersOf(target, refused)).toEqual(Object.fromEntries(refused.map(({ name }) => [name, 401])));

  const genuineOnes = await answersOf(target, genuine(target));
  expect(Object.values(genuineOnes)).not.toContain(401);
  expect(genuineOnes).toMatchObject({
    "an update as Telegram sends it": 200,
    "the secret before the last rotation": 200,
    "headers in lower case": 200,
    "an empty body": 400,
  });
  const binary = { "Content-Type": "application/octet-stream", [header]: secrets[0] }; // comes in base64
  expect(await front.ask(botPath, { headers: binary, body: '{"update_id":1}' })).toBe(200);
  for (const secret of secrets) expect(started.logs()).not.toContain(secret);
});
