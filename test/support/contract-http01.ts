// The contract of http-01, on a real proxy server and a real Pebble: challenges are answered beside what is there, and nothing of them is left.
import http from "node:http";
import { randomBytes } from "node:crypto";
import type { Issuance } from "../../provider/acme/issuance";
import type { Holder } from "../../provider/acme/accounts";
import type { ChallengeProof, Solver } from "../../provider/acme/solver";
import type { OperationContext } from "../../provider/core/logic";
import { httpSolver } from "../../provider/proxy/challenge";
import type { HttpChallenge } from "../../provider/proxy/challenge";
import { namesOf } from "../../provider/x509/names";
import { certificatesIn } from "../../provider/x509/pem";
import { acmeSession, issued, newHolder } from "./acme";
import type { AcmeSession } from "./acme";
import { startEdge } from "./edges";
import type { ServerName, Site, TestEdge } from "./edges";
import { filesBelow } from "./nginx";
import { startPebble } from "./pebble";
import type { Pebble } from "./pebble";

/** A host of the user's own site, and one that only the default of the site answers. */
export const siteHost = "site.example.test";
const [freshHost, nobodysHost] = ["fresh.example.test", "nobody.example.test"];
const challengePath = "/.well-known/acme-challenge/";

export interface HttpAnswer {
  status: number;
  type: string | undefined;
  body: string;
}

/** What a GET with this host is answered. */
export function got(address: string, port: number, host: string, path: string): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { host: `${host}:${port}` };
    const request = http.get({ host: address, port, path, headers, agent: false, timeout: 30_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"], body }),
      );
    });
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error("no answer within 30 s")));
  });
}

/** Made up, for what is presented without an order. */
export function proofOf(name: string): ChallengeProof {
  const token = randomBytes(32).toString("base64url");
  return { name, token, keyAuthorization: `${token}.${randomBytes(32).toString("base64url")}` };
}

/** Certificates of one Pebble whose names lead to one address, and the solvers of certificates called `name` in one stack. */
export interface Orders {
  pebble: Pebble;
  /** What the server and we have said. */
  said(): string[];
  context(name?: string): OperationContext;
  solver(challenge: Omit<HttpChallenge, "listen">, name?: string): Solver;
  issue(solver: Solver, names: string[], profile?: string): Promise<Issuance>;
  close(): Promise<void>;
}

export async function ordersAt(address: string): Promise<Orders> {
  const pebble = await startPebble();
  let session: AcmeSession | undefined;
  let holder: Holder;
  try {
    await pebble.answer("set-default-ipv4", { ip: address });
    session = acmeSession(pebble, { seconds: 900 });
    holder = await newHolder(session.server);
  } catch (error) {
    await session?.close();
    await pebble.stop();
    throw error;
  }
  const { server, said } = session;
  const context = (name = "site"): OperationContext => ({
    ...server.context,
    ...{ name, id: undefined, owner: "organization/project/stack", randomBytes: (size: number) => randomBytes(size) },
    hide: () => undefined,
    config: () => undefined,
  });
  return {
    pebble,
    said: () => said,
    context,
    solver: (challenge, name) => httpSolver({ listen: `${address}:${pebble.httpPort}`, ...challenge }, context(name)),
    issue: (solver, names, profile = "classic") => issued(holder, solver, { names, profile }),
    async close() {
      await session.close();
      await pebble.stop();
    },
  };
}

/** The same solver, with a look at what is in force once all is presented. */
export function watched(solver: Solver, look: (proofs: readonly ChallengeProof[]) => Promise<void>): Solver {
  return { ...solver, wait: (proofs) => look(proofs) };
}

export const namesIn = ({ certificatePem }: Issuance): string[] =>
  certificatesIn(certificatePem).slice(0, 1).flatMap(namesOf);

