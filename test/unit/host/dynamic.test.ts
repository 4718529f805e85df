// What the host does for every resource: unknowns, JSON-safe results, secrets, error text, partial failure, the ledger.
import { declareFailures } from "../../../provider/core/failure";
import { fingerprint } from "../../../provider/core/hash";
import { Ledger } from "../../../provider/core/ledger";
import type { Fields, OperationContext, Lifecycle, Logic } from "../../../provider/core/logic";
import { dynamicProvider } from "../../../provider/host/dynamic";
import { unknownValue } from "../../../provider/host/unknown";
import { InFlight } from "../../../provider/host/watch";

const said = { means: "A test.", cure: "None." };
const errors = declareFailures({
  NOT_YET: { ...said, messages: { wait: "not yet, {secret}" } },
  TOKEN_MISSING: { ...said, messages: { read: "read {secret}" } },
});

interface Inputs {
  key?: string;
  url: string;
  size: number;
}
interface Made {
  at: string;
  verified: boolean;
  problem?: string;
}

const line = "the line";
const secret = "very-secret-text-0123456789";
const declared = { name: "thing", values: { url: fingerprint("u") } };
const news = { url: "u", size: 1, key: secret, __declared: declared, __provider: line };
const olds = { ...news, at: "then", verified: true, schemaVersion: 1 };

function host(lifecycle: Partial<Lifecycle<Inputs, Made>> = {}, more: Partial<Logic<Inputs, Made>> = {}) {
  const lines: string[] = [];
  const logic: Logic<Inputs, Made> = {
    type: "Thing",
    schemaVersion: 1,
    fields: {
      key: { kind: "string", optional: true, secret: true },
      url: { kind: "string", required: true, asDeclared: true },
      size: { kind: "number", default: 41, onChange: "createThenDelete" },
    },
    facts: {
      at: { kind: "string" },
      verified: { kind: "boolean" },
      problem: { kind: "string", optional: true, words: true },
    },
    exclusive: ({ url }) => url,
    lifecycle: () => ({
      apply: (_old, inputs) => Promise.resolve({ id: "1", inputs, facts: { at: "now", verified: true } }),
      read: (old) => Promise.resolve({ inputs: old, facts: old }),
      remove: () => Promise.resolve(),
      ...lifecycle,
    }),
    ...more,
  };
  const provider = dynamicProvider(logic, {
    now: () => new Date(0),
    random: () => 0.5,
    randomBytes: (size) => Buffer.alloc(size, 7),
    sleep: () => Promise.resolve(),
    write: (text) => lines.push(text),
    http: () => Promise.reject(new Error("a request was sent")),
    ledger: new Ledger(),
    inFlight: new InFlight(),
    wayProblem: (url) => (url === "far" ? "HTTPS_PROXY is no address of a proxy" : undefined),
    once: (_name, make) => make(),
  });
  void provider.configure({ config: { get: (key) => `value of ${key}` } });
  return { provider, lines };
}

test("what is stored is a closed list: arguments, facts, the schema's version, the line, and nothing else", async () => {
  const { provider } = host({
    apply: (_old, inputs) =>
      Promise.resolve({
        id: "1",
        inputs: { ...inputs, stray: 1 },
        facts: { at: "now", verified: true, stray: 2, none: undefined },
      }),
  });
  expect(await provider.create(news)).toEqual({
    id: "1",
    outs: { ...news, at: "now", verified: true, schemaVersion: 1 },
  });
});

test("read gives back the recorded state unchanged when nothing changed, inputs in check's shape", async () => {
  const { provider } = host();
  const { inputs } = await provider.check({}, news);
  expect(await provider.read("1", olds)).toEqual({ id: "1", props: olds, inputs: { ...inputs, __provider: line } });
});

test("a thing that is gone is read as nothing", async () => {
  expect(await host({ read: () => Promise.resolve("gone") }).provider.read("1", olds)).toEqual({});
});

test("an unreadable thing is a warning and the recorded state", async () => {
  const { provider, lines } = host({ read: () => Promise.resolve({ unreadable: `no answer for ${secret}.` }) });
  expect(await provider.read("1", olds)).toEqual({ id: "1", props: olds, inputs: news });
  expect(lines).toEqual(["warning: no answer for [secret]. The recorded state is kept."]);
});

