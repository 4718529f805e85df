// Caddy with its admin API answers http-01 challenges of a real Pebble: the contract of all servers, and what only Caddy can be like.
import { askAdmin, startCaddyApi } from "../support/caddy-api";
import { caddyApiEdge } from "../support/edges";
import type { ChallengeProof, Solver } from "../../provider/acme/solver";
import { httpSolver } from "../../provider/proxy/challenge";
import { startCaddy } from "../support/caddy";
import { got, http01Contract, proofOf } from "../support/contract-http01";
import { contextOf } from "../support/routes";

http01Contract("caddy", "127.0.43.21", {
  start: async ({ listen, host }) => {
    const answering = (match: object, status: number, body: string) => ({
      ...match,
      handle: [{ handler: "static_response", status_code: status, body }],
    });
    const routes = [
      answering({ match: [{ host: [host] }] }, 404, "own"),
      answering({ match: [{ path: ["/"] }] }, 200, "default"),
      answering({}, 404, "none"),
    ];
    return caddyApiEdge(
      await startCaddyApi({
        apps: { http: { http_port: Number(listen.split(":")[1]), servers: { own: { listen: [listen], routes } } } },
      }),
    );
  },
  left: async (edge) => {
    const { adminSocket = "" } = edge.server()["caddy"] as { adminSocket?: string };
    const { body } = await askAdmin(adminSocket, "GET", "/config/");
    return JSON.stringify(body).includes("pulumi-telegram") ? [JSON.stringify(body)] : [];
  },
});

describe("a Caddy of the user's own", () => {
  const [address, port, tlsPort] = ["127.0.43.24", 8080, 8443];
  const host = "shop.example.test";
  const answering = (at: number, name: string, path: string) => got(address, at, name, path).catch(() => undefined);
  const solverOf = (settings: object, listen = `${address}:${port}`): Solver =>
    httpSolver({ server: { caddy: settings } as never, listen }, contextOf([], 200));
  const answered = ({ name, token }: ChallengeProof) => answering(port, name, `/.well-known/acme-challenge/${token}`);

  test("that redirects to https by itself goes on with that while it answers", async () => {
    const policies = [{ issuers: [{ module: "acme", ca: "https://127.0.0.1:1/dir" }] }];
    const routes = [{ match: [{ host: [host] }], handle: [{ handler: "static_response", body: "own" }] }];
    const own = {
      apps: {
        http: { http_port: port, https_port: tlsPort, servers: { own: { listen: [`${address}:${tlsPort}`], routes } } },
        tls: { automation: { policies } },
      },
    };
    const caddy = await startCaddyApi(own);
    try {
      const proofs = [proofOf(host), proofOf("fresh.example.test")];
      expect((await answering(port, host, "/own"))?.status).toBe(308);
      await solverOf(caddy.settings).present(proofs, contextOf([], 200));
      for (const proof of proofs) expect((await answered(proof))?.body).toBe(proof.keyAuthorization);
      expect((await answering(port, host, "/own"))?.status).toBe(308);
      await solverOf(caddy.settings).cleanUp(proofs, contextOf([], 200));
      expect((await askAdmin(caddy.adminSocket, "GET", "/config/")).body).toEqual(own);
      expect((await answering(port, host, "/own"))?.status).toBe(308);
    } finally {
      await caddy.dispose();
    }
  });

  test("that is run by a Caddyfile is told what to do, and nothing is written", async () => {
    const caddy = await startCaddy(`http://:${port} {\n\tbind ${address}\n\trespond own\n}`);
    try {
      const { adminSocket, settings } = caddy;
      const work = solverOf({ ...settings, adminSocket }).present([proofOf(host)], contextOf([], 200));
      await expect(work).rejects.toMatchObject({
        code: "PROXY_REFUSED",
        message: expect.stringMatching(
          /runs without --resume.*Nothing was changed\. Run it as `caddy run --resume` .*, or give http01\.webroot/,
        ) as string,
      });
    } finally {
      await caddy.dispose();
    }
  });
});
