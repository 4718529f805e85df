// A name of one's own for an HTTP API: its certificate, proved by a record, the domain, and the record that leads there.
import type * as pulumi from "@pulumi/pulumi";
import type { Api } from "@pulumi/aws/apigatewayv2/api";
import type { Stage } from "@pulumi/aws/apigatewayv2/stage";
import { normalZone } from "../../provider/dns/rules";
import { loadProvider } from "../dns-parts";
import type { RecordPartArgs } from "../dns-parts";
import { CloudflareDnsRecord } from "../cloudflare/dns-record";
import type { Refuse } from "../endpoint/shape";
import { AwsDnsRecord } from "./dns-record";
import type { ApiDomain } from "./plan";
import type { Aws } from "./sdk";
import { certificateInRegion } from "./target";

const validationTtlSeconds = 300;

/** `host` comes when every name server of the zone has the record. */
export function makeDomain(
  aws: Aws,
  name: string,
  domain: ApiDomain,
  { api, stage }: { api: Api; stage: Stage },
  inside: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
  refuse: Refuse,
): { host: pulumi.Output<string>; reach: pulumi.Resource[] } {
  const { hostname, certificateArn, record, zone } = domain;
  const hostedZoneId =
    zone.vendor === "route53"
      ? (zone.hostedZoneId ?? aws.getZoneOutput({ name: normalZone(zone.name), privateZone: false }, inside).zoneId)
      : "";
  const served = new aws.DomainName(
    `${name}-domain`,
    {
      domainName: hostname,
      domainNameConfiguration: {
        certificateArn:
          certificateArn === undefined
            ? makeCertificate(aws, name, domain, hostedZoneId, inside, refuse)
            : certificateInRegion(aws, certificateArn, inside, refuse),
        endpointType: "REGIONAL",
        securityPolicy: "TLS_1_2",
      },
    },
    inside,
  );
  const mapping = new aws.ApiMapping(
    `${name}-mapping`,
    { apiId: api.id, domainName: served.domainName, stage: stage.name },
    inside,
  );
  const shared = {
    ...(record as Pick<RecordPartArgs, "ttlSeconds">),
    zone: zone.name,
    name: hostname,
    type: "CNAME" as const,
    values: [served.domainNameConfiguration.apply(({ targetDomainName }) => targetDomainName)],
  };
  const published =
    zone.vendor === "route53"
      ? new AwsDnsRecord(`${name}-record`, { ...shared, hostedZoneId }, inside)
      : new CloudflareDnsRecord(`${name}-record`, { ...shared, zoneId: zone.zoneId }, inside);
  return { host: published.fqdn, reach: [mapping, published] };
}

/**
 * AWS signs it when it sees a record of its own in the zone, and renews it as long as that stays. The record is the same for every
 * certificate of this name in the account, so that it may be there.
 */
function makeCertificate(
  aws: Aws,
  name: string,
  { hostname, zone }: ApiDomain,
  hostedZoneId: pulumi.Input<string>,
  inside: pulumi.CustomResourceOptions,
  refuse: Refuse,
): pulumi.Output<string> {
  const certificate = new aws.Certificate(
    `${name}-certificate`,
    { domainName: hostname, validationMethod: "DNS" },
    inside,
  );
  const asked = certificate.domainValidationOptions.apply(([option]) => {
    if (option === undefined) throw refuse(`AWS asks for no record that proves ${hostname}`);
    return option;
  });
  const recordName = `${name}-validation-record`;
  const shared = { name: asked.resourceRecordName, type: asked.resourceRecordType, ttl: validationTtlSeconds };
  const record =
    zone.vendor === "route53"
      ? new aws.Record(
          recordName,
          { ...shared, zoneId: hostedZoneId, records: [asked.resourceRecordValue], allowOverwrite: true },
          inside,
        )
      : new (loadCloudflareRecord())(
          recordName,
          {
            ...shared,
            name: asked.resourceRecordName.apply(withoutDot),
            zoneId: zone.zoneId,
            content: asked.resourceRecordValue.apply(withoutDot),
            proxied: false,
          },
          inside,
        );
  const validation = new aws.CertificateValidation(
    `${name}-validation`,
    { certificateArn: certificate.arn },
    { ...inside, dependsOn: [record] },
  );
  return validation.certificateArn;
}

const withoutDot = (name: string) => name.replace(/\.$/, "");

const loadCloudflareRecord = () =>
  loadProvider("cloudflare", "@pulumi/cloudflare", "6", () => {
    return (require("@pulumi/cloudflare/dnsRecord") as typeof import("@pulumi/cloudflare/dnsRecord")).DnsRecord;
  });