test("an unknown value passes check, is a change, and replaces nothing", async () => {
  const { provider } = host();
  const unknown = { ...news, size: unknownValue, key: { nested: [unknownValue] } };
  const { inputs, failures } = await provider.check({}, unknown);
  expect(failures).toEqual([]);
  expect(inputs["size"]).toBe(unknownValue);
  expect(await provider.diff("1", olds, inputs)).toEqual({ changes: true, replaces: [], deleteBeforeReplace: false });
});

test("equal inputs are no change, a replacing one says so", async () => {
  const { provider } = host();
  expect(await provider.diff("1", olds, news)).toEqual({ changes: false, replaces: [], deleteBeforeReplace: false });
  const other = await provider.diff("1", olds, { ...news, size: 2 });
  expect(other).toEqual({ changes: true, replaces: ["size"], deleteBeforeReplace: false });
});

test("what the class declares for the host is never a change", async () => {
  const { provider } = host();
  const renamed = { ...news, __declared: { ...declared, name: "other", timeoutSeconds: 9 } };
  expect((await provider.diff("1", olds, renamed)).changes).toBe(false);
});

test("a state without a line, as a plugin writes it, asks for one update", async () => {
  const { __provider, ...state } = olds;
  expect((await host().provider.diff("1", state, news)).changes).toBe(true);
});

test("a refused input names itself in the reason, has no property, and never shows a secret", async () => {
  const { provider } = host({}, {});
  const { failures } = await provider.check({}, { ...news, url: 5, __declared: { name: "thing" } });
  expect(failures).toEqual([{ property: "", reason: "url must be a string; got a number" }]);
});

test("a cross-field reason that repeats a secret is masked", async () => {
  const { provider } = host({}, { check: () => [{ field: "key", says: `is ${secret}`, level: "problem" }] });
  expect((await provider.check({}, news)).failures).toEqual([{ property: "", reason: "key is [secret]" }]);
});

test("a value that ignoreChanges kept is refused by check and by update", async () => {
  const { provider } = host();
  const foreign = { ...news, url: "evil" };
  const reason = /^url is not the one that the program declares: ignoreChanges/;
  expect((await provider.check({ ...olds, url: "evil" }, foreign)).failures[0]?.reason).toMatch(reason);
  await expect(provider.update("1", { ...olds, url: "evil" }, foreign)).rejects.toThrow(reason);
});

test("a url that a transformation changed is not told as ignoreChanges at the first creation", async () => {
  const { provider } = host();
  const changed = { ...news, url: "changed" };
  const reason = /^url is not the one that the program declares, and the state does not hold it: .*transformation/;
  for (const recorded of [{}, olds]) {
    const [failure] = (await provider.check(recorded, changed)).failures;
    expect(failure?.reason).toMatch(reason);
    expect(failure?.reason).not.toContain("ignoreChanges");
  }
  await expect(provider.create(changed)).rejects.toThrow(reason);
});

test("a server that no request can get to is refused in the preview, once it is known", async () => {
  const asks: Logic<Inputs, Made>["asks"] = ({ known: { url } }) =>
    url === undefined ? undefined : { field: "url", url };
  const { provider } = host({}, { asks });
  const reasonsFor = async (url: string) => {
    const values = { url: fingerprint(url) };
    const { failures } = await provider.check({}, { ...news, url, __declared: { name: "thing", values } });
    return failures.map(({ reason }) => reason);
  };
  expect(await reasonsFor("far")).toEqual(["url cannot be reached: HTTPS_PROXY is no address of a proxy"]);
  expect(await reasonsFor("near")).toEqual([]);
  expect(await reasonsFor(unknownValue)).toEqual([]);
});

test("two resources that declare one thing are refused", async () => {
  const { provider } = host();
  await provider.check({}, news);
  const { failures } = await provider.check({}, { ...news, __declared: { name: "twin" } });
  expect(failures).toEqual([{ property: "", reason: "Thing twin: u is declared by thing too; keep one of them" }]);
});

