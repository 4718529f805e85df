// May we write over what is there? The rows are the whole truth.
import { ownershipOf } from "../../../provider/core/ownership";
import type { Claim, Ownership } from "../../../provider/core/ownership";

const claim: Claim = {
  live: "foreign",
  wanted: "wanted",
  isOwned: (text) => text === "ours",
  recorded: undefined,
  mayTakeOver: () => false,
};

test.each<[string, Partial<Claim>, Ownership]>([
  ["nothing is there", { live: undefined }, "free"],
  ["nothing is there, although something is recorded", { live: undefined, recorded: "ours" }, "free"],
  ["what we wrote last", { live: "ours" }, "ours"],
  ["what we wrote last and want again", { live: "ours", wanted: "ours" }, "ours"],
  ["what is wanted, by whomever", { live: "wanted" }, "wanted"],
  ["what a refresh has shown", { recorded: "foreign" }, "shown"],
  ["something else than what a refresh has shown", { recorded: "earlier" }, "foreign"],
  ["somebody else's, that may be taken over", { mayTakeOver: (text) => text === "foreign" }, "taken over"],
  ["somebody else's, where another one may be taken over", { mayTakeOver: (text) => text === "another" }, "foreign"],
  ["somebody else's", {}, "foreign"],
  ["an empty text, which is not nothing", { live: "" }, "foreign"],
])("%s", (_what, given, expected) => {
  expect(ownershipOf({ ...claim, ...given })).toBe(expected);
});

test("whether it may be taken over is asked only where nothing else allows to write", () => {
  const mayTakeOver = jest.fn(() => true);
  for (const live of [undefined, "ours", "wanted"]) ownershipOf({ ...claim, live, mayTakeOver });
  expect(mayTakeOver).not.toHaveBeenCalled();
});