/** `start`: the server with the user's own site; `left`: what of ours is still there, beside a lock. */
export function http01Contract(
  name: ServerName,
  address: string,
  {
    start = startEdge[name],
    left = ({ settings }) =>
      Promise.resolve(Object.keys(filesBelow(settings.directory)).filter((file) => file !== "lock")),
  }: { start?: (site: Site) => Promise<TestEdge>; left?: (edge: TestEdge) => Promise<string[]> } = {},
): void {
  describe(`http-01 by ${name}`, () => {
    let orders: Orders;
    let edge: TestEdge;
    let port: number;
    beforeAll(async () => {
      orders = await ordersAt(address);
      port = orders.pebble.httpPort;
      edge = await start({ listen: `${address}:${port}`, host: siteHost });
    });
    afterAll(async () => {
      await edge?.dispose();
      await orders?.close();
    });
    afterEach(async () => expect(await left(edge)).toEqual([]));

    const solver = (called?: string) => orders.solver({ server: edge.server() as never }, called);
    const ask = (host: string, path: string) => got(address, port, host, path);
    /** Whoever takes connections: a process of before the last reload may still take some. */
    const inForce = async (proofs: ChallengeProof[]) => {
      for (let [inRow, end] = [0, Date.now() + 60_000]; inRow < 10 && Date.now() < end;) {
        const all = await Promise.all(proofs.map((proof) => askFor(proof).catch(() => undefined)));
        inRow = all.every((one, at) => one?.body === proofs[at]?.keyAuthorization) ? inRow + 1 : 0;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const askFor = ({ name: host, token }: ChallengeProof) => ask(host, `${challengePath}${token}`);

    test("names of the user's own site and of nobody are proved, and all else is answered as before", async () => {
      const before = [await ask(siteHost, "/own"), await ask("other.example.test", "/"), await ask(freshHost, "/")];
      const seen = watched(solver(), async (proofs) => {
        expect(proofs.map((proof) => proof.name).sort()).toEqual([freshHost, siteHost]);
        for (const proof of proofs) {
          const { keyAuthorization: body } = proof;
          expect(await askFor(proof)).toEqual({ status: 200, type: "text/plain", body });
          expect((await ask(proof.name, `${challengePath}${"x".repeat(43)}`)).status).not.toBe(200);
        }
        expect(await ask(siteHost, "/own")).toEqual(before[0]);
        expect(await ask("other.example.test", "/")).toEqual(before[1]);
      });
      expect(namesIn(await orders.issue(seen, [siteHost, freshHost])).sort()).toEqual([freshHost, siteHost]);
      expect([await ask(siteHost, "/own"), await ask("other.example.test", "/"), await ask(freshHost, "/")]).toEqual(
        before,
      );
    });

    test("an IPv4 address is proved, for a certificate of six days", async () => {
      expect(namesIn(await orders.issue(solver(), [address], "shortlived"))).toEqual([address]);
    });

    test("two certificates of one name at once are both issued", async () => {
      const all = await Promise.all(["one", "two"].map((called) => orders.issue(solver(called), [siteHost])));
      expect(all.map(namesIn)).toEqual([[siteHost], [siteHost]]);
    });

    test("a name that is not proved leaves nothing behind", async () => {
      await orders.pebble.answer("add-a", { host: nobodysHost, addresses: ["127.0.42.99"] });
      await expect(orders.issue(solver(), [nobodysHost])).rejects.toMatchObject({ code: "ACME_NOT_PROVED" });
    });

    test("what was presented twice does nothing the second time, and what is gone is no fault", async () => {
      const proofs = [proofOf(siteHost), proofOf(freshHost)];
      await solver().present(proofs, orders.context());
      await inForce(proofs);
      const reloads = edge.reloads();
      await solver().present(proofs, orders.context());
      expect(edge.reloads()).toBe(reloads);
      await solver().cleanUp(proofs, orders.context());
      for (const proof of proofs) expect((await askFor(proof)).body).not.toBe(proof.keyAuthorization);
      await solver().cleanUp(proofs, orders.context());
    });

    test("what a killed run left goes with the next order of its certificate, and another one's stays", async () => {
      const [lost, foreign] = [proofOf(freshHost), proofOf(freshHost)];
      await solver().present([lost], orders.context());
      await solver("other").present([foreign], orders.context("other"));
      await orders.issue(
        watched(solver(), async () => {
          expect((await askFor(lost)).status).toBe(404);
          expect((await askFor(foreign)).body).toBe(foreign.keyAuthorization);
        }),
        [freshHost],
      );
      expect((await askFor(foreign)).body).toBe(foreign.keyAuthorization);
      await solver("other").cleanUp([foreign], orders.context("other"));
    });
  });
}
