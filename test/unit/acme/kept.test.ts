// What a run keeps in the per-user cache: held by one run at a time, and no reason for a failure.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { entryIn } from "../../../provider/acme/journal";
import { Kept } from "../../../provider/acme/kept";

let cache: string;
beforeEach(() => void (cache = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-kept-"))));
afterEach(() => fs.rmSync(cache, { recursive: true, force: true }));

const lockIn = () => {
  const name = fs.readdirSync(path.join(cache, "acme")).find((one) => one.endsWith(".0.lock")) ?? "";
  return path.join(cache, "acme", name);
};

test.each(["/dev/null/x", "/proc/nope"])(
  "a cache that cannot be written (%s) keeps it in memory for the run",
  (where) => {
    const held = new Kept(where).held("order", "one");
    held.write({ some: "thing" });
    expect(held.read()).toEqual({ some: "thing" });
    held.remove();
    expect(held.read()).toBeUndefined();
    held.release();
  },
);

test("two runs at once have one file each, and also a seventeenth has one", () => {
  const all = Array.from({ length: 18 }, () => new Kept(cache).held("order", "one"));
  all.forEach((held, at) => held.write(at));
  expect(all.map((held) => held.read())).toEqual(all.map((_, at) => at));
  all.forEach((held) => held.release());
  expect(fs.readdirSync(path.join(cache, "acme")).filter((name) => name.endsWith(".lock"))).toEqual([]);
});

test("what a killed run left is found, whatever has its process number now", () => {
  const first = new Kept(cache).held("order", "one");
  first.write("left");
  first.release();
  const made = new Kept(cache).held("order", "one");
  const lock = lockIn();
  const text = fs.readFileSync(lock, "utf8");
  made.release();
  const old = new Date(Date.now() - 60_000);
  // Our own number, of a process before us; that of a process that began at another time; none, since it was killed too early.
  for (const left of [text, `${process.ppid} 1`, "", "0"]) {
    fs.writeFileSync(lock, left);
    fs.utimesSync(lock, old, old);
    const next = new Kept(cache).held("order", "one");
    expect([left, next.read()]).toEqual([left, "left"]);
    next.release();
  }
});

test("what a run that still runs holds is left to it", () => {
  new Kept(cache).held("order", "one").release();
  const probe = new Kept(cache).held("order", "one");
  const lock = lockIn();
  probe.write("theirs");
  probe.release();
  fs.writeFileSync(lock, String(process.ppid));
  const next = new Kept(cache).held("order", "one");
  expect(next.read()).toBeUndefined();
  next.release();
});

test.each([
  [{ begun: {} }],
  [{ begun: "x" }],
  [{ begun: { orderUrl: "https://a.test/o", begunAt: "2026-11-29T11:00:00Z", privateKeyPem: "no key" } }],
  [
    {
      begun: {
        ...{ orderUrl: "https://a.test/o", begunAt: "2026-11-29T11:00:00Z" },
        privateKeyPem: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      },
    },
  ],
  [[1]],
  ["text"],
  [{ presented: [null, { name: "a.test" }, "x"] }],
])("a damaged file is as if there were none: %j", (value) => {
  expect(entryIn(value)).toEqual({ presented: [] });
});
