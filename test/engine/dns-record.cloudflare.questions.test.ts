// DnsRecord answers the table of questions on the real engine, at a fake Cloudflare.
import { startFakeCloudflare } from "../support/fake-cloudflare";
import { zone } from "../support/record-stories";
import { askVendor } from "../support/record-vendors";

askVendor("cloudflare", async () => {
  const cloudflare = await startFakeCloudflare();
  cloudflare.addZone(zone);
  const [ours, others] = [cloudflare.addToken(), cloudflare.addToken()];
  const dead = "0123456789abcdef0123456789abcdef-dead";
  const { apiUrl } = cloudflare;
  /** A write names a new record, or the id of one that is there. */
  const writeOf = (fqdn: string) => {
    const ids = cloudflare.records(fqdn).map(({ id }) => id);
    return { path: /\/batch$/, body: new RegExp([fqdn, ...ids].join("|")) };
  };
  return {
    via: { cloudflare: { apiToken: { $secret: ours }, apiUrl } },
    wrongVia: { cloudflare: { apiToken: { $secret: dead }, apiUrl } },
    wrongSays:
      'was refused (403): "Invalid access token (9109)". Nothing was written. The token is wrong, expired or deleted',
    environment: { living: { CLOUDFLARE_API_TOKEN: others }, empty: {} },
    secrets: [ours, others, dead],
    live: (fqdn) => cloudflare.live(fqdn),
    set(name, values, ttl) {
      for (const { id, type } of cloudflare.records(name)) if (type === "A") cloudflare.remove(id);
      for (const content of values) cloudflare.add({ name, type: "A", content, ttl, proxied: false });
    },
    refuse(fqdn) {
      cloudflare.fault({ status: 403, errors: [{ code: 10000, message: "Authentication error" }], ...writeOf(fqdn) });
      return 'was refused (403): "Authentication error (10000)". Nothing was written. The token needs the permissions Zone.DNS Edit';
    },
    putOff(fqdn) {
      const errors = [{ code: 971, message: "Please wait and consider throttling your request speed" }];
      cloudflare.fault({ status: 429, errors, headers: { "retry-after": "1" }, ...writeOf(fqdn) });
    },
    writes: () => cloudflare.journal.filter((line) => line.startsWith("POST")).length,
    served: cloudflare.served,
    stop: () => cloudflare.close(),
  };
});
