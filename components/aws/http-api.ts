// An HTTP API with one route, POST on the endpoint's path: the authorizer checks the secret, then the function or the queue gets the update.
import * as pulumi from "@pulumi/pulumi";
import type { Api } from "@pulumi/aws/apigatewayv2/api";
import { secretHeader } from "../../provider/constants/telegram";
import type { EndpointSecrets } from "../endpoint/secret";
import type { Refuse } from "../endpoint/shape";
import { makeAuthorizer } from "./authorizer";
import { makeDomain } from "./domain";
import type { ApiDomain } from "./plan";
import type { MadeQueue } from "./queue";
import type { Aws } from "./sdk";
import type { Target } from "./target";

export interface ApiParts {
  target: Target;
  /** With delivery "queue". */
  queue: MadeQueue | undefined;
  domain: ApiDomain | undefined;
  path: pulumi.Input<string>;
  accepted: EndpointSecrets["accepted"];
  processSecret: pulumi.Input<string>;
}

/** `origin`: where Telegram finds it, https://host; `reach`: what must be there before an update gets to the function. */
export function makeHttpApi(
  aws: Aws,
  name: string,
  { target, queue, domain, path, ...secrets }: ApiParts,
  inside: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
  refuse: Refuse,
): { api: Api; origin: pulumi.Output<string>; reach: pulumi.Resource[] } {
  const isOnlyOnDomain = domain?.keepDefaultEndpoint === false;
  const api = new aws.Api(
    `${name}-api`,
    { protocolType: "HTTP", ...(isOnlyOnDomain && { disableExecuteApiEndpoint: true }) },
    inside,
  );
  const stage = new aws.Stage(`${name}-stage`, { apiId: api.id, name: "$default", autoDeploy: true }, inside);
  const { authorizer, reach } = makeAuthorizer(aws, name, api, secrets, inside, refuse);
  const called = queue ? queue.reach : [makePermission(aws, name, api, target, inside)];
  const integration = new aws.Integration(
    `${name}-integration`,
    { apiId: api.id, integrationType: "AWS_PROXY", ...(queue ? sendsTo(queue) : calls(target)) },
    { ...inside, dependsOn: called }, // another function is permitted before it is called
  );
  const route = new aws.Route(
    `${name}-route`,
    {
      apiId: api.id,
      routeKey: pulumi.interpolate`POST ${path}`,
      target: pulumi.interpolate`integrations/${integration.id}`,
      authorizationType: "CUSTOM",
      authorizerId: authorizer.id,
    },
    { ...inside, replaceOnChanges: ["routeKey"] }, // the old path answers until the webhook has moved
  );
  const own = domain && makeDomain(aws, name, domain, { api, stage }, inside, refuse);
  return {
    api,
    origin: own ? pulumi.interpolate`https://${own.host}` : api.apiEndpoint,
    reach: [...reach, ...called, route, stage, ...(own?.reach ?? [])],
  };
}

/** The function gets the authorizer's secret in the place of Telegram's, which then stands in no log of its events. */
const calls = ({ invokeArn }: Target) => ({
  integrationUri: invokeArn,
  payloadFormatVersion: "2.0",
  requestParameters: { [`overwrite:header.${secretHeader}`]: "$context.authorizer.secret" },
});

const sendsTo = ({ credentialsArn, requestParameters }: MadeQueue) => ({
  integrationSubtype: "SQS-SendMessage",
  payloadFormatVersion: "1.0",
  credentialsArn,
  requestParameters,
});

function makePermission(aws: Aws, name: string, api: Api, target: Target, inside: pulumi.CustomResourceOptions) {
  return new aws.Permission(
    `${name}-permission`,
    {
      function: target.name,
      action: "lambda:InvokeFunction",
      principal: "apigateway.amazonaws.com",
      sourceArn: pulumi.interpolate`${api.executionArn}/*/*`,
    },
    inside,
  );
}
