// What an ACME server says against a request, or against a proof, becomes a failure with its code and a cure.
import fc from "fast-check";
import { problemIn } from "../../../provider/acme/problem-documents";
import { notProvedOf, refusedBy } from "../../../provider/acme/problems";
import { directoryIn } from "../../../provider/acme/answers";
import { withCode } from "../../../provider/core/failure";
import { directoryUrl, goodDirectory, problem } from "../../support/acme-double";
import { check } from "../../support/fuzz";

const directory = directoryIn(goodDirectory, new URL(directoryUrl));
const now = new Date("2026-11-29T12:00:00Z");

function refused(
  type: string,
  more: object = {},
  { status = 400, retryAfterSeconds = undefined as number | undefined } = {},
) {
  const said = problemIn(problem(type, "words of the server", more).json);
  if (!said) throw new Error("it is no problem document");
  const after = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return withCode(
    refusedBy({ what: "newOrder at acme.example.test", status, problem: said, now, directory, ...after }),
  );
}

const begins = 'acme newOrder at acme.example.test was refused (400): "words of the server".';

test.each([
  [
    "accountDoesNotExist",
    `${begins} The server has no account with this key. Give the key of an account of this directory; an AcmeAccount makes one. [ACME_ACCOUNT_REFUSED]`,
  ],
  [
    "externalAccountRequired",
    `${begins} The server makes accounts for its customers only. Get a key identifier and an HMAC key there, and give both as eab. [ACME_ACCOUNT_REFUSED]`,
  ],
  [
    "userActionRequired",
    `${begins} The account's holder has to do something first. Look at https://acme.example.test/terms, then run pulumi up again. [ACME_ACCOUNT_REFUSED]`,
  ],
  ["unsupportedContact", `${begins} Correct contact, or leave it out. [ACME_ACCOUNT_REFUSED]`],
  [
    "badSignatureAlgorithm",
    `${begins} The server does not take this kind of key. Give another keyType, or the key of another account. [ACME_ACCOUNT_REFUSED]`,
  ],
  [
    "unauthorized",
    `${begins} The account may be deactivated, or belong to another key. Give an account of this directory that is valid, with its own key. [ACME_ACCOUNT_REFUSED]`,
  ],
  [
    "rejectedIdentifier",
    `${begins} No certificate was issued. The server issues nothing for such a name: correct names, or take another issuer. [ACME_ORDER_REFUSED]`,
  ],
  [
    "invalidProfile",
    `${begins} Nothing was ordered. The server offers the profiles classic, shortlived: name one of these, or leave profile out. [ACME_ORDER_REFUSED]`,
  ],
  [
    "caa",
    `${begins} A CAA record of the name, or of a domain above it, does not allow this server. Add one: 0 issue "acme.example.test". [ACME_ORDER_REFUSED]`,
  ],
  ["badCSR", `${begins} No certificate was issued. Try another keyType. [ACME_ORDER_REFUSED]`],
  [
    "rateLimited",
    `${begins} A limit of the server is reached, and it does not say until when. What is there already stays as it is. Run pulumi up again later. [ACME_RATE_LIMITED]`,
  ],
  [
    "badRevocationReason",
    `${begins} The certificate was not revoked by this. Give another reason, or none. [ACME_REFUSED]`,
  ],
  [
    "malformed",
    `${begins} Correct what it names, and run pulumi up again. If that is the signature (JWS), give the key that belongs to the account, or the account that belongs to the key. [ACME_REFUSED]`,
  ],
  ["of-its-own", `${begins} Correct what it names, and run pulumi up again. [ACME_REFUSED]`],
])("the problem %s is told with a cure", (type, message) => {
  expect(refused(type)).toBe(message);
});

test("a limit is told with its time", () => {
  const options = { status: 429, retryAfterSeconds: 7200 };
  expect(refused("malformed", {}, options)).toContain(
    "Run pulumi up again after 2026-11-29T14:00:00Z. [ACME_RATE_LIMITED]",
  );
});

