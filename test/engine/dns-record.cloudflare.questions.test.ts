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
  const writePath = /\/batch$/;
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
    refuse() {
      cloudflare.fault({ status: 403, errors: [{ code: 10000, message: "Authentication error" }], path: writePath });
      return 'was refused (403): "Authentication error (10000)". Nothing was written. The token needs the permissions Zone.DNS Edit';
    },
    putOff() {
      const errors = [{ code: 971, message: "Please wait and consider throttling your request speed" }];
      cloudflare.fault({ status: 429, errors, headers: { "retry-after": "1" }, path: writePath });
    },
    writes: () => cloudflare.journal.filter((line) => line.startsWith("POST")).length,
    served: cloudflare.served,
    stop: () => cloudflare.close(),
  };
});
