// The function that an endpoint calls, in one form: one of the program, or one that is deployed elsewhere.
import * as pulumi from "@pulumi/pulumi";
import type { Function as LambdaFunction } from "@pulumi/aws/lambda/function";
import type { Refuse } from "../endpoint/shape";
import type { NamedFunctionArgs } from "./args";
import type { Aws } from "./sdk";

export interface Target {
  /** Nothing for one that is deployed elsewhere. */
  resource: LambdaFunction | undefined;
  name: pulumi.Output<string>;
  /** What an API calls it by. */
  invokeArn: pulumi.Output<string>;
  /** The name of its execution role. */
  role: pulumi.Output<string>;
  /** Seconds. */
  timeout: pulumi.Output<number>;
}

/** The default of AWS, and what is taken for a function whose settings nobody knows here. */
const defaultTimeoutSeconds = 3;
const assumedTimeoutSeconds = 30;

export function targetOf(
  aws: Aws,
  given: { resource: LambdaFunction } | { named: NamedFunctionArgs },
  inside: pulumi.InvokeOptions,
  refuse: Refuse,
): Target {
  if ("resource" in given) {
    const { resource } = given;
    return {
      resource,
      name: resource.name,
      invokeArn: resource.invokeArn,
      role: resource.role.apply((arn) => arn.slice(arn.lastIndexOf("/") + 1)),
      timeout: resource.timeout.apply((seconds) => seconds ?? defaultTimeoutSeconds),
    };
  }
  const { name, arn, role = "" } = given.named;
  const account = aws.getCallerIdentityOutput({}, inside).accountId;
  const region = aws.getRegionOutput({}, inside).region;
  const invokeArn = pulumi.all([arn, account, region]).apply(([text, ownAccount, ownRegion]) => {
    const [, partition, of, within] = functionArn.exec(text) ?? [];
    if (partition === undefined || of === undefined || within === undefined) {
      throw refuse(
        `function.arn must be the ARN of a function, arn:aws:lambda:<region>:<account>:function:<name>, without a version or an alias; got ${text}`,
      );
    }
    if (isKnown(ownAccount) && ownAccount !== within) {
      throw refuse(
        `function.arn is in the account ${within}, and the endpoint's provider works in ${ownAccount}: AWS lets only the function's own account permit an API or a URL to call it. Give the endpoint a provider of the account ${within}`,
      );
    }
    if (isKnown(ownRegion) && ownRegion !== of) {
      throw refuse(
        `function.arn is in ${of}, and the endpoint's provider works in ${ownRegion}: function, API and queue must be in one region. Give the endpoint a provider of ${of}`,
      );
    }
    return `arn:${partition}:apigateway:${of}:lambda:path/2015-03-31/functions/${text}/invocations`;
  });
  return {
    resource: undefined,
    name: pulumi.all([name, invokeArn]).apply(([text]) => text), // a function that cannot be called is permitted nothing
    invokeArn,
    role: pulumi.output(role),
    timeout: pulumi.output(assumedTimeoutSeconds),
  };
}

const functionArn = /^arn:([\w-]+):lambda:([\w-]+):(\d{12}):function:[\w-]+$/;
/** AWS may not have told: the SDK's types do not say so. */
const isKnown = (told: string | undefined) => told !== undefined && told !== "";

/** A certificate's ARN, judged against the region of the API. */
export function certificateInRegion(
  aws: Aws,
  arn: pulumi.Input<string>,
  inside: pulumi.InvokeOptions,
  refuse: Refuse,
): pulumi.Output<string> {
  return pulumi.all([arn, aws.getRegionOutput({}, inside).region]).apply(([text, region]) => {
    const [, of] = /^arn:[\w-]+:acm:([\w-]+):\d{12}:certificate\/[\w-]+$/.exec(text) ?? [];
    if (of === undefined) {
      throw refuse(
        `address.httpApi.certificateArn must be the ARN of a certificate in ACM, arn:aws:acm:<region>:<account>:certificate/<id>; got ${text}`,
      );
    }
    if (!isKnown(region) || region === of) return text;
    throw refuse(
      `address.httpApi.certificateArn is in ${of} and the API in ${region}: AWS takes the certificate of a regional API from its own region only. Give one in ${region}, or leave it out, and one is made`,
    );
  });
}
