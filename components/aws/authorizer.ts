// The authorizer of an HTTP API: a small function that compares Telegram's secret before the bot's function is called.
import * as pulumi from "@pulumi/pulumi";
import type { Api } from "@pulumi/aws/apigatewayv2/api";
import type { Authorizer } from "@pulumi/aws/apigatewayv2/authorizer";
import { secretHeader } from "../../provider/constants/telegram";
import { acceptedDigests } from "../endpoint/secret";
import type { EndpointSecrets } from "../endpoint/secret";
import type { Refuse } from "../endpoint/shape";
import { authorizerCode } from "./authorizer-code";
import type { Aws } from "./sdk";

/** What a role's policy says of who may take it. */
export const assumedBy = (service: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }],
  });

/** `accepted`: what Telegram may send; `processSecret`: what the function gets instead. The answer is never kept, since a cache would outlive a revoke. */
export function makeAuthorizer(
  aws: Aws,
  name: string,
  api: Api,
  secrets: { accepted: EndpointSecrets["accepted"]; processSecret: pulumi.Input<string> },
  inside: pulumi.CustomResourceOptions,
  refuse: Refuse,
): { authorizer: Authorizer; reach: pulumi.Resource[] } {
  const role = new aws.Role(`${name}-authorizer-role`, { assumeRolePolicy: assumedBy("lambda.amazonaws.com") }, inside);
  const logs = new aws.RolePolicyAttachment(
    `${name}-authorizer-logs`,
    { role: role.name, policyArn: role.arn.apply(logsPolicyBeside) },
    inside,
  );
  const code = new aws.Function(
    `${name}-authorizer-function`,
    {
      runtime: "nodejs24.x",
      handler: "index.handler",
      code: new pulumi.asset.AssetArchive({ "index.mjs": new pulumi.asset.StringAsset(authorizerCode) }),
      role: role.arn,
      memorySize: 256, // a start in half the time of 128
      timeout: 10,
      environment: {
        variables: {
          ACCEPTED_SHA256: acceptedDigests(secrets.accepted, refuse),
          PROCESS_SECRET: pulumi.secret(secrets.processSecret),
        },
      },
    },
    { ...inside, dependsOn: [logs] },
  );
  const authorizer = new aws.Authorizer(
    `${name}-authorizer`,
    {
      apiId: api.id,
      authorizerType: "REQUEST",
      authorizerUri: code.invokeArn,
      identitySources: [`$request.header.${secretHeader}`],
      authorizerPayloadFormatVersion: "2.0",
      enableSimpleResponses: true,
      authorizerResultTtlInSeconds: 0,
    },
    inside,
  );
  const permission = new aws.Permission(
    `${name}-authorizer-permission`,
    {
      function: code.name,
      action: "lambda:InvokeFunction",
      principal: "apigateway.amazonaws.com",
      sourceArn: pulumi.interpolate`${api.executionArn}/authorizers/${authorizer.id}`,
    },
    inside,
  );
  return { authorizer, reach: [code, permission] };
}

/** AWS's own policy for writing logs, in the partition of the role: aws, aws-cn, aws-us-gov. */
const logsPolicyBeside = (roleArn: string) =>
  `arn:${roleArn.split(":")[1]}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`;
