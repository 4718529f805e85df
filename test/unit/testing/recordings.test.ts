// What the real Bot API server answered, recorded, is asked of the fake one: it answers alike.
import { NOTHING, judged } from "../../support/recordings/deviations";
import { playHistories } from "../../support/recordings/histories";
import { playRawRequests } from "../../support/recordings/raw-requests";
import { playValues } from "../../support/recordings/values";

test.each(["values", "values-local"] as const)(
  "single calls: every answer of %s.json is the real server's",
  async (file) => {
    expect(judged(file, await playValues(file))).toEqual(NOTHING);
  },
);

test("raw requests: every byte of the answers of http.json is the real server's, but for Date", async () => {
  expect(judged("http", await playRawRequests())).toEqual(NOTHING);
});

test("histories: every answer in histories.json is the real server's, step by step", async () => {
  expect(judged("histories", await playHistories())).toEqual(NOTHING);
});
