// Claims tell a rename from a removal, and find two owners of one thing.
import { Ledger } from "../../../provider/core/ledger";

test("a key that nobody claims is free to be removed", () => {
  expect(new Ledger().holder("bot 1")).toBeUndefined();
});

test("a claim may be repeated by its holder and is refused to another", () => {
  const ledger = new Ledger();
  expect(ledger.claim("bot 1", "a")).toBeUndefined();
  expect(ledger.claim("bot 1", "a")).toBeUndefined();
  expect(ledger.claim("bot 1", "b")).toBe("a");
  expect(ledger.holder("bot 1")).toBe("a");
});

test("who shares a thing is told another one that has it for something else", () => {
  const ledger = new Ledger();
  expect(ledger.agree("listener", "names", "a")).toBeUndefined();
  expect(ledger.agree("listener", "names", "b")).toBeUndefined();
  expect(ledger.agree("listener", "an address", "c")).toEqual({ claimant: "a", has: "names" });
  expect(ledger.agree("another listener", "an address", "c")).toBeUndefined();
});
