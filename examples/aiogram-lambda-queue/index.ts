// An aiogram bot in AWS Lambda behind a queue: Telegram is answered at once, and the function has minutes for its work.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { LambdaEndpoint, lambdaEnvironment } from "pulumi-telegram/aws";

const reached = {
  token: new pulumi.Config("telegram").requireSecret("token"),
  preset: "aiogram" as const,
  address: { httpApi: {} },
  delivery: "queue" as const,
  // An update that fails is tried again after two minutes, and after the third time it goes to the dead letters.
  queue: { maxReceiveCount: 3, visibilityTimeoutSeconds: 120 },
  webhook: { allowedUpdates: ["message"] },
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
    timeout: 120, // of one update: the queue's batchSize is 1
    environment: { variables: lambdaEnvironment(reached) },
  },
  { dependsOn: [logs] },
);

const endpoint = new LambdaEndpoint("bot", { ...reached, function: bot });

export const url = endpoint.url;
export const deadLetters = endpoint.deadLetters?.url;
