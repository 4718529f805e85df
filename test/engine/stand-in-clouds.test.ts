// The stand-in plugins for AWS and Cloudflare, which tests of components rest on: asked by the real engine with plain programs.
import { answerOf } from "../support/cloud/answers";
import { awsKind, brief, cloudflareKind, startCloud } from "../support/cloud/cloud";
import type { Cloud } from "../support/cloud/cloud";
import { createProject } from "../support/pulumi";
import type { Project } from "../support/pulumi";

let cloud: Cloud;
let project: Project;

beforeEach(() => {
  cloud = startCloud({ route53: { Z1: "example.com" }, cloudflare: { c1: "example.net" } });
});
afterEach(async () => {
  await project.dispose();
  cloud.dispose();
});

async function open(program: string): Promise<void> {
  project = await createProject({ program: `${heading}${program}`, config: { "aws:region": "eu-central-1" } });
  cloud.join(project);
}

const heading = `
const aws = require("@pulumi/aws");
const cloudflare = require("@pulumi/cloudflare");
const pulumi = require("@pulumi/pulumi");
const trust = (service) => JSON.stringify({ Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }] });
const code = (text) => new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(text) });
const lambda = (name, text, variables) => new aws.lambda.Function(name, {
  role: role.arn, runtime: "nodejs22.x", handler: "index.handler", code: code(text), environment: { variables },
});
const role = new aws.iam.Role("role", { assumeRolePolicy: trust("lambda.amazonaws.com") });
`;

const secret = "0123456789abcdefSECRET";
/** An HTTP API with an authorizer at a name of its own, whose certificate and record are in Cloudflare and Route 53. */
const api = `
const { AwsDnsRecord } = require("pulumi-telegram/aws");
const { CloudflareDnsRecord } = require("pulumi-telegram/cloudflare");
const bot = lambda("bot", "exports.handler = async () => ({})", {});
const checks = lambda("checks", \`exports.handler = async ({ identitySource: [given] }) =>
  ({ isAuthorized: given === process.env.SECRET, context: { secret: "stable" } })\`, { SECRET: pulumi.secret("${secret}") });
const api = new aws.apigatewayv2.Api("api", { protocolType: "HTTP", disableExecuteApiEndpoint: true });
const stage = new aws.apigatewayv2.Stage("stage", { apiId: api.id, name: "$default", autoDeploy: true });
const header = "X-Telegram-Bot-Api-Secret-Token";
const authorizer = new aws.apigatewayv2.Authorizer("authorizer", {
  apiId: api.id, authorizerType: "REQUEST", authorizerUri: checks.invokeArn, authorizerPayloadFormatVersion: "2.0",
  enableSimpleResponses: true, identitySources: ["$request.header." + header], authorizerResultTtlInSeconds: 0,
});
const permit = (name, fn, sourceArn) => new aws.lambda.Permission(name, {
  action: "lambda:InvokeFunction", principal: "apigateway.amazonaws.com", function: fn.name, sourceArn,
});
permit("authorizer-permission", checks, pulumi.interpolate\`\${api.executionArn}/authorizers/\${authorizer.id}\`);
permit("permission", bot, pulumi.interpolate\`\${api.executionArn}/*/POST/tg/7\`);
const integration = new aws.apigatewayv2.Integration("integration", {
  apiId: api.id, integrationType: "AWS_PROXY", integrationUri: bot.arn, payloadFormatVersion: "2.0",
  requestParameters: { ["overwrite:header." + header]: "$context.authorizer.secret" },
});
new aws.apigatewayv2.Route("route", {
  apiId: api.id, routeKey: "POST /tg/7", target: pulumi.interpolate\`integrations/\${integration.id}\`,
  authorizationType: "CUSTOM", authorizerId: authorizer.id,
});
const certificate = new aws.acm.Certificate("certificate", { domainName: "bots.example.com", validationMethod: "DNS" });
const asked = certificate.domainValidationOptions[0];
const proof = new aws.route53.Record("proof", {
  zoneId: aws.route53.getZoneOutput({ name: "example.com" }).zoneId,
  name: asked.resourceRecordName, type: asked.resourceRecordType, records: [asked.resourceRecordValue], ttl: 60,
});
const validation = new aws.acm.CertificateValidation("validation", {
  certificateArn: certificate.arn, validationRecordFqdns: [proof.fqdn],
});
const domain = new aws.apigatewayv2.DomainName("domain", {
  domainName: "bots.example.com",
  domainNameConfiguration: { certificateArn: validation.certificateArn, endpointType: "REGIONAL", securityPolicy: "TLS_1_2" },
});
new aws.apigatewayv2.ApiMapping("mapping", { apiId: api.id, domainName: domain.id, stage: stage.id });
new AwsDnsRecord("name", {
  zone: "example.com", hostedZoneId: "Z1", name: "bots", type: "CNAME", waitSeconds: 0,
  values: [domain.domainNameConfiguration.targetDomainName],
});
const gate = new cloudflare.WorkersScript("gate", {
  accountId: "a1", scriptName: "gate", mainModule: "gate.mjs", compatibilityDate: "2026-04-01",
  bindings: [{ name: "SECRET", type: "secret_text", text: pulumi.secret("${secret}") }],
  content: \`export default { async fetch(request, env) {
    return request.headers.get("\${header}") === env.SECRET ? fetch("https://origin.example.org/", request) : new Response("", { status: 401 });
  } }\`,
});
new cloudflare.WorkersCustomDomain("gate-domain", {
  accountId: "a1", hostname: "gate.example.net", zoneId: "c1", service: gate.scriptName,
});
const tunnel = new cloudflare.ZeroTrustTunnelCloudflared("tunnel", { accountId: "a1", name: "home", configSrc: "cloudflare" });
new cloudflare.ZeroTrustTunnelCloudflaredConfig("tunnel-config", {
  accountId: "a1", tunnelId: tunnel.id,
  config: { ingresses: [{ hostname: "home.example.net", service: "http://127.0.0.1:8080" }, { service: "http_status:404" }] },
});
new CloudflareDnsRecord("home", {
  zone: "example.net", zoneId: "c1", name: "home", type: "CNAME", proxied: true, waitSeconds: 0,
  values: [pulumi.interpolate\`\${tunnel.id}.cfargotunnel.com\`],
});
exports.token = pulumi.secret(
  cloudflare.getZeroTrustTunnelCloudflaredTokenOutput({ accountId: "a1", tunnelId: tunnel.id }).token,
);
`;

