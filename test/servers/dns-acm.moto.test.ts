// A LambdaEndpoint on a name of one's own, on mocks that ask the real moto server: what ACM and Route 53 answer to what the component asks.
import { ListHostedZonesByNameCommand, Route53Client } from "@aws-sdk/client-route-53";
import * as pulumi from "@pulumi/pulumi";
import { LambdaEndpoint } from "../../components/aws";
import { awsJson } from "../support/aws-json";
import { startMoto } from "../support/moto";
import type { Moto } from "../support/moto";

type Inputs = Record<string, unknown>;
type Options = { ResourceRecord: Record<"Name" | "Type" | "Value", string> }[];

let moto: Moto;
let route53: Route53Client;

beforeAll(async () => {
  moto = await startMoto();
  const credentials = { accessKeyId: "program", secretAccessKey: "program" };
  route53 = new Route53Client({ region: "eu-central-1", endpoint: moto.endpoint, credentials });
}, 600_000); // the first time on a machine it is installed
afterAll(async () => {
  route53.destroy();
  await moto.stop();
});

/** As the provider of AWS does it: asks for the certificate, then reads what proves it. */
async function certificateOf({ domainName, validationMethod }: Inputs): Promise<Inputs> {
  const ask = (action: string, words: Inputs) =>
    awsJson(moto.endpoint, { service: "acm", target: `CertificateManager.${action}`, words });
  const asked = { DomainName: domainName, ValidationMethod: validationMethod };
  const { CertificateArn } = await ask("RequestCertificate", asked);
  const { Certificate } = await ask("DescribeCertificate", { CertificateArn });
  const { Status, DomainValidationOptions } = Certificate as { Status: string; DomainValidationOptions: Options };
  expect(Status).toBe("PENDING_VALIDATION");
  const domainValidationOptions = DomainValidationOptions.map(({ ResourceRecord }) => ({
    resourceRecordName: ResourceRecord.Name,
    resourceRecordType: ResourceRecord.Type,
    resourceRecordValue: ResourceRecord.Value,
  }));
  return { arn: CertificateArn, domainValidationOptions };
}

/** As the provider does it without `allowOverwrite`. */
async function writeRecord({ zoneId, name, type, records, ttl }: Inputs): Promise<void> {
  await moto.write(zoneId as string, "CREATE", (name as string).replace(/\.$/, ""), {
    Type: type as "CNAME",
    TTL: ttl as number,
    ResourceRecords: (records as string[]).map((Value) => ({ Value })),
  });
}

async function zoneNamed({ name, privateZone }: { name: string; privateZone: boolean }): Promise<Inputs> {
  const { HostedZones = [] } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: name }));
  const fits = HostedZones.filter(({ Name, Config }) => Name === `${name}.` && Config?.PrivateZone === privateZone);
  expect(fits).toHaveLength(1);
  return { name, zoneId: fits[0]?.Id?.replace("/hostedzone/", "") };
}

/** The records that an endpoint on `hostname` writes, by the resource's name; those of Route 53 are written to moto. */
async function recordsOf(hostname: string, zone: object): Promise<Record<string, Inputs>> {
  const records: Record<string, Inputs> = {};
  await pulumi.runtime.setMocks(
    {
      newResource: async ({ name, type, inputs }) => {
        const given = inputs as Inputs;
        const state = { name, arn: `arn:${name}`, invokeArn: "arn:invoke", executionArn: "arn:execution", ...given };
        const isRecord = type === "aws:route53/record:Record" || type === "cloudflare:index/dnsRecord:DnsRecord";
        if (isRecord) records[name] = given;
        if (type === "aws:route53/record:Record") await writeRecord(given);
        const domainNameConfiguration = { targetDomainName: "d-1.execute-api.eu-central-1.amazonaws.com" };
        if (type === "aws:apigatewayv2/domainName:DomainName") Object.assign(state, { domainNameConfiguration });
        if (type === "aws:acm/certificate:Certificate") Object.assign(state, await certificateOf(given));
        return { id: `${name}-id`, state };
      },
      call: ({ token, inputs }) =>
        token === "aws:route53/getZone:getZone" ? zoneNamed(inputs as Parameters<typeof zoneNamed>[0]) : {},
    },
    "project",
    "stack",
    true, // a preview: a record waits for no name server
  );
  new LambdaEndpoint("bot", {
    token: "123456789:AAF0oBar-test_tokenThatIsNotReal123",
    function: { name: "bot", arn: "arn:aws:lambda:eu-central-1:123456789012:function:bot" },
    address: { httpApi: { hostname, zone } } as ConstructorParameters<typeof LambdaEndpoint>[1]["address"],
  });
  await pulumi.runtime.disconnect();
  return records;
}

test("the record that ACM asks for is in the public zone of that name, where ACM looks for it", async () => {
  await moto.addZone("route53.example", true);
  const zoneId = await moto.addZone("route53.example");
  const hostname = "bots.route53.example";
  await recordsOf(hostname, { route53: { name: "route53.example" } });
  const options = (await certificateOf({ domainName: hostname, validationMethod: "DNS" }))["domainValidationOptions"];
  const [{ resourceRecordName, resourceRecordType, resourceRecordValue } = {} as Record<string, string>] =
    options as Record<string, string>[]; // the same for every certificate of this name in the account
  const proof = resourceRecordName?.replace(/\.$/, "") ?? "";
  expect(await moto.live(zoneId, proof)).toEqual([`${resourceRecordType} ${resourceRecordValue} 300`]);
  expect(await moto.live(zoneId, hostname)).toEqual(["CNAME d-1.execute-api.eu-central-1.amazonaws.com. 300"]);
});

test("at Cloudflare the record has the names without their last dot, and is not proxied", async () => {
  const hostname = "bots.cloudflare.example";
  const records = await recordsOf(hostname, { cloudflare: { name: "cloudflare.example", zoneId: "zone" } });
  const options = (await certificateOf({ domainName: hostname, validationMethod: "DNS" }))["domainValidationOptions"];
  const [{ resourceRecordName, resourceRecordValue } = {} as Record<string, string>] = options as Inputs[];
  const { name, content, proxied } = records["bot-validation-record"] ?? {};
  expect({ name: `${name as string}.`, content: `${content as string}.`, proxied }).toEqual({
    ...{ name: resourceRecordName, content: resourceRecordValue, proxied: false },
  });
});
