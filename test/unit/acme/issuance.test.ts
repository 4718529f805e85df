// One certificate at a server that does not do what it was asked to.
import { issueCertificate } from "../../../provider/acme/issuance";
import type { JournalEntry } from "../../../provider/acme/issuance";
import type { ChallengeProof, Solver } from "../../../provider/acme/solver";
import { journalInMemory } from "../../support/acme";
import { issuingDouble } from "../../support/acme-issuer";
import type { SignedAs } from "../../support/acme-issuer";
import { directoryUrl } from "../../support/acme-double";

const names = ["a.example.test", "b.example.test"];
const origin = new URL(directoryUrl).origin;

function solverOf() {
  const presented: string[] = [];
  const present = (proofs: readonly ChallengeProof[]) =>
    Promise.resolve(void presented.push(...proofs.map((one) => one.name)));
  const removed: string[] = [];
  const cleanUp = (proofs: readonly ChallengeProof[]) =>
    Promise.resolve(void removed.push(...proofs.map((one) => one.keyAuthorization)));
  const nothing = () => Promise.resolve();
  const solver: Solver = { type: "dns-01", present, wait: nothing, cleanUp };
  return { ...solver, presented, removed };
}

async function issuedBy(
  options: Parameters<typeof issuingDouble>[0],
  left: JournalEntry = { presented: [] },
  more = {},
) {
  const double = await issuingDouble(options);
  const journal = journalInMemory(left);
  const solver = solverOf();
  const request = { called: "TlsCertificate site", keyType: "ec-p256" as const, names, ...more };
  const outcome = await issueCertificate(double.holder, request, solver, journal).then(
    (made) => ({ made, says: "it is used" }),
    (error: Error) => ({ made: undefined, says: error.message }),
  );
  return { ...outcome, ...double, journal, presented: solver.presented, removed: solver.removed };
}

test.each<[string, SignedAs, string]>([
  [
    "of the past",
    { notBefore: new Date("2021-01-01"), notAfter: new Date("2021-04-01") },
    "it has expired already, on 2021-04-01T00:00:00.000Z",
  ],
  [
    "of the future",
    { notBefore: new Date("2036-01-01"), notAfter: new Date("2036-04-01") },
    "it begins only on 2036-01-01T00:00:00.000Z",
  ],
  [
    "with a chain of somebody else",
    { chain: "another" },
    "certificate 2 of its chain has not issued the one before it",
  ],
  ["of an authority", { isAuthority: true }, "it is the certificate of an authority"],
  ["with a common name only", { names: [], subject: "CN=a.example.test" }, "a.example.test is not in it"],
  ["for one more name", { names: [...names, "evil.example.org"] }, "it is for evil.example.org too"],
  ["for fewer names", { names: names.slice(1) }, "a.example.test is not in it"],
])("a certificate %s is not used", async (_what, as, odd) => {
  const { says } = await issuedBy({ as });
  expect(says).toContain(`got a certificate that was not asked for: ${odd}. It was not used.`);
});

test.each<[string, SignedAs]>([
  ["with the names that authorities add", { names: [...names, "www.a.example.test"] }],
  ["that begins in an hour by a clock that is behind", { notBefore: new Date("2026-11-29T13:00:00Z") }],
  ["without a chain", { chain: "none" }],
])("a certificate %s is used", async (_what, as) => {
  expect((await issuedBy({ as })).says).toBe("it is used");
});

test("nothing is published for a name that was not ordered", async () => {
  const challenges = [{ type: "dns-01", url: `${origin}/chall/0`, token: "t".repeat(30), status: "pending" }];
  const authorization = (value: string) => ({
    json: { status: "pending", identifier: { type: "dns", value }, challenges },
  });
  const bank = await issuedBy({
    isPending: true,
    answer: (path) => (path === "/authz/1" ? authorization("bank.example.test") : undefined),
  });
  expect(bank.says).toContain("it is for bank.example.test, which was not ordered.");
  const twice = await issuedBy({
    isPending: true,
    answer: (path) => (path.startsWith("/authz/") ? authorization("a.example.test") : undefined),
  });
  expect(twice.says).toContain("a.example.test has more than one.");
  expect([bank.presented, twice.presented]).toEqual([[], []]);
  const good = await issuedBy({ isPending: true });
  expect([good.says, good.presented]).toEqual(["it is used", names]);
});

