// Every server of ours under 20 clients while secret and certificate rotate by a reload: no genuine update is refused, no forged one accepted.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RouteState } from "../../provider/proxy/route/fields";
import { startCaddy } from "../support/caddy";
import { startEdge } from "../support/edges";
import type { ServerName } from "../support/edges";
import { certificateFor, startBot } from "../support/nginx";
import { run } from "../support/process";
import { post, rotateUnderClients } from "../support/rotation-clients";
import type { Pem, Rotated } from "../support/rotation-clients";
import { applyRoute, readRoute, removeRoute, routeOf } from "../support/routes";

/** Each with an address of its own. haproxy over its socket is in proxy-runtime.test.ts. */
const addresses: Partial<Record<ServerName, string>> = { nginx: "127.0.7.141", haproxy: "127.0.7.142" };
const host = "bots.example.com";

test.each(Object.entries(addresses) as [ServerName, string][])(
  "six rotations of the secret and six of the certificate of %s by reloads, under 20 clients, refuse no genuine update and accept no forged one",
  async (name, address) => {
    const bot = await startBot();
    const edge = await startEdge[name]({ listen: `${address}:8081`, host });
    try {
      const place = { address, port: 8443, host, path: "/tg/b1" };
      const apply = (rotated: Rotated, old?: RouteState) => {
        const where = { attach: "listener", hostname: host, path: place.path, listen: `${address}:8443` };
        return applyRoute(routeOf({ server: edge.server(), ...where, upstream: bot.url, ...rotated }), [], old);
      };
      const { seen, state, secretBeforeLast } = await rotateUnderClients(name, place, apply);
      expect(seen).toEqual({ genuine: seen.genuine, refused: 0, forgedIn: 0, resets: seen.resets });
      expect(seen.genuine).toBeGreaterThan(100);
      expect(edge.reloads()).toBe(13); // the one that made the route, and twelve
      expect(await readRoute(state)).toEqual(state);
      expect((await post(place, secretBeforeLast)).status).toBe(401);
      await removeRoute(state);
    } finally {
      await Promise.all([edge.dispose(), bot.close()]);
    }
  },
  180_000,
);

test("six rotations of the secret and six of the certificate of a site of Caddy's, under 20 clients, refuse no genuine update and accept no forged one", async () => {
  const [bot, pem] = await Promise.all([startBot(), certificateFor(host)]);
  const place = { address: "127.0.7.143", port: 8443, host, path: "/tg/b1" };
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-site-"));
  const [certificate, key] = [path.join(folder, "certificate.pem"), path.join(folder, "key.pem")];
  const write = (one: Pem) => {
    writeFileSync(certificate, one.certificatePem);
    writeFileSync(key, one.privateKeyPem, { mode: 0o600 });
  };
  write(pem);
  const site = `bind ${place.address}\n tls ${certificate} ${key}\n import {directory}/locations/${host}/*.caddy`;
  const caddy = await startCaddy(`https://${host}:${place.port} {\n ${site}\n}`);
  try {
    const apply = async ({ tls, ...rotated }: Rotated, old?: RouteState) => {
      write(tls.pem); // the certificate is the site's own, and so is its renewal
      const [command = "", ...words] = [...caddy.settings.reload, "--force"];
      await run(command, words);
      const where = { attach: "location", hostname: host, path: place.path, listen: `${place.address}:${place.port}` };
      return applyRoute(
        routeOf({ server: { caddy: caddy.settings }, ...where, upstream: bot.url, ...rotated }),
        [],
        old,
      );
    };
    const { seen, state, secretBeforeLast } = await rotateUnderClients("caddy", place, apply);
    expect(seen).toEqual({ genuine: seen.genuine, refused: 0, forgedIn: 0, resets: seen.resets });
    expect(seen.genuine).toBeGreaterThan(100);
    expect(await readRoute(state)).toEqual(state);
    expect((await post(place, secretBeforeLast)).status).toBe(401);
    await removeRoute(state);
  } finally {
    await Promise.all([caddy.dispose(), bot.close()]);
    rmSync(folder, { recursive: true });
  }
}, 180_000);