test("two resources that share a thing and want it for different uses are refused; alike, or of one that changed, they are not", async () => {
  const { provider } = host(
    {},
    { exclusive: () => undefined, alike: ({ known }) => ({ thing: "the door", has: String(known.url) }) },
  );
  const says = async (name: string, url: string) =>
    (await provider.check({}, { ...news, url, __declared: { name, values: { url: fingerprint(url) } } })).failures.map(
      ({ reason }) => reason,
    );
  expect([await says("a", "cats"), await says("b", "cats")]).toEqual([[], []]);
  expect(await says("b", "dogs")).toEqual([
    "Thing b: the door would be for dogs, and a has it for cats; declare them alike, or take another address or port for one of them",
  ]);
  expect(await says("b", "cats")).toEqual([]);
});

test("a forced replacement removed what it had just made: its old half is left in place", async () => {
  const remove = jest.fn(() => Promise.resolve());
  const { provider, lines } = host({ remove });
  await provider.check(olds, news);
  await provider.delete("1", olds);
  expect(remove).not.toHaveBeenCalled();
  expect(lines).toEqual(["Thing thing: u was made anew under the same name; left in place."]);
});

test("a replacement that deletes first removes its old half, although the program has the thing", async () => {
  const remove = jest.fn(() => Promise.resolve());
  const room = () => [{ field: "size", effect: "deleteThenCreate" } as const];
  const { provider, lines } = host({ remove }, { diff: room });
  await provider.check(olds, news);
  expect(await provider.diff("1", olds, news)).toMatchObject({ deleteBeforeReplace: true });
  await provider.delete("1", olds);
  expect(remove).toHaveBeenCalledWith(expect.anything(), expect.anything(), true);
  await provider.delete("1", olds); // of an earlier run that was cut off: by now it is the new one's
  expect(remove).toHaveBeenCalledTimes(1);
  expect(lines).toHaveLength(1);
});

test("the old half of a rename removes nothing and says why", async () => {
  const remove = jest.fn(() => Promise.resolve());
  const { provider, lines } = host({ remove });
  await provider.check({}, { ...news, __declared: { name: "renamed", parents: "app::main" } });
  await provider.delete("1", olds);
  expect(remove).not.toHaveBeenCalled();
  expect(lines).toEqual([
    "Thing thing: u is now declared by app::main / renamed: renamed without an alias; left in place.",
  ]);
});

test("a renamed thing is created with what this run has read of it, and of a thing that is not exclusive nothing is known", async () => {
  for (const [exclusive, known] of [
    [({ url }: Partial<Inputs>) => url, "then"],
    [() => undefined, undefined],
  ] as const) {
    const seen: (string | undefined)[] = [];
    const apply: Lifecycle<Inputs, Made>["apply"] = (old, inputs) => {
      seen.push(old?.at);
      return Promise.resolve({ id: "1", inputs, facts: { at: "now", verified: true } });
    };
    const { provider } = host({ apply }, { exclusive });
    await provider.read("1", olds);
    await provider.create({ ...news, __declared: { ...declared, name: "renamed" } });
    expect(seen).toEqual([known]);
  }
});

test("a removal that nobody claims is a removal", async () => {
  const remove = jest.fn(() => Promise.resolve());
  await host({ remove }).provider.delete("1", olds);
  expect(remove).toHaveBeenCalledTimes(1);
});

test("an unfinished result keeps the resource with its state, its line and its reasons", async () => {
  const { provider } = host({
    apply: (_old, inputs) =>
      Promise.resolve({
        id: "1",
        inputs,
        facts: { at: "now", verified: false },
        unfinished: [errors.NOT_YET.wait({ secret })],
      }),
  });
  await expect(provider.create(news)).rejects.toMatchObject({
    message: "not yet, [secret] [NOT_YET]",
    stack: "",
    id: "1",
    reasons: ["not yet, [secret] [NOT_YET]"],
    properties: { ...news, at: "now", verified: false, schemaVersion: 1 },
  });
});

test("what a far side said is masked before it is stored", async () => {
  const problem = `the far side said "${secret}"`;
  const facts = { at: "24:00", verified: false, problem };
  const { provider } = host({ apply: (_old, inputs) => Promise.resolve({ id: "1", inputs, facts }) });
  const { outs } = await provider.create(news);
  expect(outs).toMatchObject({ ...facts, key: secret, problem: 'the far side said "[secret]"' });
});

