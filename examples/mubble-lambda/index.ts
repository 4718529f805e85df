// A Mubble bot in AWS Lambda: the function, its address, and a webhook that changes after what the function accepts.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";
import { functionUrl, ownDomain } from "./address";

const config = new pulumi.Config();
const token = new pulumi.Config("telegram").requireSecret("token");

const secret = new telegram.WebhookSecret("secret", { rotateTrigger: config.get("rotate") ?? "1" });

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
    environment: {
      variables: { TELEGRAM_BOT_TOKEN: token, WEBHOOK_SECRETS: secret.accepted.apply((all) => all.join(",")) },
    },
  },
  { dependsOn: [logs] },
);

const hostname = config.get("hostname");
const address = hostname === undefined ? functionUrl(bot) : ownDomain(bot, hostname, config.require("zone"));

const webhook = new telegram.TelegramWebhook(
  "webhook",
  {
    token,
    url: pulumi.interpolate`${address.origin}/telegram`,
    secretToken: secret.current,
    maxConnections: 10, // so many instances of the function at most
    allowedUpdates: ["message"],
  },
  { dependsOn: [bot, ...address.parts] },
);

export const url = webhook.url;
