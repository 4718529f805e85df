// A vendor that there is not: what a module declares is all that a fourth one needs, also when it writes value by value.
import { optional, secret, text, withDefault } from "../../../provider/core/leaf";
import { recordLogic } from "../../../provider/dns/record/fields";
import type { RecordFacts, RecordInputs } from "../../../provider/dns/record/fields";
import { recordLifecycle } from "../../../provider/dns/record/lifecycle";
import { via, vendorIn, vendors } from "../../../provider/dns/vendors";
import { vendorModule } from "../../../provider/dns/vendors/module";
import type { VendorModule } from "../../../provider/dns/vendors/module";
import { refused, unanswered } from "../../../provider/dns/vendors/http";
import type { Vendor } from "../../../provider/dns/vendors/vendor";
import { choiceOf } from "../../../provider/core/choice";
import { httpClient } from "../../../provider/net/http";
import { inProcess } from "../../support/in-process";

/** What stands at the vendor, and which write fails: "stops" writes nothing more, "lost" cannot be read either. */
interface Far {
  values: string[];
  tier: string;
  failsAt?: number;
  isLost?: boolean;
  writes: string[];
}

let far: Far;
beforeEach(() => (far = { values: [], tier: "basic", writes: [] }));

const madeUp = vendorModule({
  name: "madeUp",
  settings: { apiKey: secret(optional(text())), tier: withDefault(text(), "basic") },
  isAtomic: false,
  recordSettings: ["tier"],
  cannot: ({ type }, { tier }) =>
    type === "CAA" && tier === "basic"
      ? [{ field: "type", says: "cannot be CAA with the tier basic", level: "problem" }]
      : [],
  open: (settings): Vendor => {
    const write = (line: string, work: () => void) => {
      if (far.failsAt === far.writes.length) {
        throw refused({ vendor: "madeUp", what: `write ${line}` }, { status: 500, said: `key ${settings.apiKey}` });
      }
      far.writes.push(line);
      work();
    };
    const add = (value: string) => write(`+${value}`, () => far.values.push(value));
    const drop = (value: string) =>
      write(`-${value}`, () => (far.values = far.values.filter((other) => other !== value)));
    const later = (work: () => void) => Promise.resolve().then(work);
    return {
      find: () =>
        far.isLost === true && far.failsAt === far.writes.length
          ? Promise.reject(unanswered({ vendor: "madeUp", what: "look" }, "no answer"))
          : Promise.resolve(
              far.values.length === 0
                ? undefined
                : { values: [...far.values].sort(), ttlSeconds: 300, settings: { tier: far.tier } },
            ),
      create: (_place, wanted) => later(() => wanted.values.forEach(add)),
      change: (_place, found, wanted) =>
        later(() => {
          found.values.filter((value) => !wanted.values.includes(value)).forEach(drop);
          wanted.values.filter((value) => !found.values.includes(value)).forEach(add);
          far.tier = String(wanted.settings["tier"]);
        }),
      remove: (_place, found) => later(() => found.values.forEach(drop)),
    };
  },
});

const own: readonly VendorModule[] = [...vendors, madeUp];
const stack = (modules = own) => {
  const published = () => Promise.resolve({ isEverywhere: true, lagging: [] });
  const http = httpClient();
  const declared = choiceOf(modules);
  const logic = recordLogic(
    () => recordLifecycle((given) => vendorIn(modules, declared, given, http), published),
    modules,
  );
  return inProcess<RecordInputs, RecordFacts>({}, undefined, logic);
};
const args = (values: string[], more: object = {}) => ({
  zone: "example.test",
  name: "bots",
  type: "A",
  values,
  via: { madeUp: { apiKey: "k3y-of-a-made-up-vendor" } },
  ...more,
});
const [a, b, c] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"] as const;

test("it is made, changed, shown and removed, and its id and its state name it", async () => {
  const record = stack();
  await record.up(args([a]));
  expect(record.state()).toMatchObject({ vendor: "madeUp", owned: [a], via: { madeUp: { tier: "basic" } } });
  expect(await record.up(args([a]))).toBe("same");
  far.tier = "gold";
  await record.refresh();
  expect(record.state()).toMatchObject({ via: { madeUp: { tier: "gold" } } });
  expect(record.lines.at(-1)).toContain("tier is gold at madeUp");
  expect(await record.up(args([a, b]))).toBe("updated");
  expect(far).toMatchObject({ values: [a, b], tier: "basic" });
  await record.destroy();
  expect(far.values).toEqual([]);
});