test("an order of other names than those that were asked for is not gone on with", async () => {
  const authorizations = [`${origin}/authz/0`];
  const other = { status: "ready", identifiers: [{ type: "dns", value: "other.example.test" }], authorizations };
  const json = { ...other, finalize: `${origin}/finalize` };
  const made = await issuedBy({
    answer: (path) => (path === "/order" ? { status: 201, headers: { location: `${origin}/o/1` }, json } : undefined),
  });
  expect(made.says).toContain("its identifiers are not those that were ordered.");
  const { privateKeyPem } = (await issuedBy({})).made ?? { privateKeyPem: "" };
  const begun = { orderUrl: `${origin}/o/9`, privateKeyPem, begunAt: "2026-11-29T11:00:00Z" };
  const left = await issuedBy({ answer: (path) => (path === "/o/9" ? { json } : undefined) }, { begun, presented: [] });
  expect(left.says).toBe("it is used");
  expect(left.said).toEqual([
    "TlsCertificate site: the order that an earlier run left cannot be used (it is of other names); a new one is made.",
  ]);
});

test.each(["orderNotReady", "badCSR", "caa", "rejectedIdentifier", "malformed"])(
  "an order whose certificate was refused (%s) is not gone on with",
  async (type) => {
    const json = { type: `urn:ietf:params:acme:error:${type}`, detail: "no" };
    const refused = await issuedBy({ answer: (path) => (path === "/finalize" ? { status: 403, json } : undefined) });
    expect(refused.says).toContain("was refused (403)");
    expect(refused.says).not.toContain("Nothing was ordered");
    expect(refused.journal.read()).toEqual({ presented: [] });
  },
);

test("a chain that cannot be read withholds no certificate", async () => {
  const link = { link: `<${origin}/cert/1>;rel="alternate", <${origin}/cert/2>;rel="alternate"` };
  const { made, requests } = await issuedBy(
    { headers: link, answer: (path) => (path.startsWith("/cert/") ? { status: 500 } : undefined) },
    { presented: [] },
    { preferredChain: "Wanted Root" },
  );
  expect(made).toMatchObject({ isPreferred: false, roots: ["Some Root"] });
  expect(made?.unread).toContain("failed at the server (500)");
  expect(requests.filter((one) => one === "POST /cert/2")).toEqual([]);
  const first = await issuedBy({ headers: link }, { presented: [] }, { preferredChain: "Some Root" });
  expect(first.made).toMatchObject({ isPreferred: true, roots: ["Some Root"] });
});

test("what a killed run left is taken away also where the account's key, the names or the profile are others now", async () => {
  const { privateKeyPem } = (await issuedBy({})).made ?? { privateKeyPem: "" };
  const begun = { orderUrl: `${origin}/o/9`, privateKeyPem, begunAt: "2026-11-29T11:00:00Z", kind: "ec-p256 " };
  const presented = [{ name: "a.example.test", token: "t".repeat(30), keyAuthorization: "of another key" }];
  const json = (status: string, ...values: string[]) => ({
    ...{ status, identifiers: values.map((value) => ({ type: "dns", value })), finalize: `${origin}/finalize` },
    authorizations: values.map((_, at) => `${origin}/authz/${at}`),
  });
  const found = (...values: string[]) => ({
    answer: (path: string) => (path === "/o/9" ? { json: json("pending", ...values) } : undefined),
  });
  const other = await issuedBy(found("old.example.test"), { begun, presented });
  expect([other.says, other.removed]).toEqual(["it is used", ["of another key"]]);
  const profile = await issuedBy(found(...names), { begun, presented }, { profile: "classic" });
  expect([profile.says, profile.removed]).toEqual(["it is used", ["of another key"]]);
  expect(profile.said.join()).toContain("(it is of another profile or keyType)");
  const authorization = (path: string) => ({
    json: {
      ...{ status: "pending", identifier: { type: "dns", value: names[Number(path.at(-1))] } },
      challenges: [{ type: "dns-01", url: `${origin}/chall/0`, token: "t".repeat(30), status: "pending" }],
    },
  });
  const refused = { json: { type: "urn:ietf:params:acme:error:malformed", detail: "no" }, status: 400 };
  const rotated = await issuedBy(
    {
      answer: (path) =>
        path.startsWith("/authz/")
          ? authorization(path)
          : path.startsWith("/chall/")
            ? refused
            : found(...names).answer(path),
    },
    { begun, presented },
  );
  expect(rotated.removed).toHaveLength(3);
  expect(rotated.removed).toContain("of another key");
  expect(rotated.journal.read().presented).toEqual([]);
});
