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
  const account = aws.getCallerIdentityOutput({}, inside).accountId;
  const region = aws.getRegionOutput({}, inside).region;
  if ("resource" in given) {
    const { resource } = given;
    pulumi.all([resource.arn, account, region]).apply(([arn, ownAccount, ownRegion]) => {
      const parts = functionParts(arn);
      if (parts) refuseElsewhere(parts, { account: ownAccount, region: ownRegion }, refuse);
    });
    return {
      resource,
      name: resource.name,
      invokeArn: resource.invokeArn,
      role: resource.role.apply(lastPart),
      timeout: resource.timeout.apply((seconds) => seconds ?? defaultTimeoutSeconds),
    };
  }
  const { name, arn, role = "" } = given.named;
  const invokeArn = pulumi.all([name, arn, account, region]).apply(([called, text, ownAccount, ownRegion]) => {
    const parts = functionParts(text);
    const problem = namedProblem(called, text);
    if (parts === undefined || problem !== undefined) throw refuse(problem ?? "");
    refuseElsewhere(parts, { account: ownAccount, region: ownRegion }, refuse);
    return `arn:${parts.partition}:apigateway:${parts.region}:lambda:path/2015-03-31/functions/${text}/invocations`;
  });
  return {
    resource: undefined,
    name: pulumi.all([name, invokeArn]).apply(([text]) => text), // a function that cannot be called is permitted nothing
    invokeArn,
    role: pulumi.output(role).apply(lastPart),
    timeout: pulumi.output(assumedTimeoutSeconds),
  };
}

/** A role's name, of its ARN or of itself. */
const lastPart = (role: string) => role.slice(role.lastIndexOf("/") + 1);

interface FunctionParts {
  partition: string;
  region: string;
  account: string;
  name: string;
}

/** Nothing for what is no ARN of a function itself. */
function functionParts(arn: string | undefined): FunctionParts | undefined {
  const found = /^arn:(?<partition>[\w-]+):lambda:(?<region>[\w-]+):(?<account>\d{12}):function:(?<name>[\w-]+)$/.exec(
    arn ?? "",
  );
  return found?.groups as FunctionParts | undefined;
}

/** What is wrong with name and ARN of a function that is deployed elsewhere. */
export function namedProblem(name: string, arn: string): string | undefined {
  const parts = functionParts(arn);
  if (parts === undefined) {
    return `function.arn must be the ARN of a function, arn:aws:lambda:<region>:<account>:function:<name>, without a version or an alias; got ${arn}`;
  }
  if (parts.name === name) return undefined;
  return `function.name is "${name}", and function.arn is the ARN of "${parts.name}": give name and ARN of one function`;
}

function refuseElsewhere(
  { region, account }: FunctionParts,
  own: { region: string | undefined; account: string | undefined },
  refuse: Refuse,
): void {
  if (isKnown(own.account) && own.account !== account) {
    throw refuse(
      `function.arn is in the account ${account}, and the endpoint's provider works in ${own.account}: AWS lets only the function's own account permit an API or a URL to call it. Give the endpoint a provider of the account ${account}`,
    );
  }
  if (isKnown(own.region) && own.region !== region) {
    throw refuse(
      `function.arn is in ${region}, and the endpoint's provider works in ${own.region}: function, API and queue must be in one region. Give the endpoint a provider of ${region}`,
    );
  }
}

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