test("what it cannot do is said in the preview, also while its key is not known", async () => {
  const caa = ['0 issue "letsencrypt.org"'];
  await expect(stack().up(args(caa, { type: "CAA" }))).rejects.toThrow("type cannot be CAA with the tier basic");
  const unknown = { via: { madeUp: { apiKey: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" } } };
  await expect(stack().up(args(caa, { type: "CAA", ...unknown }))).rejects.toThrow("cannot be CAA");
});

test("a package that is not installed was told as an answer that did not come: the preview says how it is installed", async () => {
  const peer = { name: "no-package-of-this-name", range: "3" };
  const without = stack([...vendors, { ...madeUp, peer }]);
  await expect(without.preview(args([a]))).rejects.toThrow(
    /^via needs the package no-package-of-this-name, which is not installed: npm install no-package-of-this-name@3$/,
  );
  const given = { madeUp: { apiKey: "k3y-of-a-made-up-vendor" } };
  const chosen = vendorIn([{ ...madeUp, peer }], choiceOf([madeUp]), given, httpClient());
  expect(() => chosen.open({} as never)).toThrow(
    "This record needs the package no-package-of-this-name: npm install no-package-of-this-name@3",
  );
  expect(far.writes).toEqual([]);
});

test("a creation that fails half-way is kept as ours, and the next up goes on from what stands", async () => {
  const record = stack();
  far.failsAt = 1;
  const failed = record.up(args([a, b, c]));
  await expect(failed).rejects.toThrow(
    /^madeUp: to write \+192\.0\.2\.2 was refused \(500\): "key \[secret\]"\. .* was written in part\. It has these values now: 192\.0\.2\.1\. .*goes on from there\. \[DNS_HALF_WRITTEN\]$/,
  );
  expect(record.state()).toMatchObject({ owned: [], attempted: [a, b, c] });
  delete far.failsAt;
  expect(await record.up(args([a, b, c]))).toBe("updated");
  expect(far.values).toEqual([a, b, c]);
  expect(record.state()).toMatchObject({ owned: [a, b, c] });
  expect(record.state()).not.toHaveProperty("attempted");
});

test("a change that fails half-way goes on too, although what stands is neither the old nor the new", async () => {
  const record = stack();
  await record.up(args([a, b]));
  far.failsAt = far.writes.length + 1;
  await expect(record.up(args([b, c]))).rejects.toThrow(/It has these values now: 192\.0\.2\.2\./);
  expect(far.values).toEqual([b]);
  delete far.failsAt;
  await record.up(args([b, c]));
  expect(far.values).toEqual([b, c]);
});

test("a half that was written is removed by destroy, and what somebody else added is left", async () => {
  const record = stack();
  far.failsAt = 1;
  await expect(record.up(args([a, b]))).rejects.toThrow("in part");
  delete far.failsAt;
  far.values.push("192.0.2.99");
  await record.destroy();
  expect(far.values).toEqual(["192.0.2.99"]);
});

test("what somebody else set between is not ours, half-written or not", async () => {
  const record = stack();
  far.failsAt = 1;
  await expect(record.up(args([a, b]))).rejects.toThrow("in part");
  delete far.failsAt;
  far.values = ["192.0.2.99"];
  await expect(record.up(args([a, b]))).rejects.toThrow(/which this resource did not set.*\[DNS_NOT_OURS\]/);
});

test("where nothing was written the refusal is all that there is: a new record is not in the state", async () => {
  const record = stack();
  far.failsAt = 0;
  await expect(record.up(args([a, b]))).rejects.toThrow(/was refused \(500\).*\[DNS_REFUSED\]$/);
  expect(record.state()).toBeUndefined();
});

test("where nobody can tell what stands, the message says so and the values count as ours", async () => {
  const record = stack();
  Object.assign(far, { failsAt: 1, isLost: true });
  await expect(record.up(args([a, b]))).rejects.toThrow(/Which values it has now could not be read\./);
  Object.assign(far, { failsAt: undefined, isLost: false });
  await record.up(args([a, b]));
  expect(far.values).toEqual([a, b]);
});

test("a module that leaves out what it cannot do, or whether it is atomic, does not compile", () => {
  const good = { name: "x", settings: {}, isAtomic: true, cannot: () => [], open: () => ({}) as Vendor };
  // @ts-expect-error: nothing says whether it writes in one transaction
  vendorModule({ ...good, isAtomic: undefined });
  // @ts-expect-error: nothing says what it cannot do
  vendorModule({ ...good, cannot: undefined });
  // @ts-expect-error: a setting of the record that there is not
  vendorModule({ ...good, recordSettings: ["colour"] });
  expect(via.branchOf({ madeUp: {} })).toBeUndefined();
});
