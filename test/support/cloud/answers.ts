// What a request to a stand-in cloud would get: its routing, permissions and authorizers, evaluated over what stands in its world. The
// code of an authorizer and of a Worker is run as it was uploaded.
// Sources: docs.aws.amazon.com/lambda/latest/dg/urls-auth.html, docs.aws.amazon.com/apigateway/latest/developerguide/
// (http-api-lambda-authorizer, http-api-parameter-mapping, http-api-develop-integrations-aws-services-reference),
// developers.cloudflare.com/workers/configuration/routing; read November 2026.
import * as path from "node:path";
import { run } from "../process";
import { awsKind, cloudflareKind } from "./cloud";
import type { CloudThing, World } from "./cloud";

const aws = require("./aws.js") as {
  functionName: (text: string) => string;
  mayDo: (world: World, role: string, action: string, resource: string) => boolean;
  valuesOf: (world: World, name: string) => string[];
};
const { wholeName } = require("./cloudflare.js") as { wholeName: (world: World, record: object) => string };

type Values = Record<string, unknown>;
const nothing: { outputs: Values } = { outputs: {} };

export interface CloudRequest {
  url: string;
  /** Default POST. */
  method?: string;
  /** Names in lower case. */
  headers?: Record<string, string>;
  body?: string;
}

/** The status that a client sees, or 0 when its name leads nowhere; and who got the request, as it was handed on. */
export interface CloudAnswer {
  status: number;
  /** Why, for a person. */
  because?: string;
  /** A function's, a queue's or a Worker's name, or the address of an origin. */
  handedTo?: string;
  headers?: Record<string, string>;
  /** Of a message in a queue. */
  message?: Values;
}

export async function answerOf(world: World, request: CloudRequest): Promise<CloudAnswer> {
  const { hostname } = new URL(request.url);
  const url = world.find(awsKind("url"), ({ functionUrl }) => new URL(String(functionUrl)).hostname === hostname);
  if (url) return ofFunctionUrl(world, url, request);
  const api = apiAt(world, hostname);
  if (api) return ofHttpApi(world, api, request);
  return ofCloudflare(world, hostname, request);
}

/** A public function URL needs both permissions, since October 2025. */
function ofFunctionUrl(world: World, { outputs }: CloudThing, { headers = {} }: CloudRequest): CloudAnswer {
  const name = aws.functionName(String(outputs["functionName"]));
  const statements = world
    .all(awsKind("permission"))
    .map((permission) => permission.outputs)
    .filter((one) => aws.functionName(String(one["function"])) === name && one["principal"] === "*");
  const mayCallUrl = statements.some(
    (one) => one["action"] === "lambda:InvokeFunctionUrl" && one["functionUrlAuthType"] === "NONE",
  );
  const mayCallFunction = statements.some((one) => one["action"] === "lambda:InvokeFunction");
  const missing = [
    ...(mayCallUrl ? [] : ["lambda:InvokeFunctionUrl"]),
    ...(mayCallFunction ? [] : ["lambda:InvokeFunction"]),
  ];
  if (outputs["authorizationType"] !== "NONE" || missing.length > 0)
    return { status: 403, because: `no ${missing.join(", ")}` };
  return { status: 200, handedTo: name, headers };
}

/** The API behind a name: its own, or a domain with a mapping and a record that leads there. */
function apiAt(world: World, hostname: string): { api: CloudThing; stage: string } | CloudAnswer | undefined {
  const own = world.find(awsKind("api"), ({ apiEndpoint }) => new URL(String(apiEndpoint)).hostname === hostname);
  if (own)
    return own.outputs["disableExecuteApiEndpoint"] === true
      ? { status: 404, because: "disabled" }
      : { api: own, stage: "$default" };
  const domain = world.get(awsKind("domain"), hostname);
  if (!domain) return undefined;
  const { targetDomainName } = domain.outputs["domainNameConfiguration"] as { targetDomainName: string };
  if (!aws.valuesOf(world, hostname).includes(targetDomainName)) return { status: 0, because: "no record" };
  const mapping = world.find(
    awsKind("mapping"),
    ({ domainName, apiMappingKey = "" }) => domainName === hostname && apiMappingKey === "",
  );
  const api = world.get(awsKind("api"), String(mapping?.outputs["apiId"]));
  return api ? { api, stage: String(mapping?.outputs["stage"]) } : { status: 403, because: "no mapping" };
}

