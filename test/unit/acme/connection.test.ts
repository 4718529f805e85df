// Requests to an ACME server: what is tried again, how long is waited, and what is said when it does not help.
import { makeAccount } from "../../../provider/acme/accounts";
import { newOrder } from "../../../provider/acme/orders";
import { makeLeaf, makeRoot } from "../../../provider/x509/make";
import { makeKey } from "../../../provider/x509/request";
import { signingKey } from "../../../provider/acme/jws";
import type { SigningKey } from "../../../provider/acme/jws";
import type { HttpRequest } from "../../../provider/core/http";
import { acmeDouble, directoryUrl, goodDirectory, problem } from "../../support/acme-double";
import type { Said } from "../../support/acme-double";

let key: SigningKey;
let privateKeyPem: string;
beforeAll(async () => {
  privateKeyPem = await makeKey("ec-p256");
  key = signingKey(privateKeyPem) as SigningKey;
});

const made: Said = { status: 201, headers: { location: `${directoryUrl}/acct/1` }, json: { status: "valid" } };

/** Makes an account at a server that gives these answers, one after the other; the last one again and again. */
async function account(...answers: Said[]) {
  const double = acmeDouble((path) =>
    path === "/account" ? (answers.length > 1 ? answers.shift() : answers[0]) : undefined,
  );
  const said = await makeAccount(double.server, key).then(
    () => "made",
    (error: Error & { code: string }) => `${error.message} [${error.code}]`,
  );
  return { ...double, said, tries: double.requests.filter((line) => line === "POST /account").length };
}

const badNonce: Said = { status: 400, ...problem("badNonce") };

test("a nonce that is refused is followed by the next, without a wait", async () => {
  const { said, tries, elapsed, requests } = await account(badNonce, badNonce, made);
  expect({ said, tries, waited: elapsed() }).toEqual({ said: "made", tries: 3, waited: 0 });
  expect(requests.filter((line) => line === "HEAD /nonce")).toEqual([]); // the directory's answer had one
});

test("a server that refuses each nonce is told of", async () => {
  const { said, tries } = await account(badNonce);
  expect(tries).toBe(4 * 12);
  expect(said).toMatch(
    /newAccount at acme\.example\.test was refused 12 times, each time because of the nonce.*\[ACME_UNREACHABLE\]$/,
  );
});

test("a fault of the server's is tried four times", async () => {
  const { said, tries, elapsed } = await account({ status: 503, text: "<html>\nupstream\tdown" });
  expect(tries).toBe(4);
  expect(elapsed()).toBeGreaterThan(1);
  expect(said).toBe(
    'acme newAccount at acme.example.test failed at the server (503): "<html> upstream down". What is there already stays as it is. Run pulumi up again later. [ACME_UNREACHABLE]',
  );
});

test("a server that gives no answer is told of with the reason", async () => {
  const { said, tries } = await account({ noAnswer: "connect ECONNREFUSED 203.0.113.5:443" });
  expect(tries).toBe(4);
  expect(said).toMatch(/got no answer \(connect ECONNREFUSED 203\.0\.113\.5:443\)\..*\[ACME_UNREACHABLE\]$/);
});

test("a short wait that the server asks for is obeyed, and a long one is told", async () => {
  const limited = (seconds: string): Said => ({
    status: 429,
    headers: { "retry-after": seconds },
    ...problem("rateLimited"),
  });
  const short = await account(limited("7"), made);
  expect([short.said, short.elapsed()]).toEqual(["made", 7]);
  expect(short.said).not.toContain("limit");
  const long = await account(limited("86400"));
  expect([long.tries, long.elapsed()]).toEqual([1, 0]);
  expect(long.said).toContain("Run pulumi up again after 2026-11-30T12:00:00Z. [ACME_RATE_LIMITED]");
});

test.each([
  ["a page", { text: "<html>sign in" }, "it is no JSON (200 OK)"],
  ["another JSON", { json: [] }, "it is no account"],
  ["an account without an address", { json: { status: "valid" } }, "its address of the account is no URL"],
  [
    "an account elsewhere",
    { json: { status: "valid" }, headers: { location: "https://elsewhere.example/1" } },
    "its address of the account leads away from https://acme.example.test",
  ],
])("%s is no answer", async (_name, answer, odd) => {
  const { said, tries } = await account(answer);
  expect(tries).toBe(1);
  expect(said).toContain(`got an answer that ACME does not know: ${odd}. It was not used.`);
  expect(said).toContain("[ACME_UNCLEAR]");
});

