// The border for what an ACME server says: closed types, or one sentence that tells what is odd.
import fc from "fast-check";
import * as answers from "../../../provider/acme/answers";
import { chainIn } from "../../../provider/acme/chains";
import { Nonces } from "../../../provider/acme/nonces";
import { secondsAfter } from "../../../provider/acme/connection";
import { directoryUrl, goodDirectory } from "../../support/acme-double";
import { check } from "../../support/fuzz";

const place = { origin: new URL(directoryUrl).origin };
const now = new Date("2026-11-29T12:00:00Z");
const url = (path: string) => `${place.origin}/${path}`;
const order = {
  status: "pending",
  identifiers: [{ type: "dns", value: "bots.example.com" }],
  authorizations: [url("authz/1")],
  finalize: url("finalize/1"),
};
const authorization = {
  status: "pending",
  identifier: { type: "dns", value: "bots.example.com" },
  challenges: [
    { type: "dns-01", url: url("chall/1"), token: "a".repeat(43), status: "pending" },
    { type: "tls-alpn-01", url: url("chall/2"), token: "a".repeat(43), status: "pending" },
  ],
};
const window = { suggestedWindow: { start: "2027-01-01T00:00:00Z", end: "2027-01-02T00:00:00.5+01:00" } };

const readers: Record<string, { good: object; read: (value: unknown) => unknown }> = {
  directory: { good: goodDirectory, read: (value) => answers.directoryIn(value, place) },
  account: { good: { status: "valid" }, read: answers.accountIn },
  order: { good: order, read: (value) => answers.orderIn(value, url("order/1"), place) },
  authorization: { good: authorization, read: (value) => answers.authorizationIn(value, place) },
  "renewal information": { good: window, read: (value) => answers.renewalWindowIn(value, now) },
};

test("what a server means is read", () => {
  expect(readers["order"]?.read(order)).toEqual({ ...order, url: url("order/1"), replaces: false });
  expect(readers["authorization"]?.read(authorization)).toEqual({
    status: "pending",
    identifier: authorization.identifier,
    isWildcard: false,
    challenges: [authorization.challenges[0]],
    offered: ["dns-01", "tls-alpn-01"],
  });
  expect(readers["renewal information"]?.read(window)).toEqual({
    start: new Date("2027-01-01T00:00:00Z"),
    end: new Date("2027-01-01T23:00:00.500Z"),
  });
});

test.each([
  [
    "an address elsewhere",
    "order",
    { ...order, finalize: "https://elsewhere.example/finalize" },
    "its finalize leads away from https://acme.example.test",
  ],
  [
    "an address of this machine",
    "directory",
    { ...goodDirectory, newNonce: "http://127.0.0.1/nonce" },
    "its newNonce leads away from https://acme.example.test",
  ],
  [
    "an address with a user",
    "directory",
    { ...goodDirectory, newOrder: "https://a:b@acme.example.test/order" },
    "its newOrder leads away from https://acme.example.test",
  ],
  ["no address", "directory", { ...goodDirectory, keyChange: undefined }, "its keyChange is no URL"],
  [
    "a status of its own",
    "order",
    { ...order, status: "constructor" },
    "its status is none of pending, ready, processing, valid, invalid",
  ],
  [
    "too many names",
    "order",
    { ...order, identifiers: Array(101).fill(order.identifiers[0]) },
    "its list of identifiers has more than 100 items",
  ],
  [
    "a name that is none",
    "order",
    { ...order, identifiers: [{ type: "dns", value: "a b" }] },
    "an identifier is no name",
  ],
  [
    "a token that leads out of its folder",
    "authorization",
    { ...authorization, challenges: [{ ...authorization.challenges[0], token: "../../../etc/passwd-and-more" }] },
    "a challenge has no token",
  ],
  [
    "a window that ends first",
    "renewal information",
    { suggestedWindow: { start: window.suggestedWindow.end, end: window.suggestedWindow.start } },
    "its window ends before it begins",
  ],
  [
    "a window of another age",
    "renewal information",
    { suggestedWindow: { start: "0001-01-01T00:00:00Z", end: "9999-01-01T00:00:00Z" } },
    "its window has no time",
  ],
  ["a list", "account", [], "it is no account"],
] as const)("%s is told and not used", (_name, kind, value, says) => {
  const reader = readers[kind];
  expect(() => reader?.read(value)).toThrow(new answers.Odd(says));
});

test("whatever else a server says, a reader gives what it means, or one sentence", () => {
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom("", "valid", "constructor", url("x"), "https://x@acme.example.test"),
  );
  for (const [name, { good, read }] of Object.entries(readers)) {
    const keys = Object.keys(good);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), odd), odd, fc.boolean(), (changed, alone, isAlone) => {
        const value = isAlone ? alone : { ...good, ...changed };
        try {
          read(value);
        } catch (error) {
          check(error instanceof answers.Odd && error.message.length < 200, [name, value]);
        }
      }),
      { numRuns: 2_000 },
    );
  }
});

test("a chain has certificates and nothing else", () => {
  const said = (text: string) => ({ status: 200, headers: {}, body: Buffer.from(text) });
  const key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  expect(() => chainIn(said(key), place)).toThrow("it has a private key");
  expect(() => chainIn(said("<html>"), place)).toThrow("it has 0 certificates, and not 1 to 10");
  const damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  expect(() => chainIn(said(damaged), place)).toThrow("a certificate in it is damaged");
  expect(() => chainIn(said(damaged.repeat(11)), place)).toThrow("it has 11 certificates, and not 1 to 10");
});

test("a nonce is used once, the newest first, and what is none is not kept", () => {
  const nonces = new Nonces();
  for (const nonce of ["a", "b", "c d", "", "x".repeat(513), undefined, "e\r\nx: y"]) nonces.keep("o", nonce);
  expect([nonces.take("o"), nonces.take("other"), nonces.take("o"), nonces.take("o")]).toEqual([
    ...["b", undefined, "a", undefined],
  ]);
  for (let at = 0; at < 1000; at += 1) nonces.keep("o", `n${at}`);
  let kept = 0;
  while (nonces.take("o") !== undefined) kept += 1;
  expect(kept).toBe(16);
});

test.each([
  ["120", 120],
  [" 5 ", 5],
  ["Sun, 29 Nov 2026 12:01:00 GMT", 60],
  ["Sun, 29 Nov 2026 11:00:00 GMT", 0],
  ["99999999", 5_184_000],
  ["soon", undefined],
  ["-5", undefined],
  ["1e9", undefined],
  ["", undefined],
])("Retry-After: %s", (header, seconds) => {
  expect(secondsAfter(header, now)).toBe(seconds);
});
