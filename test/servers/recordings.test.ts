// What the real Bot API server answered, recorded, is asked of the fake one: it answers alike.
import fs from "node:fs";
import path from "node:path";
import { DEVIATIONS, NOTHING, judged } from "../support/recordings/deviations";
import { playHistories } from "../support/recordings/histories";
import { playQueues } from "../support/recordings/queues";
import { playRawRequests } from "../support/recordings/raw-requests";
import { playRequests } from "../support/recordings/requests";
import { playReplies, playResponses } from "../support/recordings/responses";
import { playTls } from "../support/recordings/tls";
import { playTiming } from "../support/recordings/timing";
import { playValues } from "../support/recordings/values";

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

test("endpoints: what becomes of an update after each answer in responses.json is what the real server made of it", async () => {
  expect(judged("responses", await playResponses())).toEqual(NOTHING);
});

test("replies: a method in an answer of replies.json is run, or not, as by the real server", async () => {
  expect(judged("replies", await playReplies())).toEqual(NOTHING);
});

test("TLS: an endpoint of tls.json gets its update, or leaves the error, that the real server gave it", async () => {
  expect(judged("tls", await playTls())).toEqual(NOTHING);
});

test("deliveries: an endpoint gets every byte of requests.json for each URL and each kind of update", async () => {
  expect(judged("requests", await playRequests())).toEqual(NOTHING);
});

test("queues: each update of queues.json is sent in the wave, over as many connections, as by the real server", async () => {
  expect(judged("queues", await playQueues())).toEqual(NOTHING);
});

test("timing: delays, time-outs, limits, caches, a restart and overlapping calls of timing.json are the real server's", async () => {
  expect(judged("timing", await playTiming())).toEqual(NOTHING);
});

test("every deviation that the player ignores is a row of the README's table", () => {
  const readme = fs.readFileSync(path.join(__dirname, "..", "..", "testing", "README.md"), "utf8");
  const missing = DEVIATIONS.filter(({ number }) => !readme.includes(`| ${number} |`));
  expect(missing).toEqual([]);
});
