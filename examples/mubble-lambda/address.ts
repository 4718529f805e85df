// Where a function is reached: the address that Lambda gives, or an HTTP API on a name of your own in Route 53.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { AwsDnsRecord } from "pulumi-telegram/aws";

export interface Address {
  /** https://host */
  origin: pulumi.Output<string>;
  /** What has to be there before a request reaches the function. */
  parts: pulumi.Resource[];
}

/** Open to everybody, so the function checks the secret. The provider adds the two permissions that this needs itself. */
export function functionUrl(target: aws.lambda.Function): Address {
  const address = new aws.lambda.FunctionUrl("url", { functionName: target.name, authorizationType: "NONE" });
  return { origin: address.functionUrl.apply((url) => new URL(url).origin), parts: [address] };
}

/** Nothing but `POST /telegram` on this name reaches the function. */
export function ownDomain(target: aws.lambda.Function, hostname: string, zone: string): Address {
  const { zoneId } = aws.route53.getZoneOutput({ name: zone });

  const api = new aws.apigatewayv2.Api("api", { protocolType: "HTTP", disableExecuteApiEndpoint: true });
  const integration = new aws.apigatewayv2.Integration("integration", {
    apiId: api.id,
    integrationType: "AWS_PROXY",
    integrationUri: target.invokeArn,
    payloadFormatVersion: "2.0",
  });
  const route = new aws.apigatewayv2.Route("route", {
    apiId: api.id,
    routeKey: "POST /telegram",
    target: pulumi.interpolate`integrations/${integration.id}`,
  });
  const stage = new aws.apigatewayv2.Stage("stage", { apiId: api.id, name: "$default", autoDeploy: true });
  const permission = new aws.lambda.Permission("permission", {
    function: target.name,
    action: "lambda:InvokeFunction",
    principal: "apigateway.amazonaws.com",
    sourceArn: pulumi.interpolate`${api.executionArn}/*/*`,
  });

  const domain = new aws.apigatewayv2.DomainName("domain", {
    domainName: hostname,
    domainNameConfiguration: {
      certificateArn: certificateOf(hostname, zoneId),
      endpointType: "REGIONAL",
      securityPolicy: "TLS_1_2",
    },
  });
  const mapping = new aws.apigatewayv2.ApiMapping("mapping", {
    apiId: api.id,
    domainName: domain.domainName,
    stage: stage.name,
  });
  const record = new AwsDnsRecord("record", {
    zone,
    name: hostname,
    type: "CNAME",
    values: [domain.domainNameConfiguration.targetDomainName],
    hostedZoneId: zoneId,
  });
  return { origin: pulumi.interpolate`https://${record.fqdn}`, parts: [route, permission, mapping] };
}

/** A public certificate; AWS signs it when it sees a record of its own in the zone, and renews it as long as that stays. */
function certificateOf(hostname: string, zoneId: pulumi.Input<string>): pulumi.Output<string> {
  const certificate = new aws.acm.Certificate("certificate", { domainName: hostname, validationMethod: "DNS" });
  const asked = certificate.domainValidationOptions.apply(([option]) => {
    if (option === undefined) throw new pulumi.RunError(`AWS asks for no record that proves ${hostname}`);
    return option;
  });
  const proof = new aws.route53.Record("proof", {
    zoneId,
    name: asked.resourceRecordName,
    type: asked.resourceRecordType,
    records: [asked.resourceRecordValue],
    ttl: 300,
  });
  const validation = new aws.acm.CertificateValidation("validation", {
    certificateArn: certificate.arn,
    validationRecordFqdns: [proof.fqdn],
  });
  return validation.certificateArn;
}