const header = "x-telegram-bot-api-secret-token";
const post = (url: string, given?: string) => answerOf(cloud.world, { url, headers: given ? { [header]: given } : {} });

test("a program is previewed without what a cloud makes, made, left alone, and taken away without a rest", async () => {
  await open(api);
  const preview = await project.pulumi(["preview", "--diff"]);
  expect(preview.stdout + preview.stderr).not.toContain(secret);
  const foreseen = cloud.told();
  expect(new Set(foreseen.map(({ method }) => method))).toEqual(new Set(["preview create", "invoke"]));
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const integration = foreseen.find(({ name }) => name === "integration");
  expect(integration?.inputs).toMatchObject({ apiId: unknown, integrationUri: unknown, payloadFormatVersion: "2.0" });
  expect(cloud.world.all(awsKind("api"))).toEqual([]);

  await project.up();
  const made = brief(cloud.told());
  const isBefore = (one: string, other: string) => {
    expect(made).toEqual(expect.arrayContaining([`create ${one}`, `create ${other}`]));
    expect(made.indexOf(`create ${one}`)).toBeLessThan(made.indexOf(`create ${other}`));
  };
  isBefore("proof", "validation");
  isBefore("validation", "domain");
  isBefore("domain", "name-record");
  expect(project.stateText()).not.toContain(secret);
  const { token } = (await project.outputs({ showSecrets: true })) as { token: string };
  expect(JSON.parse(Buffer.from(token, "base64").toString())).toMatchObject({ a: "a1" });

  const url = "https://bots.example.com/tg/7";
  expect(await post(url, secret)).toMatchObject({ status: 200, headers: { [header]: "stable" } });
  expect(await post(url, "wrong")).toMatchObject({ status: 403 });
  expect(await post(url)).toMatchObject({ status: 401 });
  expect(await post("https://bots.example.com/tg/8", secret)).toMatchObject({ status: 404 });
  const [own] = cloud.world.all(awsKind("api"));
  expect(await post(`${String(own?.outputs["apiEndpoint"])}/tg/7`, secret)).toMatchObject({ status: 404 });
  const gate = { status: 200, handedTo: "https://origin.example.org/", headers: { [header]: secret } };
  expect(await post("https://gate.example.net/tg/7", secret)).toMatchObject(gate);
  expect(await post("https://gate.example.net/tg/7")).toEqual({ status: 401 });
  expect(await post("https://home.example.net/tg/7")).toMatchObject({ status: 200, handedTo: "http://127.0.0.1:8080" });
  expect(await post("https://nobody.example.net/")).toMatchObject({ status: 0 });

  await project.pulumi(["up", "--yes", "--refresh", "--expect-no-changes"]);
  expect(cloud.told().filter(({ method }) => /create|update|delete/.test(method))).toEqual([]);
  await project.destroy();
  expect(cloud.standing()).toEqual([]);
}, 300_000);

