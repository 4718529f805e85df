// haproxy answers http-01 challenges of a real Pebble: the contract of all servers, and what only haproxy can be like.
import type { ChallengeProof } from "../../provider/acme/solver";
import { httpSolver } from "../../provider/proxy/challenge";
import { got, http01Contract, proofOf } from "../support/contract-http01";
import { startHaproxy } from "../support/haproxy";
import type { Haproxy } from "../support/haproxy";
import { filesBelow } from "../support/nginx";
import { applyRoute, contextOf, hurried, inTheEnd, removeRoute, routeOf } from "../support/routes";

http01Contract("haproxy", "127.0.43.22");

describe("a haproxy of the user's own", () => {
  const [address, port, free] = ["127.0.43.23", 8080, 8081];
  let haproxy: Haproxy;
  beforeAll(async () => {
    haproxy = await startHaproxy(`frontend own
    bind ${address}:${port}
    default_backend own
backend own
    http-request return status 200 content-type text/plain string own`);
  });
  afterAll(() => haproxy?.dispose());
  afterEach(() => expect(ours()).toEqual([]));

  const ours = () => Object.keys(filesBelow(haproxy.settings.directory)).filter((file) => file !== "lock");
  const context = (name: string) => ({ ...contextOf([], 200), name });
  const solver = (name: string, at = free, more: object = {}, by = context(name)) =>
    httpSolver({ server: { haproxy: { ...haproxy.settings, ...more } } as never, listen: `${address}:${at}` }, by);
  const answered = async ({ name, token }: ChallengeProof, at = free) => {
    return (await got(address, at, name, `/.well-known/acme-challenge/${token}`)).body;
  };

  test("takes further answers over its runtime socket, without a reload", async () => {
    const more = { socket: haproxy.socket };
    const [first, second] = [proofOf("one.example.test"), proofOf("two.example.test")];
    await solver("one", free, more).present([first], context("one"));
    await inTheEnd(() => answered(first), first.keyAuthorization);
    const reloads = haproxy.reloads();
    await solver("two", free, more).present([second], context("two"));
    expect([await answered(first), await answered(second)]).toEqual([first.keyAuthorization, second.keyAuthorization]);
    await solver("one", free, more).cleanUp([first], context("one"));
    expect([await answered(first), await answered(second)]).toEqual(["", second.keyAuthorization]);
    expect(haproxy.reloads()).toBe(reloads);
    await solver("two", free, more).cleanUp([second], context("two"));
  });

  test("whose frontend does not lead to the answers is told the line, and is as before", async () => {
    const proof = proofOf("bots.example.test");
    const hurry = { ...hurried(context("one")), name: "one" };
    await expect(solver("one", port, {}, hurry).present([proof], hurry)).rejects.toMatchObject({
      code: "ROUTE_NOT_IN_FORCE",
      message: expect.stringContaining(
        `add \`use_backend pulumi-telegram.%[str(acme)] if { path_beg /.well-known/acme-challenge/ }\` to the frontend that binds ${address}:${port}, as its first use_backend`,
      ) as string,
    });
    expect(await answered(proof, port)).toBe("own");
  });

  test("has a route's listener without TLS answer too, whichever of the two is first", async () => {
    const listen = `${address}:${free}`;
    const inputs = routeOf({
      ...{ server: { haproxy: haproxy.settings }, attach: "listener", hostname: "bots.example.test", listen },
      ...{ path: "/tg/b1", tls: "none", upstream: "http://127.0.0.1:9", secretTokens: ["secret"] },
    });
    const [first, second] = [proofOf("one.example.test"), proofOf("two.example.test")];
    await solver("one").present([first], context("one"));
    const state = await applyRoute(inputs);
    expect(ours().filter((file) => file.startsWith("10-"))).toEqual([`10-listener-${address}_${free}.cfg`]);
    expect(await inTheEnd(() => answered(first), first.keyAuthorization)).toBe(first.keyAuthorization);
    await solver("two").present([second], context("two"));
    await solver("one").cleanUp([first], context("one"));
    expect(await inTheEnd(() => answered(second), second.keyAuthorization)).toBe(second.keyAuthorization);
    await removeRoute(state);
    await solver("two").cleanUp([second], context("two"));
  });
});
