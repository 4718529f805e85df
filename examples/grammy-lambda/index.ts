// A grammY bot in AWS Lambda: the function, and an endpoint on a name of one's own that checks the secret before the function is called.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { LambdaEndpoint, lambdaEnvironment } from "pulumi-telegram/aws";

const config = new pulumi.Config();
const reached = {
  token: new pulumi.Config("telegram").requireSecret("token"),
  preset: "grammy" as const,
  address: {
    httpApi: {
      hostname: config.require("hostname"),
      zone: { cloudflare: { name: config.require("zone"), zoneId: config.require("zoneId") } },
    },
  },
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
    runtime: "nodejs22.x",
    handler: "handler.handler",
    code: new pulumi.asset.FileArchive("package"),
    role: role.arn,
    memorySize: 512,
    timeout: 30, // an HTTP API waits no longer
    environment: { variables: lambdaEnvironment(reached) },
  },
  { dependsOn: [logs] },
);

const endpoint = new LambdaEndpoint("bot", { ...reached, function: bot });

export const url = endpoint.url;
