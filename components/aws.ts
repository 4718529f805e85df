// The entry point pulumi-telegram/aws: what is made by resources of @pulumi/aws.
import "../provider/core/node-version";

export { AwsDnsRecord } from "./aws/dns-record";
export type { AwsDnsRecordArgs } from "./aws/dns-record";
export { lambdaEnvironment } from "./aws/environment";
export type { LambdaEnvironmentArgs } from "./aws/environment";
export { LambdaEndpoint } from "./aws/lambda-endpoint";
export type {
  EndpointZoneArgs,
  HttpApiArgs,
  LambdaAddressArgs,
  LambdaEndpointArgs,
  LambdaQueueArgs,
  NamedFunctionArgs,
} from "./aws/args";