test("a directory that is none is told as such", async () => {
  const { server } = acmeDouble((path) => (path === "/directory" ? { text: "<html>" } : undefined));
  await expect(server.directory()).rejects.toMatchObject({
    code: "ACME_UNCLEAR",
    message: expect.stringContaining(
      "acme directory at acme.example.test got an answer that ACME does not know",
    ) as string,
  });
});

test("an address where no directory is was told to correct what nothing named", async () => {
  const double = acmeDouble((path) =>
    path === "/directory" ? { status: 404, text: "404 page not found" } : undefined,
  );
  await expect(double.server.directory()).rejects.toMatchObject({
    code: "ACME_REFUSED",
    message:
      'acme directory at acme.example.test was refused (404): "404 page not found". What answers there is no ACME directory. Correct directoryUrl: the server\'s documentation has it.',
  });
});

test("no key, nonce or binding stands in what is said", async () => {
  const hmacKey = "c2VjcmV0LWtleS1vZi1hLWN1c3RvbWVyLW9mLWFuLWF1dGhvcml0eQ";
  const double = acmeDouble((path, { body }) =>
    path === "/account" ? { status: 403, ...problem("unauthorized", `no: ${textOf(body).length} bytes`) } : undefined,
  );
  const failure = await makeAccount(double.server, key, { binding: { keyId: "kid-1", hmacKey } }).catch(String);
  expect(failure).toContain("Compare eab with what the server shows");
  for (const secret of [hmacKey, privateKeyPem.split("\n")[1] ?? "", "nonce-"]) expect(failure).not.toContain(secret);
});

test("each request says who sends it, and goes to the directory's server only", async () => {
  const seen: (string | undefined)[] = [];
  const double = acmeDouble((path, { headers, url }) => {
    seen.push(headers?.["user-agent"]?.replace(/\d.*/, ""), new URL(url).origin);
    return path === "/account" ? made : undefined;
  });
  await makeAccount(double.server, key);
  expect([...new Set(seen)]).toEqual(["pulumi-telegram/", "https://acme.example.test"]);
});

test("an order that may not replace a certificate is made without that, and one that is refused otherwise is not made", async () => {
  const pem = await certificate();
  const bodies: string[] = [];
  const answers: Said[] = [
    { status: 409, ...problem("alreadyReplaced") },
    { status: 400, ...problem("rejectedIdentifier") },
  ];
  const double = acmeDouble((path, { body }) => {
    if (path !== "/order") return undefined;
    bodies.push(Buffer.from((JSON.parse(textOf(body)) as { payload: string }).payload, "base64url").toString());
    return answers.shift();
  });
  const holder = { server: double.server, key, accountUrl: `${directoryUrl}/acct/1` };
  await expect(newOrder(holder, { names: ["a.example.com"], replaces: pem })).rejects.toMatchObject({
    code: "ACME_ORDER_REFUSED",
  });
  expect(bodies.map((body) => Object.keys(JSON.parse(body) as object))).toEqual([
    ["identifiers", "profile", "replaces"],
    ["identifiers", "profile"],
  ]);
  // The usual one of those that the directory lists.
  expect(bodies.map((body) => (JSON.parse(body) as { profile: string }).profile)).toEqual(["classic", "classic"]);
});

test("a server without profiles and renewal information is asked for neither", async () => {
  const { meta: _meta, renewalInfo: _renewal, ...plain } = goodDirectory;
  const double = acmeDouble((path) => (path === "/directory" ? { json: plain } : undefined));
  const holder = { server: double.server, key, accountUrl: `${directoryUrl}/acct/1` };
  await expect(newOrder(holder, { names: ["a.example.com"], profile: "shortlived" })).rejects.toMatchObject({
    message: expect.stringContaining(
      "does not offer the profile shortlived. Nothing was ordered. It offers none",
    ) as string,
  });
});

/** What a private authority signed: it says whose key signed it. */
async function certificate(): Promise<string> {
  const period = { notBefore: new Date("2026-11-01"), notAfter: new Date("2027-11-01") };
  const request = { keyType: "ec-p256" as const, period, randomBytes: (size: number) => Buffer.alloc(size, 7) };
  return (await makeLeaf(["a.example.com"], await makeRoot("a root", request), request)).certificatePem;
}

const textOf = (body: HttpRequest["body"]) => (typeof body === "string" ? body : "");
