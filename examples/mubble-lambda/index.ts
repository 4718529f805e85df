// A Mubble bot in AWS Lambda: the function, and an endpoint that makes it reachable, at a function URL or on a name of one's own.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";
import { LambdaEndpoint, lambdaEnvironment } from "pulumi-telegram/aws";

const config = new pulumi.Config();
const hostname = config.get("hostname");

// Made before the function, which compares it itself when it is called by its URL.
const secret = new telegram.WebhookSecret("secret", { rotateTrigger: config.get("rotate") ?? "1" });

const reached = {
  token: new pulumi.Config("telegram").requireSecret("token"),
  secret,
  address:
    hostname === undefined
      ? { functionUrl: {} }
      : { httpApi: { hostname, zone: { route53: { name: config.require("zone") } } } },
  webhook: { maxConnections: 10, allowedUpdates: ["message"] }, // so many instances of the function at most
};

const role = new aws.iam.Role("role", {
  assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
});
const logs = new aws.iam.RolePolicyAttachment("logs", {
  role: role.name,
  policyArn: aws.iam.ManagedPolicy.AWSLambdaBasicExecutionRole,
});

const bot = new aws.lambda.Function(
  "bot",
  {
    runtime: aws.lambda.Runtime.Python3d13,
    architectures: ["x86_64"],
    handler: "handler.handle",
    code: new pulumi.asset.AssetArchive({
      ".": new pulumi.asset.FileArchive("package"),
      "handler.py": new pulumi.asset.FileAsset("handler.py"),
    }),
    role: role.arn,
    memorySize: 512,
    timeout: 30, // an HTTP API waits no longer, Telegram for 60 s
    environment: { variables: lambdaEnvironment(reached) },
  },
  { dependsOn: [logs] },
);

const endpoint = new LambdaEndpoint("bot", { ...reached, function: bot });

export const url = endpoint.url;
