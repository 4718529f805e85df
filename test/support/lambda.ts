// AWS Lambda without AWS: events as it documents them, and the process of a Python function behind a Runtime API of the test's own.
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { start } from "./process";
import { botsPython } from "./python";
import { until } from "./until";

export type Json = Record<string, unknown>;

/** As AWS documents it, docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, read November 2026; a request without a signature has no authorizer. */
export const functionUrlEvent = {
  version: "2.0",
  routeKey: "$default",
  rawPath: "/telegram",
  rawQueryString: "",
  headers: {
    "content-length": "181",
    "x-amzn-tls-version": "TLSv1.3",
    "x-forwarded-proto": "https",
    "x-forwarded-port": "443",
    "x-forwarded-for": "149.154.167.220",
    "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
    "x-amzn-trace-id": "Root=1-62ecd163-5f302e550dcde3b12402207d",
    host: "abcdefg.lambda-url.us-east-1.on.aws",
    "content-type": "application/json",
    "accept-encoding": "gzip, deflate",
  } as Record<string, string>,
  requestContext: {
    accountId: "anonymous",
    apiId: "abcdefg",
    domainName: "abcdefg.lambda-url.us-east-1.on.aws",
    domainPrefix: "abcdefg",
    http: {
      method: "POST",
      path: "/telegram",
      protocol: "HTTP/1.1",
      sourceIp: "149.154.167.220",
      userAgent: "",
    },
    requestId: "e1506fd5-9e7b-434f-bd42-4f8fa224b599",
    routeKey: "$default",
    stage: "$default",
    time: "12/Mar/2020:19:03:58 +0000",
    timeEpoch: 1583348638390,
  },
  body: "",
  isBase64Encoded: false,
};

/** The same page's payload format 2.0 as an HTTP API sends it: docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html. */
export const httpApiEvent: typeof functionUrlEvent = {
  version: "2.0",
  routeKey: "POST /telegram",
  rawPath: "/telegram",
  rawQueryString: "",
  headers: {
    "accept-encoding": "gzip, deflate",
    "content-length": "181",
    "content-type": "application/json",
    host: "bots.example.com",
    "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
    "x-forwarded-for": "149.154.167.220",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  },
  requestContext: {
    accountId: "123456789012",
    apiId: "r3pmxmplak",
    domainName: "bots.example.com",
    domainPrefix: "bots",
    http: {
      method: "POST",
      path: "/telegram",
      protocol: "HTTP/1.1",
      sourceIp: "149.154.167.220",
      userAgent: "",
    },
    requestId: "JKJaXmPLvHcESHA=",
    routeKey: "POST /telegram",
    stage: "$default",
    time: "10/Mar/2020:05:16:23 +0000",
    timeEpoch: 1583817383220,
  },
  body: "",
  isBase64Encoded: false,
};

/** What Lambda's own runtime does: loads the handler once, then takes one event after the other from the Runtime API. */
const bootstrap = `
import http.client, importlib, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
module, name = os.environ["_HANDLER"].split(".")
handle = getattr(importlib.import_module(module), name)
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    event, id = json.loads(answer.read()), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    try:
        kind, said = "response", handle(event, None)
    except Exception as error:
        kind, said = "error", {"errorType": type(error).__name__}
    api.request("POST", f"/2018-06-01/runtime/invocation/{id}/{kind}", json.dumps(said))
    api.getresponse().read()
`;

export interface LambdaFunction {
  /** What the handler returned, or the error that it raised: one event at a time, as Lambda does. */
  invoke: (event: object) => Promise<Json>;
  dispose(): Promise<void>;
}

/** `handler`: file and function, as Lambda takes it; `folder` is where the file is. */
export async function startFunction(
  folder: string,
  handler: string,
  variables: NodeJS.ProcessEnv,
): Promise<LambdaFunction> {
  let asks: http.ServerResponse | undefined;
  let answered: (said: Json) => void;
  const runtimeApi = http.createServer((request, response) => {
    if (request.url?.endsWith("/next")) return void (asks = response);
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => (text += part));
    request.on("end", () => {
      response.writeHead(202).end();
      answered(JSON.parse(text) as Json);
    });
  });
  await new Promise<void>((resolve) => runtimeApi.listen(0, "127.0.0.1", resolve));
  const { port } = runtimeApi.address() as AddressInfo;
  const { PATH, HOME } = process.env;
  const lambda = { AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`, _HANDLER: handler, PYTHONDONTWRITEBYTECODE: "1" };
  const env = { PATH, HOME, ...variables, ...lambda };
  const running = start(await botsPython(), ["-c", bootstrap], { cwd: folder, env });
  return {
    invoke: async (event) => {
      await until(() => asks !== undefined, 60).catch((cause: unknown) => {
        throw new Error(`the function does not ask for an event.\n${running.output()}`, { cause });
      });
      const said = new Promise<Json>((resolve) => (answered = resolve));
      asks?.setHeader("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
      asks?.end(JSON.stringify(event));
      asks = undefined;
      return said;
    },
    dispose: async () => {
      await running.stop();
      runtimeApi.closeAllConnections();
      await new Promise((resolve) => runtimeApi.close(resolve));
    },
  };
}
