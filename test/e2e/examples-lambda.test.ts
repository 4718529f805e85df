// The example of a Mubble bot in AWS Lambda: its program on mocks, and its handler with the events of AWS and the fake server.
import * as path from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as ownAws from "../../components/aws";
import * as own from "../../index";
import { startFakeTelegram } from "../../testing";
import { functionUrl, httpApi, startFront } from "../support/api-gateway";
import { startFunction } from "../support/lambda";
import { certificateFor } from "../support/nginx";
import { repository } from "../support/pulumi";
import { botsPython } from "../support/python";
import { until } from "../support/until";

const last: (() => Promise<void>)[] = [];

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
afterEach(async () => {
  for (const end of last.splice(0).reverse()) await end();
});

/** What AWS answers with, as far as the program reads it. */
const made: Record<string, object> = {
  "pulumi-nodejs:dynamic/telegram:WebhookSecret": { current: "new", accepted: ["new", "old"] },
  "aws:lambda/function:Function": { name: "bot-1", invokeArn: "arn:invoke" },
  "aws:lambda/functionUrl:FunctionUrl": { functionUrl: "https://abcdefg.lambda-url.us-east-1.on.aws/" },
  "aws:apigatewayv2/api:Api": { executionArn: "arn:execution" },
  "aws:apigatewayv2/domainName:DomainName": { domainNameConfiguration: { targetDomainName: "d-1.amazonaws.com" } },
  "aws:acm/certificate:Certificate": {
    domainValidationOptions: [
      { resourceRecordName: "_1.bots.example.com.", resourceRecordType: "CNAME", resourceRecordValue: "_2.aws." },
    ],
  },
  "aws:route53/record:Record": { fqdn: "bots.example.com" },
};

/** What the program registers, by name, in the order in which it was made. The last parts of the way to the function are slow. */
async function registeredBy(program: string, config: Record<string, string>): Promise<Record<string, unknown[]>> {
  const children: [string, unknown[]][] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: async ({ name, type, inputs }: pulumi.runtime.MockResourceArgs) => {
        if (["route", "permission", "mapping"].includes(name)) await new Promise((resolve) => setTimeout(resolve, 300));
        const given = Object.entries(inputs as object).filter(([key]) => key !== "__provider" && key !== "__declared");
        children.push([name, [type, await plain(Object.fromEntries(given))]]);
        return { id: `${name}-id`, state: { name, arn: `arn:${name}`, ...(inputs as object), ...made[type] } };
      },
      call: ({ token, inputs }) => ({ ...(inputs as object), zoneId: `zone for ${token}` }),
    },
    "project",
    "stack",
    true, // a preview: a record waits for no name server
  );
  pulumi.runtime.setAllConfig(config, ["telegram:token"]);
  await jest.isolateModulesAsync(async () => {
    jest.doMock("@pulumi/pulumi", () => pulumi);
    jest.doMock("@pulumi/aws", () => aws);
    jest.doMock("pulumi-telegram", () => own);
    jest.doMock("pulumi-telegram/aws", () => ownAws);
    require(path.join(repository, "examples", program, "index.ts"));
    await pulumi.runtime.disconnect();
  });
  return Object.fromEntries(children);
}