test("a fault of the server's own is no refusal, and is told with the time that it asks for", () => {
  expect(refused("malformed", {}, { status: 502 })).toMatch(/failed at the server \(502\).*\[ACME_UNREACHABLE\]$/);
  expect(refused("other", {}, { status: 503, retryAfterSeconds: 259_200 })).toContain(
    "It asks to be left alone until 2026-12-02T12:00:00Z: run pulumi up again after that. [ACME_UNREACHABLE]",
  );
});

test("names that are refused are told with the server's words about each, and with the reason that all have", () => {
  const part = (value: string) => ({
    ...problem("rejectedIdentifier", "not here").json,
    identifier: { type: "dns", value },
  });
  const said = refused("malformed", { subproblems: [part("a.example.com"), part("b.example.com")] });
  expect(said).toContain('"words of the server; a.example.com: not here; b.example.com: not here"');
  expect(said).toContain("[ACME_ORDER_REFUSED]");
});

test("the page that a person is to look at is the one that the server names", () => {
  const said = refused("userActionRequired", { instance: "https://acme.example.test/agree?to=7" });
  expect(said).toContain("Look at https://acme.example.test/agree?to=7, then");
  expect(refused("userActionRequired", { instance: "javascript:alert(1)" })).toContain(
    "Look at https://acme.example.test/terms",
  );
});

test.each([
  ["dns-01", "dns", "The server's DNS lookup failed. See that _acme-challenge.bots.example.com can be resolved"],
  ["http-01", "dns", "The server's DNS lookup failed. See that bots.example.com can be resolved"],
  [
    "http-01",
    "connection",
    "The server could not connect. See that http://bots.example.com/.well-known/acme-challenge/ can be reached",
  ],
  ["dns-01", "unauthorized", "answers with the TXT record _acme-challenge.bots.example.com"],
  ["dns-01", "incorrectResponse", "answers with the TXT record _acme-challenge.bots.example.com"],
  ["http-01", "unauthorized", "The answer was not the expected one."],
  ["http-01", "tls", "TLS failed on the way."],
  ["dns-01", "caa", 'Add one: 0 issue "acme.example.test".'],
  ["dns-01", "serverInternal", "No certificate was issued. Correct what it names, and run pulumi up again."],
] as const)("a proof by %s that ends in %s is told with what to see to", (type, kind, cure) => {
  const error = problemIn(problem(kind).json);
  const challenge = { type, url: "", token: "", status: "invalid" as const, ...(error && { error }) };
  const failure = notProvedOf({ server: "acme.example.test", name: "*.bots.example.com", challenge, directory });
  expect(failure.code).toBe("ACME_NOT_PROVED");
  const begin = `acme.example.test could not prove that *.bots.example.com is yours (${type}): "words of the server". `;
  expect(failure.message.slice(0, begin.length)).toBe(begin);
  expect(failure.message).toContain(cure);
});

test("a server that tells no name for CAA records had one made up, with brackets in it", () => {
  const { meta: _meta, ...rest } = goodDirectory;
  const nameless = directoryIn(rest, new URL(directoryUrl));
  const said = { type: "caa" as const, said: "words" };
  const { message } = refusedBy({ what: "newOrder at x", status: 403, problem: said, now, directory: nameless });
  expect(message).toContain("Add one that names the server, by the name that its documentation gives for CAA.");
});

test("a proof that is led elsewhere by delegate is told with the CNAME that it needs", () => {
  const error = { type: "dns" as const, said: "no such name" };
  const challenge = { type: "dns-01" as const, url: "", token: "", status: "invalid" as const, error };
  const delegate = "bots.proofs.example";
  const { message } = notProvedOf({ server: "x", name: "*.bots.example.com", challenge, directory, delegate });
  expect(message).toContain("With delegate, _acme-challenge.bots.example.com must be a CNAME to bots.proofs.example.");
});

test("whatever else is said is no problem document, or one of closed types", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const found = problemIn(value);
      check(found === undefined || (typeof found.said === "string" && found.said.length <= 13_000), value);
    }),
    { numRuns: 10_000 },
  );
});