test("a function URL is closed until both permissions are there; a changed name replaces, and a name of the program's own goes first", async () => {
  const program = (path: string, more: string) => `
const bot = lambda("bot", "exports.handler = async () => ({})", {});
const url = new aws.lambda.FunctionUrl("url", { functionName: bot.name, authorizationType: "NONE" });
new aws.iam.Role("named", { name: "named", path: "${path}", assumeRolePolicy: trust("sqs.amazonaws.com") });
new aws.apigatewayv2.Api("api", { protocolType: "${path === "/" ? "HTTP" : "WEBSOCKET"}" });
${more}
exports.url = url.functionUrl;
`;
  await open(program("/", ""));
  await project.up();
  const { url } = (await project.outputs()) as { url: string };
  expect(await post(url)).toEqual({ status: 403, because: "no lambda:InvokeFunction" });
  cloud.told();

  const permission = `new aws.lambda.Permission("invoke", {
  action: "lambda:InvokeFunction", principal: "*", function: bot.name, invokedViaFunctionUrl: true,
});`;
  project.write("index.js", `${heading}${program("/bots/", permission)}`);
  await project.up();
  expect(await post(url)).toMatchObject({ status: 200 });
  const done = brief(cloud.told());
  expect(done.filter((line) => line.endsWith(" named"))).toEqual(["delete named", "create named"]);
  expect(done.filter((line) => line.endsWith(" api"))).toEqual(["create api", "delete api"]);
  expect(cloud.world.all(awsKind("api")).map(({ outputs }) => outputs["name"])).toEqual([
    expect.stringMatching(/^api-[0-9a-f]{7}$/),
  ]);
}, 300_000);

test("what a cloud refuses is refused in its words, and what it can tell from the arguments in the preview", async () => {
  await open(`
const bot = lambda("bot", "exports.handler = async () => ({})", {});
new aws.sqs.Queue("queue", { name: "updates", fifoQueue: true });
`);
  const preview = await project.pulumi(["preview"], { expect: "any" });
  expect(preview.stdout + preview.stderr).toContain("invalid queue name: updates");

  const { world } = cloud;
  const certificate = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/x`;
  for (const region of ["us-east-1", "eu-central-1"])
    world.put(awsKind("certificate"), certificate(region), { arn: certificate(region), status: "ISSUED" });
  world.put(awsKind("domain"), "taken.example.com", { domainName: "taken.example.com" });
  world.put(awsKind("record"), "r1", {
    zoneId: "Z1",
    name: "old",
    fqdn: "old.example.com",
    type: "A",
    records: ["192.0.2.1"],
  });
  world.put(cloudflareKind("record"), "r2", {
    zoneId: "c1",
    name: "old.example.net",
    type: "A",
    content: "192.0.2.1",
  });
  world.put(cloudflareKind("ruleset"), "w1", { zoneId: "c1", phase: "http_request_firewall_custom" });
  world.put(cloudflareKind("worker"), "gate", { scriptName: "gate" });
  project.write(
    "index.js",
    `${heading}
const bot = lambda("bot", "exports.handler = async () => ({})", {});
const url = new aws.lambda.FunctionUrl("url", { functionName: bot.name, authorizationType: "NONE" });
new aws.lambda.Permission("second", {
  statementId: "FunctionURLAllowPublicAccess", action: "lambda:InvokeFunctionUrl", principal: "*", function: bot.name,
  functionUrlAuthType: "NONE",
}, { dependsOn: [url] });
const domain = (name, domainName, region) => new aws.apigatewayv2.DomainName(name, { domainName, domainNameConfiguration: {
  certificateArn: "arn:aws:acm:" + region + ":123456789012:certificate/x", endpointType: "REGIONAL", securityPolicy: "TLS_1_2",
} });
domain("abroad", "bots.example.com", "us-east-1");
domain("taken", "taken.example.com", "eu-central-1");
new aws.route53.Record("old", { zoneId: "Z1", name: "old.example.com", type: "A", ttl: 60, records: ["192.0.2.2"] });
const queue = new aws.sqs.Queue("queue", { fifoQueue: true });
new aws.lambda.EventSourceMapping("unread", { eventSourceArn: queue.arn, functionName: bot.name });
const at = { zoneId: "c1", ttl: 60 };
new cloudflare.DnsRecord("same", { ...at, name: "old.example.net", type: "A", content: "192.0.2.1" });
new cloudflare.DnsRecord("beside", { ...at, name: "old.example.net", type: "CNAME", content: "x.example.net" });
new cloudflare.WorkersCustomDomain("served", { accountId: "a1", hostname: "old.example.net", zoneId: "c1", service: "gate" });
new cloudflare.Ruleset("waf", { zoneId: "c1", kind: "zone", name: "ours", phase: "http_request_firewall_custom", rules: [] });
`,
  );
  const { stdout, stderr } = await project.up(["--continue-on-error"], { expect: "any" });
  for (const words of [
    "ResourceConflictException: The statement id (FunctionURLAllowPublicAccess) provided already exists.",
    "BadRequestException: Invalid certificate ARN: arn:aws:acm:us-east-1:123456789012:certificate/x. Certificate must be in 'eu-central-1'.",
    "ConflictException: The domain name you provided already exists.",
    "Tried to create resource record set [name='old.example.com.', type='A'] but it already exists",
    "The function execution role does not have permissions to call ReceiveMessage on SQS",
    '{"code":81057,"message":"The record already exists."}',
    '{"code":81053,"message":"An A, AAAA, or CNAME record with that host already exists."}',
    '"code":100117,"message":"Hostname \'old.example.net\' already has externally managed DNS records',
    '"code":20217,"message":"\'zone\' is not a valid value for kind because exceeded maximum number of zone rulesets',
  ])
    expect(stdout + stderr).toContain(words);
}, 300_000);