test("an operation knows the resource by its name and, once it is made, by its id; bytes come from outside", async () => {
  const seen: unknown[] = [];
  const { provider } = host({
    apply: (_old, inputs, context) => {
      seen.push([context.name, context.id, context.randomBytes(2)]);
      return Promise.resolve({ id: "1", inputs, facts: { at: "now", verified: true } });
    },
  });
  await provider.create(news);
  await provider.update("1", olds, news);
  expect(seen).toEqual([
    ["thing", undefined, Buffer.from([7, 7])],
    ["thing", "1", Buffer.from([7, 7])],
  ]);
});

test("a path that a far side quotes is masked in the error, in a line and in what is stored: it may be a secret", async () => {
  const url = "https://bots.example.com/tg/s3cret-place";
  const quoted = 'duplicate location "/tg/s3cret-place"';
  const fields: Fields<Inputs> = {
    key: { kind: "string", optional: true, secret: true },
    url: { kind: "string", required: true, hidden: true },
    size: { kind: "number", default: 41 },
  };
  const apply = (_old: unknown, inputs: Inputs, context: OperationContext) => {
    context.log(quoted);
    const facts = { at: "now", verified: false, problem: quoted };
    return Promise.resolve({ id: "1", inputs, facts, unfinished: [errors.NOT_YET.wait({ secret: quoted })] });
  };
  const { provider, lines } = host({ apply }, { fields });
  const masked = 'duplicate location "[secret]"';
  await expect(provider.create({ url, size: 1 })).rejects.toMatchObject({
    message: `not yet, ${masked} [NOT_YET]`,
    properties: { url, problem: masked },
  });
  expect(lines).toEqual([masked]);
});

test("an error is one masked text without a stack, and says what caused it", async () => {
  const cause = new Error(`connect ECONNREFUSED to /bot123456789:${"A".repeat(35)}/x`);
  const apply = () => Promise.reject(new Error("fetch failed", { cause }));
  const error = await host({ apply })
    .provider.create(news)
    .catch((e: unknown) => e as Error);
  expect(error).toMatchObject({
    message: "fetch failed: connect ECONNREFUSED to /bot123456789:[secret]/x",
    stack: "",
  });
  expect((error as Error).toString()).toBe("fetch failed: connect ECONNREFUSED to /bot123456789:[secret]/x");
});

test("a secret that the operation found out itself is masked too", async () => {
  const apply = (_old: unknown, _inputs: Inputs, context: OperationContext) => {
    context.hide("token-from-a-file-0123456789");
    return Promise.reject(errors.TOKEN_MISSING.read({ secret: "token-from-a-file-0123456789" }));
  };
  await expect(host({ apply }).provider.create(news)).rejects.toThrow(/^read \[secret\] \[TOKEN_MISSING\]$/);
});

test("every method awaits the configuration, also those that come first together", async () => {
  const seen: (string | undefined)[] = [];
  const { provider } = host({
    read: (old, context) => {
      seen.push(context.config("telegram:token"));
      return Promise.resolve({ inputs: old, facts: old });
    },
  });
  await Promise.all([1, 2, 3, 4, 5].map(() => provider.read("1", olds)));
  expect(seen).toEqual(Array(5).fill("value of telegram:token"));
});

test("customTimeouts become the operation's deadline", async () => {
  const read: Lifecycle<Inputs, Made>["read"] = (_old, context) =>
    new Promise((_resolve, reject) => {
      context.signal.addEventListener("abort", () => reject(context.signal.reason as Error));
    });
  const hurried = { ...olds, __declared: { ...declared, timeoutSeconds: 0.01 } };
  await expect(host({ read }).provider.read("1", hurried)).rejects.toThrow(
    /deadline has passed \(customTimeouts sets it\)/,
  );
});

test("a state of a later version stops the operation with one sentence", async () => {
  await expect(host().provider.read("1", { ...olds, schemaVersion: 9 })).rejects.toThrow(/newer pulumi-telegram/);
});
