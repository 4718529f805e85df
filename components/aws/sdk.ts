// The classes and calls of @pulumi/aws that a LambdaEndpoint uses, each loaded from its own file: the whole package takes seconds.
import { loadProvider } from "../dns-parts";

/** Loads them when it is called; one sentence if the package is missing. */
export const loadAws = () =>
  loadProvider("aws", "@pulumi/aws", "7", () => ({
    ...(require("@pulumi/aws/acm/certificate") as typeof import("@pulumi/aws/acm/certificate")),
    ...(require("@pulumi/aws/acm/certificateValidation") as typeof import("@pulumi/aws/acm/certificateValidation")),
    ...(require("@pulumi/aws/apigatewayv2/api") as typeof import("@pulumi/aws/apigatewayv2/api")),
    ...(require("@pulumi/aws/apigatewayv2/apiMapping") as typeof import("@pulumi/aws/apigatewayv2/apiMapping")),
    ...(require("@pulumi/aws/apigatewayv2/authorizer") as typeof import("@pulumi/aws/apigatewayv2/authorizer")),
    ...(require("@pulumi/aws/apigatewayv2/domainName") as typeof import("@pulumi/aws/apigatewayv2/domainName")),
    ...(require("@pulumi/aws/apigatewayv2/integration") as typeof import("@pulumi/aws/apigatewayv2/integration")),
    ...(require("@pulumi/aws/apigatewayv2/route") as typeof import("@pulumi/aws/apigatewayv2/route")),
    ...(require("@pulumi/aws/apigatewayv2/stage") as typeof import("@pulumi/aws/apigatewayv2/stage")),
    ...(require("@pulumi/aws/getCallerIdentity") as typeof import("@pulumi/aws/getCallerIdentity")),
    ...(require("@pulumi/aws/getRegion") as typeof import("@pulumi/aws/getRegion")),
    ...(require("@pulumi/aws/iam/role") as typeof import("@pulumi/aws/iam/role")),
    ...(require("@pulumi/aws/iam/rolePolicy") as typeof import("@pulumi/aws/iam/rolePolicy")),
    ...(require("@pulumi/aws/iam/rolePolicyAttachment") as typeof import("@pulumi/aws/iam/rolePolicyAttachment")),
    ...(require("@pulumi/aws/lambda/eventSourceMapping") as typeof import("@pulumi/aws/lambda/eventSourceMapping")),
    ...(require("@pulumi/aws/lambda/function") as typeof import("@pulumi/aws/lambda/function")),
    ...(require("@pulumi/aws/lambda/functionUrl") as typeof import("@pulumi/aws/lambda/functionUrl")),
    ...(require("@pulumi/aws/lambda/permission") as typeof import("@pulumi/aws/lambda/permission")),
    ...(require("@pulumi/aws/route53/getZone") as typeof import("@pulumi/aws/route53/getZone")),
    ...(require("@pulumi/aws/route53/record") as typeof import("@pulumi/aws/route53/record")),
    ...(require("@pulumi/aws/sqs/queue") as typeof import("@pulumi/aws/sqs/queue")),
  }));

/** The version of the package. */
export const installedAws = () => (require("@pulumi/aws/package.json") as { version: string }).version;

export type Aws = ReturnType<typeof loadAws>;
