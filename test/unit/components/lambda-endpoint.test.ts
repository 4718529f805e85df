// LambdaEndpoint on mocks: every child of each address and delivery, what the function is told, and what is refused.
import { execFileSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";
import { Function as LambdaFunction } from "@pulumi/aws/lambda/function";
import { Role } from "@pulumi/aws/iam/role";
import { lambdaEnvironment, LambdaEndpoint } from "../../../components/aws";
import type { LambdaEndpointArgs } from "../../../components/aws";
import { authorizerCode } from "../../../components/aws/authorizer-code";
import { urlPermissionProblem } from "../../../components/aws/function-url";
import { sha256 } from "../../../provider/core/hash";
import { processSecretFrom } from "../../../provider/telegram/process-secret";
import { refusalOf, registeredBy, valueOf } from "../../support/mocks";
import type { Child } from "../../support/mocks";

const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
const stable = processSecretFrom(token);
const hostname = "bots.example.com";
const arn = "arn:aws:lambda:eu-central-1:111111111111:function:bot-1";
const named = { name: "bot-1", arn };
const own = { current: "new", accepted: ["new", "old"] };

/** What AWS answers with, by the name of the resource. */
const facts = {
  bot: { name: "bot-1", invokeArn: "arn:invoke", timeout: 30, reservedConcurrentExecutions: -1 },
  "shop-secret": own,
  "shop-api": { executionArn: "arn:execution", apiEndpoint: "https://abc.execute-api.eu-central-1.amazonaws.com" },
  "shop-authorizer-function": { name: "authorizer-1", invokeArn: "arn:invoke-authorizer" },
  "shop-authorizer-role": { name: "role-1", arn: "arn:aws-cn:iam::111111111111:role/role-1" },
  "shop-url": { functionUrl: "https://abcdefg.lambda-url.eu-central-1.on.aws/" },
  "shop-domain": { domainNameConfiguration: { targetDomainName: "d-1.execute-api.eu-central-1.amazonaws.com" } },
  "shop-certificate": {
    arn: "arn:certificate",
    domainValidationOptions: [
      { resourceRecordName: "_1.bots.example.com.", resourceRecordType: "CNAME", resourceRecordValue: "_2.aws." },
    ],
  },
  "shop-queue": { arn: "arn:queue", url: "https://sqs/queue" },
  "shop-dead-letters": { arn: "arn:dead" },
  "shop-queue-role": { arn: "arn:sender" },
};

const botFunction = (more: object = {}) =>
  new LambdaFunction("bot", { role: "arn:aws:iam::111111111111:role/path/bot-role", ...more });

/** The endpoint "shop", its children without what every resource registers, and what was warned of. */
async function shop(args: () => Partial<LambdaEndpointArgs>, { isPreview = false, more = {} } = {}) {
  const { children, warnings, result } = await registeredBy(
    () => new LambdaEndpoint("shop", { token, function: botFunction(), address: { httpApi: {} }, ...args() }),
    { facts: { ...facts, ...more }, isPreview },
  );
  const made = children
    .filter(({ name }) => name !== "shop" && name !== "bot")
    .map(({ type, name, inputs }): Child => {
      const { __provider, __declared, ...rest } = inputs;
      return { type: type.split(/[:/]/).at(-1) ?? "", name, inputs: rest };
    });
  return { children: made, warnings, endpoint: result, inputsOf: inputsIn(made) };
}

const inputsIn = (children: Child[]) => (name: string) => children.find((child) => child.name === name)?.inputs;
const namesOf = (children: Child[]) => children.map(({ name }) => name.replace(/^shop-/, ""));

const edge = [
  ...["api", "authorizer", "authorizer-function", "authorizer-logs", "authorizer-permission", "authorizer-role"],
  ...["integration", "permission", "route", "secret", "stage", "webhook"],
];
const url = "https://abc.execute-api.eu-central-1.amazonaws.com/tg/123456789";

test("behind an HTTP API: the API with one route, its authorizer, the permission, the secret and the webhook", async () => {
  const { children, warnings, endpoint, inputsOf } = await shop(() => ({}));
  expect(namesOf(children)).toEqual(edge);
  expect(warnings).toEqual([]);
  expect(inputsOf("shop-api")).toEqual({ protocolType: "HTTP" });
  expect(inputsOf("shop-stage")).toEqual({ apiId: "shop-api-id", name: "$default", autoDeploy: true });
  expect(inputsOf("shop-route")).toEqual({
    apiId: "shop-api-id",
    routeKey: "POST /tg/123456789",
    target: "integrations/shop-integration-id",
    authorizationType: "CUSTOM",
    authorizerId: "shop-authorizer-id",
  });
  expect(inputsOf("shop-integration")).toEqual({
    apiId: "shop-api-id",
    integrationType: "AWS_PROXY",
    integrationUri: "arn:invoke",
    payloadFormatVersion: "2.0",
    requestParameters: { "overwrite:header.X-Telegram-Bot-Api-Secret-Token": "$context.authorizer.secret" },
  });
  expect(inputsOf("shop-permission")).toEqual({
    function: "bot-1",
    action: "lambda:InvokeFunction",
    principal: "apigateway.amazonaws.com",
    sourceArn: "arn:execution/*/*",
  });
  expect(inputsOf("shop-webhook")).toEqual({ token, url, secretToken: "new", preflight: { settleSeconds: 30 } });
  expect(await valueOf(endpoint.url)).toBe(url);
  expect([endpoint.functionUrl, endpoint.queue, endpoint.deadLetters]).toEqual([undefined, undefined, undefined]);
});

test("the authorizer is asked about each request that has the header, and knows digests of Telegram's secrets only", async () => {
  const { inputsOf } = await shop(() => ({}));
  expect(inputsOf("shop-authorizer")).toEqual({
    apiId: "shop-api-id",
    authorizerType: "REQUEST",
    authorizerUri: "arn:invoke-authorizer",
    identitySources: ["$request.header.X-Telegram-Bot-Api-Secret-Token"],
    authorizerPayloadFormatVersion: "2.0",
    enableSimpleResponses: true,
    authorizerResultTtlInSeconds: 0,
  });
  expect(inputsOf("shop-authorizer-permission")).toEqual({
    function: "authorizer-1",
    action: "lambda:InvokeFunction",
    principal: "apigateway.amazonaws.com",
    sourceArn: "arn:execution/authorizers/shop-authorizer-id",
  });
  expect(inputsOf("shop-authorizer-function")).toMatchObject({
    handler: "index.handler",
    role: "arn:aws-cn:iam::111111111111:role/role-1",
    environment: {
      variables: { ACCEPTED_SHA256: `${sha256("new")},${sha256("old")}`, PROCESS_SECRET: stable },
    },
  });
  expect(inputsOf("shop-authorizer-logs")).toEqual({
    role: "role-1",
    policyArn: "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
  });
});

test("a rotated secret changes the authorizer and the webhook, and nothing that the function is told", async () => {
  const rotated = { "shop-secret": { current: "newer", accepted: ["newer", "new"] } };
  const [before, after] = [await shop(() => ({})), await shop(() => ({}), { more: rotated })];
  const changed = before.children.filter(({ name }) => {
    return JSON.stringify(before.inputsOf(name)) !== JSON.stringify(after.inputsOf(name));
  });
  expect(namesOf(changed)).toEqual(["authorizer-function", "webhook"]);
  expect(await valueOf(after.endpoint.environment)).toEqual(await valueOf(before.endpoint.environment));
});

test("the function's environment is made before the endpoint, from the same arguments, and is the endpoint's", async () => {
  const bot = { token, address: { httpApi: {} }, preset: "grammy" as const, path: "/hook" };
  const { children, result } = await registeredBy(
    () => {
      const variables = lambdaEnvironment(bot);
      return { variables, endpoint: new LambdaEndpoint("shop", { ...bot, function: botFunction() }) };
    },
    { facts },
  );
  const environment = {
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: "https://api.telegram.org",
    WEBHOOK_PATH: "/hook",
    WEBHOOK_SECRET: stable,
  };
  expect(await valueOf(result.variables)).toEqual(environment);
  expect(await valueOf(result.endpoint.environment)).toEqual(environment);
  expect(await pulumi.isSecret(result.variables)).toBe(true);
  expect(inputsIn(children)("shop-route")?.["routeKey"]).toBe("POST /hook");
});

test("a framework that registers itself is accepted with the secret that it knows, and has no variables of a server", async () => {
  const { inputsOf, endpoint } = await shop(() => ({ preset: "python-telegram-bot" }));
  const { variables } = inputsOf("shop-authorizer-function")?.["environment"] as { variables: Record<string, string> };
  expect(variables["ACCEPTED_SHA256"]?.split(",")).toEqual(["new", "old", stable].map((one) => sha256(one)));
  expect(await valueOf(endpoint.environment)).not.toHaveProperty("RUN_WEBHOOK");
});

test("with tokenFrom the function gets Telegram's own secret in the header, and no variable of it", async () => {
  const args = () => ({ tokenFrom: { env: "SHOP_TOKEN" }, webhook: { expectBot: "123456789" } });
  const { children, endpoint, inputsOf } = await shop(() => ({ token: undefined as never, ...args() }));
  expect(JSON.stringify(children)).not.toContain(token);
  expect(inputsOf("shop-authorizer-function")).toMatchObject({
    environment: { variables: { PROCESS_SECRET: "new" } },
  });
  expect(Object.keys(await valueOf(endpoint.environment))).toEqual(["TELEGRAM_API_URL", "WEBHOOK_PATH"]);
});

const names = ["certificate", "domain", "mapping", "record", "record-record", "validation", "validation-record"];
const sorted = (...more: string[]) => [...edge, ...more].sort((one, other) => one.localeCompare(other));
const zone = { route53: { name: "example.com", hostedZoneId: "Z1" } };

test("on a name of one's own in Route 53: certificate with its proof, domain, mapping and record, and AWS's address is off", async () => {
  const { children, endpoint, inputsOf } = await shop(
    () => ({ address: { httpApi: { hostname: "Bots.example.com", zone } } }),
    { isPreview: true },
  );
  expect(namesOf(children)).toEqual(sorted(...names));
  expect(inputsOf("shop-api")).toEqual({ protocolType: "HTTP", disableExecuteApiEndpoint: true });
  expect(inputsOf("shop-certificate")).toEqual({ domainName: hostname, validationMethod: "DNS" });
  expect(inputsOf("shop-validation-record")).toEqual({
    zoneId: "Z1",
    name: "_1.bots.example.com.",
    type: "CNAME",
    ttl: 300,
    records: ["_2.aws."],
    allowOverwrite: true, // every certificate of this name in the account has this record
  });
  expect(inputsOf("shop-validation")).toEqual({ certificateArn: "arn:certificate" });
  expect(inputsOf("shop-domain")).toEqual({
    domainName: hostname,
    domainNameConfiguration: {
      certificateArn: "arn:certificate",
      endpointType: "REGIONAL",
      securityPolicy: "TLS_1_2",
    },
  });
  expect(inputsOf("shop-mapping")).toEqual({ apiId: "shop-api-id", domainName: hostname, stage: "$default" });
  expect(inputsOf("shop-record-record")).toEqual({
    zoneId: "Z1",
    name: hostname,
    type: "CNAME",
    ttl: 300,
    records: ["d-1.execute-api.eu-central-1.amazonaws.com."],
  });
  expect(await valueOf(endpoint.url)).toBe("https://bots.example.com/tg/123456789");
});

test("keepDefaultEndpoint leaves AWS's address on beside a name of one's own", async () => {
  const address = { httpApi: { hostname, zone, keepDefaultEndpoint: true } };
  const { inputsOf } = await shop(() => ({ address }), { isPreview: true });
  expect(inputsOf("shop-api")).toEqual({ protocolType: "HTTP" });
  expect(inputsOf("shop-domain")).toMatchObject({ domainName: hostname });
});

test("without hostedZoneId the zone is found by its name", async () => {
  const address = { httpApi: { hostname, zone: { route53: { name: "example.com" } }, record: { waitSeconds: 0 } } };
  const { result } = await registeredBy(() => new LambdaEndpoint("shop", { token, function: botFunction(), address }), {
    facts,
    answers: { "aws:route53/getZone:getZone": { zoneId: "Z of the account" } },
  }).then(({ children, ...rest }) => ({ ...rest, result: inputsIn(children) }));
  expect(result("shop-validation-record")?.["zoneId"]).toBe("Z of the account");
  expect(result("shop-record-record")?.["zoneId"]).toBe("Z of the account");
});

test("on a name of one's own at Cloudflare both records are made there, not proxied", async () => {
  const at = { cloudflare: { name: "example.com", zoneId: "z1" } };
  const { children, inputsOf } = await shop(
    () => ({ address: { httpApi: { hostname, zone: at, record: { ttlSeconds: 60 } } } }),
    { isPreview: true },
  );
  expect(namesOf(children)).toEqual(sorted(...names));
  const shared = { zoneId: "z1", type: "CNAME", proxied: false };
  expect(inputsOf("shop-validation-record")).toEqual({
    ...shared,
    name: "_1.bots.example.com",
    ttl: 300,
    content: "_2.aws",
  });
  expect(inputsOf("shop-record-record")).toEqual({
    ...shared,
    name: hostname,
    ttl: 60,
    content: "d-1.execute-api.eu-central-1.amazonaws.com",
  });
});

const certificateArn = "arn:aws:acm:eu-central-1:111111111111:certificate/1-2";

test("a certificate of one's own is served, and none is made", async () => {
  const { children, inputsOf } = await shop(() => ({ address: { httpApi: { hostname, zone, certificateArn } } }), {
    isPreview: true,
  });
  expect(namesOf(children)).toEqual(sorted("domain", "mapping", "record", "record-record"));
  expect(inputsOf("shop-domain")).toMatchObject({ domainNameConfiguration: { certificateArn } });
});

test("with a function URL: the URL, both permissions and the webhook; the function is told all secrets before", async () => {
  const address = { functionUrl: {} };
  const { children, endpoint, inputsOf } = await shop(() => ({ address, secret: own }));
  expect(namesOf(children)).toEqual(["invoke-permission", "url", "url-permission", "webhook"]);
  expect(inputsOf("shop-url")).toEqual({ functionName: "bot-1", authorizationType: "NONE" });
  const everybody = { function: "bot-1", principal: "*" };
  expect(inputsOf("shop-url-permission")).toEqual({
    ...everybody,
    action: "lambda:InvokeFunctionUrl",
    functionUrlAuthType: "NONE",
  });
  expect(inputsOf("shop-invoke-permission")).toEqual({
    ...everybody,
    action: "lambda:InvokeFunction",
    invokedViaFunctionUrl: true,
  });
  const at = "https://abcdefg.lambda-url.eu-central-1.on.aws";
  const settling = { preflight: { settleSeconds: 30 } };
  expect(inputsOf("shop-webhook")).toEqual({ token, url: `${at}/tg/123456789`, secretToken: "new", ...settling });
  expect(await valueOf(endpoint.functionUrl ?? pulumi.output(""))).toBe(`${at}/`);
  expect(await valueOf(lambdaEnvironment({ token, address, secret: own }))).toEqual({
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: "https://api.telegram.org",
    WEBHOOK_PATH: "/tg/123456789",
    WEBHOOK_SECRET: "new",
    WEBHOOK_SECRETS: "new,old",
  });
});

test("nobody checks the secret of a mubble bot with a function URL, which is a warning; behind an HTTP API it is none", async () => {
  const { warnings } = await shop(() => ({ address: { functionUrl: {} }, secret: own, preset: "mubble" }));
  expect(warnings).toEqual([expect.stringContaining("mubble checks no secret, and with a function URL nobody does")]);
  expect((await shop(() => ({ preset: "mubble" }))).warnings).toEqual([]);
});

test("with a queue: the API sends to it in one group, failed updates go to the dead letters, and the function may read", async () => {
  const { children, endpoint, inputsOf } = await shop(() => ({ delivery: "queue" }));
  const queued = ["dead-letters", "event-source", "queue", "queue-access", "queue-role", "queue-role-policy"];
  expect(namesOf(children)).toEqual(sorted(...queued).filter((name) => name !== "permission"));
  expect(inputsOf("shop-integration")).toEqual({
    apiId: "shop-api-id",
    integrationType: "AWS_PROXY",
    integrationSubtype: "SQS-SendMessage",
    payloadFormatVersion: "1.0",
    credentialsArn: "arn:sender",
    requestParameters: {
      QueueUrl: "https://sqs/queue",
      MessageBody: "$request.body",
      MessageGroupId: "123456789",
      MessageDeduplicationId: "$request.body.update_id",
    },
  });
  expect(inputsOf("shop-queue")).toEqual({
    fifoQueue: true,
    visibilityTimeoutSeconds: 60,
    redrivePolicy: JSON.stringify({ deadLetterTargetArn: "arn:dead", maxReceiveCount: 5 }),
  });
  expect(inputsOf("shop-dead-letters")).toEqual({ fifoQueue: true, messageRetentionSeconds: 1_209_600 });
  expect(inputsOf("shop-event-source")).toEqual({
    eventSourceArn: "arn:queue",
    functionName: "bot-1",
    batchSize: 1,
    functionResponseTypes: ["ReportBatchItemFailures"],
  });
  const policyOf = (name: string) => JSON.parse(inputsOf(name)?.["policy"] as string) as { Statement: object[] };
  expect(inputsOf("shop-queue-access")?.["role"]).toBe("bot-role");
  expect(policyOf("shop-queue-access").Statement).toEqual([
    {
      Effect: "Allow",
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      Resource: "arn:queue",
    },
  ]);
  expect(policyOf("shop-queue-role-policy").Statement).toEqual([
    { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: "arn:queue" },
  ]);
  expect(Object.keys(await valueOf(endpoint.environment))).not.toContain("WEBHOOK_SECRET");
  expect([endpoint.queue, endpoint.deadLetters]).not.toContain(undefined);
});

test("while a queue is drained the API calls the function, which still gets what is in the queue", async () => {
  const { children, endpoint, inputsOf } = await shop(() => ({ delivery: "drain", queue: { maxReceiveCount: 2 } }));
  const queued = ["dead-letters", "event-source", "queue", "queue-access", "queue-role", "queue-role-policy"];
  expect(namesOf(children)).toEqual(sorted(...queued));
  expect(inputsOf("shop-integration")).toMatchObject({ integrationUri: "arn:invoke", payloadFormatVersion: "2.0" });
  expect(inputsOf("shop-event-source")).toMatchObject({ eventSourceArn: "arn:queue", functionName: "bot-1" });
  expect(await valueOf(endpoint.environment)).toHaveProperty("WEBHOOK_SECRET", stable);
});

test.each([
  ["7.2.0", false],
  ["7.15.0", false],
  ["7.16.0", true],
  ["7.48.0", true],
  ["8.0.0", true],
])("@pulumi/aws %s can limit the permission of a function URL: %s", (version, isEnough) => {
  expect(urlPermissionProblem(version) === undefined).toBe(isEnough);
});

test("an SDK that would let every account invoke the function is refused with a function URL, and taken behind an HTTP API", async () => {
  jest.replaceProperty(jest.requireActual<{ version: string }>("@pulumi/aws/package.json"), "version", "7.15.0");
  const program = (args: object) => () =>
    new LambdaEndpoint("shop", { token, function: botFunction(), address: { httpApi: {} }, ...args });
  expect(await refusalOf(program({ address: { functionUrl: {} }, secret: own }))).toContain(
    "LambdaEndpoint shop: address.functionUrl needs @pulumi/aws 7.16.0 or later, which can limit the permission to the URL; 7.15.0 is installed. Run npm install @pulumi/aws@7",
  );
  expect(await refusalOf(program({}))).toBe("");
  jest.restoreAllMocks();
});

test("the settings of the queue are passed on, also for a function that is deployed elsewhere", async () => {
  const queue = { batchSize: 10, maxReceiveCount: pulumi.output(2), visibilityTimeoutSeconds: 900 };
  const { inputsOf } = await shop(() => ({ function: { ...named, role: "its-role" }, delivery: "queue", queue }));
  expect(inputsOf("shop-event-source")).toMatchObject({ batchSize: 10, functionName: "bot-1" });
  expect(inputsOf("shop-queue")).toMatchObject({
    visibilityTimeoutSeconds: 900,
    redrivePolicy: JSON.stringify({ deadLetterTargetArn: "arn:dead", maxReceiveCount: 2 }),
  });
  expect(inputsOf("shop-queue-access")?.["role"]).toBe("its-role");
});

test.each([
  ["a function of the program, by its timeout", { timeout: 100 }, 130],
  ["a function without a timeout, by AWS's own", { timeout: undefined }, 33],
])("an update that was not finished is given again 30 s after the timeout of %s", async (_of, more, seconds) => {
  const { inputsOf } = await shop(() => ({ delivery: "queue" }), { more: { bot: { ...facts.bot, ...more } } });
  expect(inputsOf("shop-queue")?.["visibilityTimeoutSeconds"]).toBe(seconds);
});

test("a function that is deployed elsewhere is called by its ARN", async () => {
  const { inputsOf } = await shop(() => ({ function: named }));
  expect(inputsOf("shop-permission")?.["function"]).toBe("bot-1");
  expect(inputsOf("shop-integration")?.["integrationUri"]).toBe(
    `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${arn}/invocations`,
  );
});

test.each<[string, number | undefined, Partial<LambdaEndpointArgs>, string[]]>([
  [
    "fewer instances",
    10,
    {},
    [
      "webhook.maxConnections: Telegram opens up to 41 connections, and the function's reservedConcurrentExecutions is 10: AWS refuses what comes on more than 10 of them, and Telegram sends it again later. Set both to one number.",
    ],
  ],
  [
    "more instances",
    50,
    { webhook: { maxConnections: 20 } },
    [
      "webhook.maxConnections: Telegram opens up to 20 connections, and the function's reservedConcurrentExecutions is 50: so many instances are never used. Set both to one number.",
    ],
  ],
  ["as many instances, no warning", 10, { webhook: { maxConnections: 10 } }, []],
  ["unknown, no warning", undefined, {}, []],
  ["none reserved, no warning", -1, {}, []],
  ["behind a queue, no warning", 10, { delivery: "queue" }, []],
  ["connections as an output, no warning", 10, { webhook: { maxConnections: pulumi.output(5) } }, []],
])(
  "%s reserved instances than connections: a warning where both are known",
  async (_what, reserved, args, expected) => {
    const more = { bot: { ...facts.bot, reservedConcurrentExecutions: reserved } };
    expect((await shop(() => args, { more })).warnings).toEqual(expected);
  },
);

const slow = (timeout?: number) => ({ bot: { ...facts.bot, timeout } });
test.each<[string, Partial<LambdaEndpointArgs>, number | undefined, boolean]>([
  ["more than an HTTP API waits", {}, 31, true],
  ["more than an HTTP API waits, while a queue is drained", { delivery: "drain" }, 31, true],
  ["as long as an HTTP API waits", {}, 30, false],
  ["AWS's own", {}, undefined, false],
  ["more behind a queue", { delivery: "queue" }, 900, false],
  ["more with a function URL", { address: { functionUrl: {} }, secret: own }, 900, false],
])(
  "a function with a timeout of %s: a warning only where Telegram sends an update again",
  async (_what, args, timeout, isWarned) => {
    const { warnings } = await shop(() => args, { more: slow(timeout) });
    const says =
      'function: its timeout is 31 s, and an HTTP API waits 30 s for an answer: then Telegram gets 503 and sends the update again, while the function still runs. Set its timeout to 30 or less, or use delivery "queue".';
    expect(warnings).toEqual(isWarned ? [says] : []);
  },
);

test("the queue's group is the bot's id as a text, also with tokenFrom", async () => {
  const args = { tokenFrom: { env: "SHOP_TOKEN" }, webhook: { expectBot: 123456789 }, delivery: "queue" };
  const { inputsOf } = await shop(() => ({ token: undefined, ...args }) as never);
  expect(inputsOf("shop-integration")).toMatchObject({ requestParameters: { MessageGroupId: "123456789" } });
});

test("the role of a function that is deployed elsewhere may be an ARN", async () => {
  const role = "arn:aws:iam::111111111111:role/path/its-role";
  const { inputsOf } = await shop(() => ({ function: { ...named, role }, delivery: "queue" }));
  expect(inputsOf("shop-queue-access")?.["role"]).toBe("its-role");
});

test.each<[string, object]>([
  ["a secret of one's own", { secret: { current: "" } }],
  ["a function's ARN", { function: { name: "bot-1", arn: "bot-1" } }],
])("%s that is plain and wrong is refused at once, in one sentence", async (_what, args) => {
  const program = () => new LambdaEndpoint("shop", { token, function: named, address: { httpApi: {} }, ...args });
  expect((await refusalOf(program)).match(/LambdaEndpoint shop:/g)).toHaveLength(1);
});

test("a queue that gives an update again before the function has ended is refused in the preview", async () => {
  const program = () =>
    new LambdaEndpoint("shop", {
      ...{ token, function: botFunction({ timeout: 30 }), address: { httpApi: {} } },
      ...{ delivery: "queue", queue: { visibilityTimeoutSeconds: 10 } },
    });
  expect(await refusalOf(program, { facts })).toContain(
    "LambdaEndpoint shop: queue.visibilityTimeoutSeconds must be at least the function's timeout, 30 s; got 10: AWS refuses less",
  );
});

test("a resource in the place of a zone's settings is refused", async () => {
  const program = () => {
    const role = new Role("zone", { assumeRolePolicy: "" });
    const address = { httpApi: { hostname, zone: { cloudflare: role } } } as never;
    return new LambdaEndpoint("shop", { token, function: named, address });
  };
  expect(await refusalOf(program)).toContain(
    "LambdaEndpoint shop: address.httpApi.zone.cloudflare must be { name, zoneId } instead of the resource, with the name as plain text",
  );
});

test("a secret of one's own makes no child behind an HTTP API either", async () => {
  const { children, inputsOf } = await shop(() => ({ secret: { current: "mine" } }));
  expect(namesOf(children)).toEqual(edge.filter((name) => name !== "secret"));
  expect(inputsOf("shop-authorizer-function")).toMatchObject({
    environment: { variables: { ACCEPTED_SHA256: sha256("mine"), PROCESS_SECRET: stable } },
  });
});

test("the authorizer's text lets in whoever has an accepted secret, and says the function's one to the API only then", () => {
  const program = `
    const { handler } = await import("data:text/javascript,${encodeURIComponent(authorizerCode)}");
    const ask = (secret) => handler({ headers: { "x-telegram-bot-api-secret-token": secret } });
    const asked = [...["new", "old", "New", "ne", "new,old", "new,new", "", "é"].map(ask), handler({ headers: {} })];
    console.log(JSON.stringify(await Promise.all(asked)));`;
  const variables = { ACCEPTED_SHA256: `${sha256("new")},${sha256("old")}`, PROCESS_SECRET: "stable" };
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", program], { env: variables });
  const yes = { isAuthorized: true, context: { secret: "stable" } };
  const no = { isAuthorized: false };
  expect(JSON.parse(said.toString())).toEqual([yes, yes, no, no, no, no, no, no, no]);
});

const functionUrl = { functionUrl: {} };
const refused: [Record<string, unknown>, string][] = [
  [{ function: undefined }, "needs function, an aws.lambda.Function, or { name, arn } of one"],
  [{ function: "bot" }, "function must be an object; got a string"],
  [{ function: { ...named, region: "x" } }, 'function has no "region"; it takes name, arn, role'],
  [{ function: { name: "bot" } }, "function.arn must be a string; got nothing"],
  [{ function: named, delivery: "queue" }, 'function.role is required with delivery "queue"'],
  [{ function: { ...named, name: "other" } }, 'function.name is "other", and function.arn is the ARN of "bot-1": give name and ARN of one function'], // prettier-ignore
  [{ function: { ...named, name: pulumi.output("") } }, 'function.name is "", and function.arn is the ARN of "bot-1"'],
  [{ function: { ...named, role: " " }, delivery: "queue" }, "function.role must not be empty"],
  [{ address: { httpApi: { hostname, zone: { route53: { name: "example.com", hostedZoneId: "" } } } } }, "address.httpApi.zone.route53.hostedZoneId must not be empty"], // prettier-ignore
  [{ address: { httpApi: { hostname, zone, record: { name: "x" } } } }, 'address.httpApi.record has no "name"; it takes ttlSeconds, waitSeconds, nameServers'], // prettier-ignore
  [{ function: { name: "bot", arn: `${arn}:live` } }, "function.arn must be the ARN of a function, arn:aws:lambda:<region>:<account>:function:<name>, without a version or an alias; got"], // prettier-ignore
  [{ address: undefined }, "needs address, where Telegram finds the function: { functionUrl: {} }, { httpApi: {} }"],
  [{ address: pulumi.output({ httpApi: {} }) }, "address must be plain, since it decides"],
  [{ address: {} }, "address must be exactly one of { functionUrl: {} }"],
  [{ address: { httpApi: {}, functionUrl: {} } }, "address must be exactly one of"],
  [{ address: { httpApi: 5 } }, "address.httpApi must be an object; got a number"],
  [{ address: { httpApi: pulumi.output({}) } }, "address.httpApi must be plain, since it decides"],
  [{ address: { functionUrl: { hostname } } }, "address.functionUrl takes no hostname, since AWS gives a function URL its name; use { httpApi: { hostname, zone } }"], // prettier-ignore
  [{ address: functionUrl }, "address.functionUrl needs secret, a WebhookSecret that the program makes before the function"], // prettier-ignore
  [{ address: functionUrl, secret: { rotateTrigger: "1" } }, "address.functionUrl needs secret, a WebhookSecret"],
  [{ address: functionUrl, secret: own, delivery: "queue" }, 'delivery "queue" needs address.httpApi'],
  [{ address: { httpApi: { host: hostname } } }, 'address.httpApi has no "host"; it takes hostname, zone, certificateArn, record, keepDefaultEndpoint'], // prettier-ignore
  [{ address: { httpApi: { hostname } } }, "address.httpApi needs zone too"],
  [{ address: { httpApi: { certificateArn } } }, "address.httpApi needs hostname too"],
  [{ address: { httpApi: { hostname: pulumi.output(hostname), zone } } }, "address.httpApi.hostname must be plain, not an output"], // prettier-ignore
  [{ address: { httpApi: { hostname: 5, zone } } }, "address.httpApi.hostname must be a string; got a number"],
  [{ address: { httpApi: { hostname: "bots_1.example.com", zone } } }, "address.httpApi.hostname must be a host name"],
  [{ address: { httpApi: { hostname: "192.0.2.1", zone } } }, "address.httpApi.hostname must be a name, not an address"], // prettier-ignore
  [{ address: { httpApi: { hostname: "bot.example.org", zone } } }, "address.httpApi.hostname must lie in the zone example.com; got bot.example.org."], // prettier-ignore
  [{ address: { httpApi: { hostname: "example.com", zone } } }, "address.httpApi.hostname must be a name inside the zone, such as bots.example.com"], // prettier-ignore
  [{ address: { httpApi: { hostname, zone: {} } } }, "address.httpApi.zone must be exactly one of { route53:"],
  [{ address: { httpApi: { hostname, zone: { route53: { name: "example.com", zoneId: "Z" } } } } }, 'address.httpApi.zone.route53 has no "zoneId"; it takes name, hostedZoneId'], // prettier-ignore
  [{ address: { httpApi: { hostname, zone: { route53: { name: pulumi.output("example.com") } } } } }, "address.httpApi.zone.route53.name must be plain"], // prettier-ignore
  [{ address: { httpApi: { hostname, zone: { cloudflare: { name: "example.com" } } } } }, "address.httpApi.zone.cloudflare.zoneId is required"], // prettier-ignore
  [{ address: { httpApi: { hostname, zone, certificateArn: "arn:aws:iam::1:server-certificate/x" } } }, "address.httpApi.certificateArn must be the ARN of a certificate in ACM"], // prettier-ignore
  [{ address: { httpApi: { hostname, zone, keepDefaultEndpoint: "yes" } } }, "address.httpApi.keepDefaultEndpoint must be true or false, plain; got a string"], // prettier-ignore
  [{ delivery: "kafka" }, 'delivery must be "direct", "queue" or "drain"; got "kafka"'],
  [{ address: functionUrl, secret: own, delivery: "drain" }, 'delivery "drain" needs address.httpApi'],
  [{ queue: { batchSize: 1 } }, 'queue is for delivery: "queue"'],
  [{ delivery: "queue", queue: { size: 1 } }, 'queue has no "size"; it takes batchSize, maxReceiveCount'],
  [{ delivery: "queue", queue: { batchSize: 11 } }, "queue.batchSize must be a whole number of 1 to 10; got 11"],
  [{ delivery: "queue", queue: { batchSize: "1" } }, "queue.batchSize must be a number; got a string"],
  [{ delivery: "queue", queue: { maxReceiveCount: pulumi.output(0) } }, "queue.maxReceiveCount must be a whole number"],
  [{ path: "tg" }, "path must begin with /"],
  [{ path: pulumi.output("/a b") }, "path must have only a-z"],
  [{ hostname }, 'has no argument "hostname"; it takes address, delivery, function, path,'],
  [{ webhook: { url: "https://x.example.com/" } }, "webhook.url is decided by the endpoint"],
  [{ preset: "aiogramm" }, 'has no preset "aiogramm"'],
  [{ secret: { current: "s", rotateTrigger: "1" } }, "secret has rotateTrigger beside current"],
  [{ secret: { current: "a", accepted: ["a", "b c"] } }, "secret.accepted must be secrets that Telegram can send; item 2 must have"], // prettier-ignore
  [{ secret: { current: "a", accepted: ["a", 5] } }, "secret.accepted must be a list of strings; item 2 is a number"],
  [{ token: "no-token" }, "token must"],
  [{ tokenFrom: { env: "T" } }, "tokenFrom needs webhook.expectBot"],
];
test.each(refused.map(([args, says]) => [says, args] as const))("refused in the preview: %s", async (says, args) => {
  const program = () =>
    new LambdaEndpoint("shop", {
      ...(!("tokenFrom" in args) && { token }),
      function: "function" in args ? undefined : botFunction(),
      address: { httpApi: {} },
      ...args,
    } as never);
  expect(await refusalOf(program)).toContain(`LambdaEndpoint shop: ${says}`);
});

test("a resource of another type is no function", async () => {
  const program = () =>
    new LambdaEndpoint("shop", {
      token,
      function: new Role("role", { assumeRolePolicy: "" }),
      address: { httpApi: {} },
    });
  expect(await refusalOf(program)).toContain("function must be an aws.lambda.Function, or { name, arn } of one; got a resource of the type aws:iam/role:Role"); // prettier-ignore
});

test("lambdaEnvironment refuses what its endpoint would", async () => {
  const says = await refusalOf(() => lambdaEnvironment({ token, address: { functionUrl: {} } }));
  expect(says).toContain("lambdaEnvironment: address.functionUrl needs secret");
});

const answers = {
  "aws:index/getCallerIdentity:getCallerIdentity": { accountId: "111111111111" },
  "aws:index/getRegion:getRegion": { region: "eu-central-1" },
};
const elsewhere = (at: string) => ({ name: "bot-1", arn: `arn:aws:lambda:${at}:function:bot-1` });
test.each<[string, Partial<LambdaEndpointArgs>, string]>([
  [
    "a function in another account",
    { function: elsewhere("eu-central-1:222222222222") },
    "function.arn is in the account 222222222222, and the endpoint's provider works in 111111111111: AWS lets only the function's own account permit an API or a URL to call it. Give the endpoint a provider of the account 222222222222",
  ],
  [
    "a function in another region",
    { function: elsewhere("us-east-1:111111111111") },
    "function.arn is in us-east-1, and the endpoint's provider works in eu-central-1: function, API and queue must be in one region. Give the endpoint a provider of us-east-1",
  ],
  [
    "a function of the program that another provider makes",
    { function: "resource" as never },
    "function.arn is in us-east-1, and the endpoint's provider works in eu-central-1: function, API and queue must be in one region. Give the endpoint a provider of us-east-1",
  ],
  [
    "a certificate in another region",
    { address: { httpApi: { hostname, zone, certificateArn: certificateArn.replace("eu-central-1", "us-east-1") } } },
    "address.httpApi.certificateArn is in us-east-1 and the API in eu-central-1: AWS takes the certificate of a regional API from its own region only. Give one in eu-central-1, or leave it out, and one is made",
  ],
])("%s is refused in the preview", async (_what, args, says) => {
  const program = () =>
    new LambdaEndpoint("shop", {
      ...{ token, function: elsewhere("eu-central-1:111111111111"), address: { httpApi: {} }, ...args },
      ...((args.function as unknown) === "resource" && { function: botFunction() }),
    });
  const mocked = { answers, facts: { bot: { ...facts.bot, arn: arn.replace("eu-central-1", "us-east-1") } } };
  expect(await refusalOf(program, mocked)).toContain(`LambdaEndpoint shop: ${says}`);
});

test("function and certificate in the provider's own account and region are taken", async () => {
  const program = () =>
    new LambdaEndpoint("shop", { token, function: named, address: { httpApi: { hostname, zone, certificateArn } } });
  expect(await refusalOf(program, { answers })).toBe("");
});