async function ofHttpApi(
  world: World,
  found: NonNullable<ReturnType<typeof apiAt>>,
  request: CloudRequest,
): Promise<CloudAnswer> {
  if ("status" in found) return found;
  const { api, stage } = found;
  const { method = "POST", headers = {}, body = "{}" } = request;
  const { pathname } = new URL(request.url);
  const deployed = world.find(awsKind("stage"), ({ apiId, name }) => apiId === api.id && name === stage);
  if (deployed?.outputs["autoDeploy"] !== true) return { status: 404, because: "nothing deployed" };
  const route = world.find(
    awsKind("route"),
    ({ apiId, routeKey }) => apiId === api.id && routeKey === `${method} ${pathname}`,
  );
  if (!route) return { status: 404, because: "no route" };
  const source = `${String(api.outputs["executionArn"])}/${stage}/${method}${pathname}`;
  let authorized: Values = {};
  if (route.outputs["authorizationType"] === "CUSTOM") {
    const outcome = await authorizedBy(world, api, String(route.outputs["authorizerId"]), headers);
    if ("status" in outcome) return outcome;
    authorized = outcome.context;
  }
  const integration = world.get(awsKind("integration"), String(route.outputs["target"]).replace("integrations/", ""));
  if (!integration) return { status: 500, because: "no integration" };
  const { integrationUri, integrationSubtype, credentialsArn, requestParameters = {} } = integration.outputs;
  const mapped = (text: string): string =>
    text
      .replace(/^\$context\.authorizer\.(\w+)$/, (_, key: string) => textOf(authorized[key]))
      .replace(/^\$request\.header\.(.+)$/, (_, key: string) => headers[key.toLowerCase()] ?? "")
      .replace(/^\$request\.body\.(\w+)$/, (_, key: string) => textOf((JSON.parse(body) as Values)[key]))
      .replace(/^\$request\.body$/, () => body);
  const parameters = Object.entries(requestParameters as Record<string, string>).map(
    ([key, text]) => [key, mapped(text)] as const,
  );
  if (integrationSubtype === "SQS-SendMessage")
    return sent(world, String(credentialsArn), Object.fromEntries(parameters));
  const name = aws.functionName(String(integrationUri));
  if (!mayInvoke(world, name, source)) return { status: 500, because: `API Gateway may not invoke ${name}` };
  const handed = { ...headers };
  for (const [key, value] of parameters) {
    const [, how, header = ""] = /^(\w+):header\.(.+)$/.exec(key) ?? [];
    if (how === "remove") delete handed[header.toLowerCase()];
    else
      handed[header.toLowerCase()] =
        how === "append" && handed[header.toLowerCase()] ? `${handed[header.toLowerCase()]},${value}` : value;
  }
  return { status: 200, handedTo: name, headers: handed };
}

const textOf = (value: unknown): string => (["string", "number"].includes(typeof value) ? String(value) : "");

/** Whether a statement lets API Gateway invoke the function for this ARN. */
function mayInvoke(world: World, name: string, source: string): boolean {
  return world.all(awsKind("permission")).some(({ outputs }) => {
    if (aws.functionName(String(outputs["function"])) !== name || outputs["action"] !== "lambda:InvokeFunction")
      return false;
    const pattern = (textOf(outputs["sourceArn"]) || "*").replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
    return outputs["principal"] === "apigateway.amazonaws.com" && new RegExp(`^${pattern}$`).test(source);
  });
}

async function authorizedBy(
  world: World,
  api: CloudThing,
  id: string,
  headers: Record<string, string>,
): Promise<CloudAnswer | { context: Values }> {
  const { outputs } = world.get(awsKind("authorizer"), id) ?? nothing;
  const sources = (outputs["identitySources"] as string[] | undefined) ?? [];
  const values = sources.map((source) => headers[source.replace("$request.header.", "").toLowerCase()]);
  if (values.some((value) => !value)) return { status: 401, because: "no identity source" };
  const name = aws.functionName(
    /functions\/(arn:[^/]+)\/invocations/.exec(String(outputs["authorizerUri"]))?.[1] ?? "",
  );
  if (!mayInvoke(world, name, `${String(api.outputs["executionArn"])}/authorizers/${id}`))
    return { status: 500, because: `API Gateway may not invoke ${name}` };
  const event = { version: "2.0", type: "REQUEST", identitySource: values, headers };
  const { isAuthorized, context = {} } = (await invoked(world, name, event)) as {
    isAuthorized: boolean;
    context?: Values;
  };
  return isAuthorized ? { context } : { status: 403, because: "not authorized" };
}