/** Without the marks of secrets, and an archive as the paths of what is in it. */
async function plain(value: unknown): Promise<unknown> {
  const known = pulumi.runtime.unwrapRpcSecret(await value) as unknown;
  if (known instanceof pulumi.asset.AssetArchive) return plain(known.assets);
  if (known instanceof pulumi.asset.FileArchive || known instanceof pulumi.asset.FileAsset) return known.path;
  if (typeof known !== "object" || known === null) return known;
  if (Array.isArray(known)) return Promise.all(known.map(plain));
  const entries = Object.entries(known).map(async ([key, one]) => [key, await plain(one)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
const bot = {
  secret: ["pulumi-nodejs:dynamic/telegram:WebhookSecret", { rotateTrigger: "1" }],
  role: [
    "aws:iam/role:Role",
    {
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "AllowAssumeRole",
            Effect: "Allow",
            Action: "sts:AssumeRole",
            Principal: { Service: "lambda.amazonaws.com" },
          },
        ],
      },
    },
  ],
  logs: [
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    { role: "role", policyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" },
  ],
  bot: [
    "aws:lambda/function:Function",
    {
      runtime: "python3.13",
      architectures: ["x86_64"],
      handler: "handler.handle",
      code: { ".": "package", "handler.py": "handler.py" },
      role: "arn:role",
      memorySize: 512,
      timeout: 30,
      environment: { variables: { TELEGRAM_BOT_TOKEN: token, WEBHOOK_SECRETS: "new,old" } },
    },
  ],
};
const webhookAt = (url: string) => ({
  webhook: [
    "pulumi-nodejs:dynamic/telegram:TelegramWebhook",
    { token, url, secretToken: "new", maxConnections: 10, allowedUpdates: ["message"] },
  ],
});

test("mubble-lambda: declares the function, its url, and last the webhook there", async () => {
  const children = await registeredBy("mubble-lambda", { "telegram:token": token });
  expect(children).toEqual({
    ...bot,
    url: ["aws:lambda/functionUrl:FunctionUrl", { functionName: "bot-1", authorizationType: "NONE" }],
    ...webhookAt("https://abcdefg.lambda-url.us-east-1.on.aws/telegram"),
  });
  expect(Object.keys(children).at(-1)).toBe("webhook");
});

test("mubble-lambda: with a hostname declares an API, its certificate and record, and last the webhook there", async () => {
  const config = { "project:hostname": "bots.example.com", "project:zone": "example.com", "project:rotate": "2" };
  const children = await registeredBy("mubble-lambda", { "telegram:token": token, ...config });
  const zoneId = "zone for aws:route53/getZone:getZone";
  expect(children).toEqual({
    ...bot,
    secret: ["pulumi-nodejs:dynamic/telegram:WebhookSecret", { rotateTrigger: "2" }],
    api: ["aws:apigatewayv2/api:Api", { protocolType: "HTTP", disableExecuteApiEndpoint: true }],
    integration: [
      "aws:apigatewayv2/integration:Integration",
      {
        apiId: "api-id",
        integrationType: "AWS_PROXY",
        integrationUri: "arn:invoke",
        payloadFormatVersion: "2.0",
      },
    ],
    route: [
      "aws:apigatewayv2/route:Route",
      { apiId: "api-id", routeKey: "POST /telegram", target: "integrations/integration-id" },
    ],
    stage: ["aws:apigatewayv2/stage:Stage", { apiId: "api-id", name: "$default", autoDeploy: true }],
    permission: [
      "aws:lambda/permission:Permission",
      {
        function: "bot-1",
        action: "lambda:InvokeFunction",
        principal: "apigateway.amazonaws.com",
        sourceArn: "arn:execution/*/*",
      },
    ],
    certificate: ["aws:acm/certificate:Certificate", { domainName: "bots.example.com", validationMethod: "DNS" }],
    proof: [
      "aws:route53/record:Record",
      { zoneId, name: "_1.bots.example.com.", type: "CNAME", records: ["_2.aws."], ttl: 300 },
    ],
    validation: [
      "aws:acm/certificateValidation:CertificateValidation",
      { certificateArn: "arn:certificate", validationRecordFqdns: ["bots.example.com"] },
    ],
    domain: [
      "aws:apigatewayv2/domainName:DomainName",
      {
        domainName: "bots.example.com",
        domainNameConfiguration: {
          certificateArn: "arn:certificate",
          endpointType: "REGIONAL",
          securityPolicy: "TLS_1_2",
        },
      },
    ],
    mapping: [
      "aws:apigatewayv2/apiMapping:ApiMapping",
      { apiId: "api-id", domainName: "bots.example.com", stage: "$default" },
    ],
    record: ["telegram:index:AwsDnsRecord", {}],
    "record-record": [
      "aws:route53/record:Record",
      { zoneId, name: "bots.example.com", type: "CNAME", records: ["d-1.amazonaws.com."], ttl: 300 },
    ],
    ...webhookAt("https://bots.example.com/telegram"),
  });
  expect(Object.keys(children).at(-1)).toBe("webhook");
});

test("mubble-lambda: one process answers a function URL and an API, and whoever knows the secret only", async () => {
  const telegram = await startFakeTelegram();
  last.push(() => telegram.close());
  const { id, token } = telegram.addBot();
  const children = await registeredBy("mubble-lambda", { "telegram:token": token });
  const [, { handler, environment }] = children["bot"] as [
    string,
    { handler: string; environment: { variables: Record<string, string> } },
  ];
  const variables = { ...environment.variables, TELEGRAM_API_URL: telegram.apiUrl };
  const folder = path.join(repository, "examples/mubble-lambda");
  const { invoke, stop } = await startFunction({ folder, handler, runtime: "python", variables });
  last.push(stop);

  let updateId = 1;
  const from = { id: 7, is_bot: false, first_name: "Someone" };
  const message = (text: string) => ({ message_id: 1, date: 1583348638, chat: { id: 7, type: "private" }, from, text });
  const wrote = (text: string) => JSON.stringify({ update_id: updateId++, message: message(text) });
  const said = () => telegram.sent(id).map(({ text }) => text);
  const host = "abcdefg.lambda-url.eu-central-1.on.aws";
  const api = { domainName: host, routeKey: "POST /telegram", integration: { serves: { function: invoke } } };

  for (const { answers, looked } of [
    { answers: functionUrl(host, invoke), looked: 405 },
    { answers: httpApi(api), looked: 404 }, // there is no such route
  ]) {
    const front = await startFront(answers);
    last.push(front.stop);
    const header = "X-Telegram-Bot-Api-Secret-Token";
    const given = (secret: string) => ({ "Content-Type": "application/json", ...(secret && { [header]: secret }) });
    const post = (body: string, headers = given("new")) => front.ask("/telegram", { body, headers });
    const binary = { ...given("new"), "Content-Type": "application/octet-stream" }; // comes in base64
    const before = said().length;
    expect(await post(wrote("one"))).toBe(200);
    expect(await post(wrote("two"), given("old"))).toBe(200);
    expect(await post(wrote("drei Äpfel"), binary)).toBe(200);
    const heard = ["You wrote: one", "You wrote: two", "You wrote: drei Äpfel"];
    expect(said().slice(before)).toEqual(heard);

    for (const secret of ["older", "", "new,old", "new, new", "nèw"]) {
      expect(await post(wrote("let me in"), given(secret))).toBe(401);
    }
    expect(await post(wrote("an empty secret"), { ...given(""), [header]: "" })).toBe(401);
    expect(await post("")).toBe(400);
    expect(await post("no update", binary)).toBe(400);
    expect(said().slice(before)).toEqual(heard);
    // A kind that Mubble does not know is an error; the process goes on.
    const strange = JSON.stringify({ update_id: updateId++, purchased_paid_media: { from, paid_media_payload: "x" } });
    expect([500, 502]).toContain(await post(strange));
    expect(await post(wrote("still there?"))).toBe(200);
    const looks = await front.ask("/telegram", { method: "GET", headers: given("new") });
    expect(looks).toBe(looked);
  }

  // Telegram itself, through the function's URL.
  const { certificatePem, privateKeyPem } = await certificateFor(host);
  const tls = { certificatePem, privateKeyPem };
  last.push((await startFront(functionUrl(host, invoke), { address: "127.0.32.2", port: 443, tls })).stop);
  telegram.setHost(host, { connect: "127.0.32.2:443" });
  telegram.trust(certificatePem);
  const set = await telegram.outsider(id).setWebhook({ url: `https://${host}/telegram`, secret_token: "new" });
  expect(set.ok).toBe(true);
  telegram.message(id, { text: "from Telegram" });
  await until(() => telegram.deliveries(id).length > 0, 60);
  expect(telegram.deliveries(id).map(({ outcome, status }) => [outcome, status])).toEqual([["delivered", 200]]);
  expect(said().slice(-2)).toEqual(["You wrote: still there?", "You wrote: from Telegram"]);
}, 120_000);
