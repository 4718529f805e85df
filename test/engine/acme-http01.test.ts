// A certificate that is proved by http-01 on the real CLI: nginx answers for a name and an address, what cannot be proved is refused in the preview.
import { X509Certificate } from "node:crypto";
import { filesBelow, startNginx } from "../support/nginx";
import { startPebble } from "../support/pebble";
import { certificateProject, madeOf } from "../support/rotation";
import { both } from "../support/webhooks";

jest.setTimeout(300_000);

test("a name and an address are proved by nginx, nothing is left, and a wildcard is refused in the preview", async () => {
  const address = "127.0.42.6";
  const pebble = await startPebble();
  const listen = `${address}:${pebble.httpPort}`;
  const nginx = await startNginx(`server { listen ${listen} default_server; location / { return 200 default; } }`);
  const project = await certificateProject();
  try {
    await pebble.answer("set-default-ipv4", { ip: address });
    project.environment["NODE_EXTRA_CA_CERTS"] = pebble.caFile;
    const account = Object.fromEntries(
      ["directoryUrl", "accountUrl", "privateKeyPem"].map((name) => [name, { $out: ["account", name] }]),
    );
    const server = { nginx: nginx.settings };
    const declare = (names: string[], http01: object) => {
      const acme = { account, challenge: { http01 }, profile: "shortlived", schedule: "external" };
      project.declare({
        account: { type: "AcmeAccount", args: { directoryUrl: pebble.directoryUrl } },
        cert: { type: "TlsCertificate", args: { names, issuer: { acme } } },
      });
    };
    declare(["*.example.test"], { server, listen });
    const refused = await project.preview([], { expect: 1 });
    expect(both(refused)).toContain(
      "issuer has acme.challenge.http01, by which no server proves a wildcard such as *.example.test; leave it out of names, or take dns01",
    );
    declare(["bot.example.test", address], { server, listen });
    await project.up();
    const leaf = new X509Certificate(madeOf(project, "cert")["certificatePem"] ?? "");
    expect(leaf.subjectAltName).toBe(`DNS:bot.example.test, IP Address:${address}`);
    expect(Object.keys(filesBelow(nginx.settings.directory))).toEqual(["lock"]);
    expect(nginx.errorLog()).not.toMatch(/\[(?:warn|error|crit|emerg)\]/);
    await project.preview(["--expect-no-changes"]);
  } finally {
    await project.dispose();
    await nginx.dispose();
    await pebble.stop();
  }
});