/** Runs a function's code, as it was uploaded, with the environment that it has now. */
async function invoked(world: World, name: string, event: Values): Promise<unknown> {
  const { outputs } = world.get(awsKind("function"), name) ?? nothing;
  const { variables = {} } = (outputs["environment"] ?? {}) as { variables?: Record<string, string> };
  const [module = "", entry = ""] = String(outputs["handler"]).split(".");
  const { assets = {} } = outputs["code"] as { assets?: Record<string, { text?: string }> };
  const [file, asset] = Object.entries(assets).find(([key]) => key.replace(/\.[cm]?js$/, "") === module) ?? [];
  if (file === undefined) throw new Error(`the code of ${name} has no module ${module}`);
  return ran({ code: asset?.text, file, entry, environment: variables, event });
}

async function ran(upload: Values): Promise<unknown> {
  const { code, stdout, stderr } = await run(process.execPath, [path.join(__dirname, "run-upload.mjs")], {
    input: JSON.stringify(upload),
  });
  if (code !== 0) throw new Error(`what was uploaded failed: ${stderr}`);
  return JSON.parse(stdout) as unknown;
}

function sent(world: World, roleArn: string, message: Record<string, string>): CloudAnswer {
  const role = world.find(awsKind("role"), ({ arn }) => arn === roleArn);
  const queue = world.find(awsKind("queue"), ({ url }) => url === message["QueueUrl"]);
  if (!role || !queue) return { status: 500, because: "no role or no queue" };
  const mayAssume = String(role.outputs["assumeRolePolicy"]).includes("apigateway.amazonaws.com");
  const isAllowed =
    mayAssume && aws.mayDo(world, String(role.outputs["name"]), "sqs:SendMessage", String(queue.outputs["arn"]));
  if (!isAllowed) return { status: 403, because: "the role may not send" };
  if (queue.outputs["fifoQueue"] === true && (!message["MessageGroupId"] || !message["MessageDeduplicationId"]))
    return { status: 400, because: "a FIFO queue needs MessageGroupId and MessageDeduplicationId" };
  return { status: 200, handedTo: String(queue.outputs["name"]), message };
}

async function ofCloudflare(world: World, hostname: string, request: CloudRequest): Promise<CloudAnswer> {
  const { pathname } = new URL(request.url);
  const record = world
    .all(cloudflareKind("record"))
    .find(({ outputs }) => wholeName(world, outputs) === hostname && outputs["proxied"] === true);
  const domain = world.find(cloudflareKind("domain"), (one) => one["hostname"] === hostname);
  const route = world.find(cloudflareKind("route"), ({ pattern }) => {
    const text = String(pattern)
      .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*");
    return record !== undefined && new RegExp(`^${text}$`).test(`${hostname}${pathname}`);
  });
  const worker = world.get(cloudflareKind("worker"), String(route?.outputs["script"] ?? domain?.outputs["service"]));
  if (worker) return ofWorker(worker, request);
  const [, tunnel] = /^(.+)\.cfargotunnel\.com$/.exec(String(record?.outputs["content"])) ?? [];
  if (tunnel !== undefined) return ofTunnel(world, tunnel, hostname, pathname, request);
  return { status: 0, because: "no record" };
}

function ofTunnel(
  world: World,
  id: string,
  hostname: string,
  pathname: string,
  { headers = {} }: CloudRequest,
): CloudAnswer {
  if (!world.get(cloudflareKind("tunnel"), id)) return { status: 530, because: "no tunnel" };
  const { config } = world.get(cloudflareKind("config"), id)?.outputs ?? {};
  const { ingresses = [] } = (config ?? {}) as { ingresses?: { hostname?: string; path?: string; service: string }[] };
  const rule = ingresses.find(
    (one) => (one.hostname ?? hostname) === hostname && new RegExp(one.path ?? "").test(pathname),
  );
  const [, code] = /^http_status:(\d+)$/.exec(rule?.service ?? "http_status:503") ?? [];
  if (code !== undefined) return { status: Number(code), because: "no ingress rule" };
  return { status: 200, handedTo: String(rule?.service), headers };
}

/** Runs a Worker's code: what it fetches, or sends to a service binding, is what is handed on. */
async function ofWorker(
  { outputs }: CloudThing,
  { url, method = "POST", headers = {}, body = "{}" }: CloudRequest,
): Promise<CloudAnswer> {
  const request = { url, method, headers, ...(method !== "GET" && { body }) };
  const { content: code, mainModule, bindings = [] } = outputs;
  return (await ran({ code, file: `${String(mainModule)}.mjs`, request, bindings })) as CloudAnswer;
}
