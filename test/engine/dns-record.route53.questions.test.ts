// DnsRecord answers the table of questions on the real engine, at the real moto server.
import { startMoto } from "../support/moto";
import { zone } from "../support/record-stories";
import { askVendor } from "../support/record-vendors";

askVendor("route53", async () => {
  const moto = await startMoto();
  const zoneId = await moto.addZone(zone);
  const [ours, others, dead] = ["the-secret-key-of-ours", "the-secret-key-of-others", "the-secret-key-of-the-dead"];
  moto.revoke("AKIADEAD");
  const { endpoint } = moto;
  const method = "POST";
  const path = /\/rrset/;
  // AWS's own chain of keys finds none here.
  const nowhere = { AWS_EC2_METADATA_DISABLED: "true", AWS_SHARED_CREDENTIALS_FILE: "/none", AWS_CONFIG_FILE: "/none" };
  const keys = (accessKeyId: string, secret: string) => ({ accessKeyId, secretAccessKey: { $secret: secret } });
  const bodyOf = (fqdn: string) => new RegExp(`<Name>${fqdn}`);
  return {
    via: { route53: { ...keys("AKIAOURS", ours), endpoint } },
    wrongVia: { route53: { ...keys("AKIADEAD", dead), endpoint } },
    wrongSays:
      'was refused (403): "The security token included in the request is invalid. (InvalidClientTokenId)". Nothing was written. The key is wrong, expired or missing',
    environment: {
      living: { ...nowhere, AWS_ACCESS_KEY_ID: "AKIAOTHERS", AWS_SECRET_ACCESS_KEY: others },
      empty: nowhere,
    },
    secrets: [ours, others, dead],
    async live(fqdn) {
      return (await moto.live(zoneId, fqdn)).map((line) => line.replace(/\. (?=\d+$)/, " "));
    },
    async set(fqdn, values, TTL) {
      const there = (await moto.live(zoneId, fqdn)).map((line) => line.split(" "));
      const setOf = (all: string[], ttl: number) => ({ TTL: ttl, ResourceRecords: all.map((Value) => ({ Value })) });
      if (values.length > 0) return moto.write(zoneId, "UPSERT", fqdn, setOf(values, TTL));
      const own = there.map(([, value = ""]) => value);
      await moto.write(zoneId, "DELETE", fqdn, setOf(own, Number(there[0]?.[2])));
    },
    refuse(fqdn) {
      moto.fault({
        body: bodyOf(fqdn),
        status: 403,
        code: "AccessDenied",
        message: "User: x is not authorized",
        method,
        path,
      });
      return 'was refused (403): "User: x is not authorized (AccessDenied)". Nothing was written. The key needs route53:ListHostedZonesByName';
    },
    putOff(fqdn) {
      moto.fault({ body: bodyOf(fqdn), status: 400, code: "Throttling", message: "Rate exceeded", method, path });
    },
    writes: () => moto.journal.filter((line) => line === "POST rrset").length,
    served: () => moto.served(zoneId),
    stop: () => moto.stop(),
  };
});
