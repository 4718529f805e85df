// "An object with exactly one key", declared once: parser and words, normal form, secret leaves, types and an exhaustive match.
import type {
  Branch,
  Branches,
  BranchesOf,
  BranchValue,
  Choice,
  ChoiceValue,
  Group,
  Handlers,
  Leaves,
  Parsed,
  Settings,
  Wrong,
} from "./choice-types";
import { accepted, leafProblem, leafSchema } from "./leaf";
import type { Leaf } from "./leaf";
import { isObject, listed, nameOfKind, shownKey } from "./rules";
import type { Schema } from "./schema";

interface Options<B extends Branches, W extends string> {
  /** Texts that stand for a branch without settings: `"none"`. */
  words?: readonly W[];
  /** What one branch's settings may not be together; gets the complete normal form. */
  problems?: { [K in keyof B & string]?: (settings: BranchValue<B[K]>) => string | undefined };
}

const longestShape = 130;

/** Declares a choice: one entry per branch, which is a list of settings, or one value. */
export function choice<const B extends Branches, const W extends string = never>(
  branches: B,
  { words = [], problems = {} }: Options<B, W> = {},
): Choice<B, W> {
  const names = Object.keys(branches);
  const shape = shapeOf(branches, words);
  const leavesOf = (branch: string): Leaves | undefined => {
    const found = Object.hasOwn(branches, branch) ? branches[branch] : undefined;
    return found && !isLeaf(found) ? found : undefined;
  };

  function entryOf(value: unknown): [branch: string, given: unknown] | undefined {
    if (!isObject(value)) return undefined;
    const [entry, another] = Object.entries(value).filter(([, given]) => given !== undefined && given !== null);
    return entry && !another && names.includes(entry[0]) ? entry : undefined;
  }

  type Value = ChoiceValue<B, W>;
  function parse(value: unknown, isUnknown: (value: unknown) => boolean = () => false): Parsed<Value> | Wrong {
    if ((words as readonly unknown[]).includes(value)) {
      return { branch: value as string, value: value as Value, isComplete: true };
    }
    const entry = entryOf(value);
    if (!entry) return { problem: `${shape}; got ${gotten(value)}` };
    const [branch, given] = entry;
    const declared = branches[branch] as Leaves | Leaf;
    if (isUnknownItself(given, isUnknown)) return { branch, value: { [branch]: {} } as Value, isComplete: false };
    if (isLeaf(declared)) {
      const says = leafProblem(declared, given);
      return says === undefined
        ? { branch, value: { [branch]: accepted(declared, given) } as Value, isComplete: true }
        : { problem: `has ${branch}, which ${says}` };
    }
    const parsed = parseSettings(branch, declared, given, isUnknown);
    if ("problem" in parsed) return parsed;
    const judge = problems[branch as keyof B & string] as ((settings: unknown) => string | undefined) | undefined;
    const says = parsed.isComplete ? judge?.(parsed.settings) : undefined;
    if (says !== undefined) return { problem: says };
    return { branch, value: { [branch]: parsed.settings } as Value, isComplete: parsed.isComplete };
  }

  return {
    branches,
    words,
    parse,
    secretPaths: names.flatMap((name) => secretPathsOf(name, branches[name] as Leaves | Leaf)),
    branchOf(value) {
      if ((words as readonly unknown[]).includes(value)) return value as W;
      return entryOf(value)?.[0];
    },
    match<R>(value: ChoiceValue<B, W>, handlers: Handlers<B, W, R>): R {
      const all = handlers as Record<string, (settings?: unknown) => R>;
      const [branch, settings] = typeof value === "string" ? [value] : (entryOf(value) ?? []);
      const handler = branch === undefined ? undefined : all[branch];
      if (!handler) throw new Error("a choice was used that was never parsed");
      return handler(settings);
    },
    compared(value) {
      const [branch = "", settings] = entryOf(value) ?? [];
      const leaves = leavesOf(branch);
      if (!leaves || !isObject(settings)) return value;
      const compared = Object.entries(settings).map(([name, given]) => {
        const one = Object.hasOwn(leaves, name) ? leaves[name] : undefined;
        if (one?.inner) return [name, one.inner.compared(given)];
        return [name, one?.compared && leafProblem(one, given) === undefined ? one.compared(given) : given];
      });
      return { [branch]: Object.fromEntries(compared) as unknown };
    },
    spread(value, isWhole) {
      if (!isPlainObject(value)) return value;
      const spread = Object.entries(value).map(([branch, given]) => {
        const leaves = leavesOf(branch);
        if (!leaves || !isPlainObject(given)) return [branch, given];
        const settings = Object.entries(given).map(([name, one]) => {
          const inner = Object.hasOwn(leaves, name) ? leaves[name]?.inner : undefined;
          return [name, inner ? inner.spread(one, isWhole) : one];
        });
        return [branch, Object.fromEntries(settings) as unknown];
      });
      return Object.fromEntries(spread) as unknown;
    },
    secretsIn(value) {
      if (!isObject(value)) return [];
      return Object.entries(value).flatMap(([branch, given]) => {
        const leaves = leavesOf(branch);
        if (!leaves) return Object.hasOwn(branches, branch) && (branches[branch] as Leaf).secret ? [given] : [];
        if (!isObject(given)) return [given]; // not a list of settings: nobody can tell what it holds
        return Object.entries(leaves).flatMap(([name, one]) => {
          if (one.inner) return one.inner.secretsIn(given[name]);
          return one.secret ? [given[name]] : [];
        });
      });
    },
    seal(value, isOpaque, seal) {
      if (!isObject(value) || isOpaque(value)) return value;
      const holdsSecret = (branch: string) => {
        const declared = branches[branch];
        if (!declared) return false;
        return isLeaf(declared) ? declared.secret === true : Object.values(declared).some(isSecretLeaf);
      };
      const opaque = Object.entries(value).some(([branch, given]) => isOpaque(given) && holdsSecret(branch));
      if (opaque) return seal(value);
      const entries = Object.entries(value).map(([branch, given]) => {
        const leaves = leavesOf(branch);
        if (!leaves) return [branch, holdsSecret(branch) ? seal(given) : given];
        if (!isObject(given) || isOpaque(given)) return [branch, given];
        const sealed = Object.entries(given).map(([name, one]) => {
          const leaf = Object.hasOwn(leaves, name) ? leaves[name] : undefined;
          if (!leaf || !isSecretLeaf(leaf) || one === undefined || one === null) return [name, one];
          return [name, leaf.inner && !isOpaque(one) ? leaf.inner.seal(one, isOpaque, seal) : seal(one)];
        });
        return [branch, Object.fromEntries(sealed) as unknown];
      });
      return Object.fromEntries(entries) as unknown;
    },
    schema: () => ({
      oneOf: [
        ...names.map((name) => branchSchema(name, branches[name] as Leaves | Leaf)),
        ...words.map((word) => ({ const: word })),
      ],
    }),
  };
}

/** The choice between modules: branches and types follow from their list. */
export function choiceOf<const M extends readonly Branch[]>(modules: M): Choice<BranchesOf<M>> {
  const branches = Object.fromEntries(modules.map(({ name, settings }) => [name, settings]));
  const problems = Object.fromEntries(
    modules.flatMap((one) => (one.problem ? [[one.name, one.problem.bind(one)]] : [])),
  );
  return choice(branches, { problems }) as unknown as Choice<BranchesOf<M>>;
}

function isLeaf(declared: Leaves | Leaf): declared is Leaf {
  return typeof declared["kind"] === "string";
}

function secretPathsOf(name: string, declared: Leaves | Leaf): string[] {
  if (isLeaf(declared)) return declared.secret ? [name] : [];
  return Object.entries(declared).flatMap(([key, one]) => {
    if (one.inner) return one.inner.secretPaths.map((path) => `${name}.${key}.${path}`);
    return one.secret ? [`${name}.${key}`] : [];
  });
}

function isSecretLeaf({ secret, inner }: Leaf): boolean {
  return secret === true || (inner?.secretPaths.length ?? 0) > 0;
}

/** Settings that belong together, for `within`: an object with these keys. `name` is what a message calls it. */
export function group<const N extends string, const L extends Leaves>(name: N, leaves: L): Group<L> {
  const alone = choice({ [name]: leaves }) as unknown as Choice;
  const of = (value: unknown) => (value as Record<string, unknown>)[name];
  return {
    leaves,
    secretPaths: alone.secretPaths.map((path) => path.slice(name.length + 1)),
    parse(value, isUnknown) {
      const parsed = alone.parse({ [name]: value }, isUnknown);
      if ("problem" in parsed) return parsed;
      return { value: of(parsed.value) as Settings<L>, isComplete: parsed.isComplete };
    },
    compared: (value) => of(alone.compared({ [name]: value })),
    spread(value, isWhole) {
      const whole = isWhole(value) ? (value as Record<string, unknown>) : undefined;
      const own = whole ? Object.fromEntries(Object.keys(leaves).map((key) => [key, whole[key]])) : value;
      return of(alone.spread({ [name]: own }, isWhole));
    },
    secretsIn: (value) => alone.secretsIn({ [name]: value }),
    seal: (value, isOpaque, seal) =>
      isOpaque(value) ? seal(value) : of(alone.seal({ [name]: value }, isOpaque, seal)),
    schema: () => alone.schema().oneOf?.[0]?.properties?.[name] ?? {},
  };
}

/** An object of the program's own, not a class that stands for one. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}

/** Not known as a whole: a text or class that stands for it, not an object with an unknown leaf. */
function isUnknownItself(value: unknown, isUnknown: (value: unknown) => boolean): boolean {
  return isUnknown(value) && !isPlainObject(value);
}

function parseSettings(
  branch: string,
  leaves: Leaves,
  given: unknown,
  isUnknown: (value: unknown) => boolean,
): { settings: Record<string, unknown>; isComplete: boolean } | Wrong {
  if (!isObject(given)) return { problem: `must have ${settingsShape(leaves)} as ${branch}; got ${nameOfKind(given)}` };
  const settings: Record<string, unknown> = {};
  const names = Object.keys(leaves);
  const strange = Object.keys(given).find((name) => given[name] !== undefined && !names.includes(name));
  if (strange !== undefined) {
    const only = names.length === 0 ? "nothing" : `only ${listed(names, "and")}`;
    return { problem: `must have ${only} in ${branch}; got ${shownKey(strange)}` };
  }
  let isComplete = true;
  for (const [name, one] of Object.entries(leaves)) {
    const value = given[name] ?? one.default;
    if (one.inner && value !== undefined && !isUnknownItself(value, isUnknown)) {
      const parsed = one.inner.parse(value, isUnknown);
      if ("problem" in parsed) return { problem: `has ${branch}.${name}, which ${parsed.problem}` };
      if (parsed.isComplete) settings[name] = parsed.value;
      else isComplete = false;
    } else if (isUnknown(value)) isComplete = false;
    else if (value === undefined) {
      if (one.presence === "required") return { problem: `needs ${branch}.${name}` };
    } else {
      const says = leafProblem(one, value);
      if (says !== undefined) return { problem: `has ${branch}.${name}, which ${says}` };
      settings[name] = accepted(one, value);
    }
  }
  return { settings, isComplete };
}

function gotten(value: unknown): string {
  if (!isObject(value)) return nameOfKind(value);
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return keys.length === 1 ? shownKey(keys[0] ?? "") : keys.length === 0 ? "no key" : "several keys";
}

/** As a program would write it, as long as that can be read; else the keys. */
function shapeOf(branches: Branches, words: readonly string[]): string {
  const names = Object.keys(branches);
  const written = names.map((name) => {
    const declared = branches[name] as Leaves | Leaf;
    return `{ ${name}: ${isLeaf(declared) ? (declared.example ?? declared.kind) : settingsShape(declared)} }`;
  });
  const full = listed([...written, ...words.map((word) => `"${word}"`)], "or");
  if (full.length <= longestShape) return `must be ${full}`;
  return `must have exactly one of the keys ${listed(names, "and")}${words.map((word) => `, or "${word}"`).join("")}`;
}

function settingsShape(leaves: Leaves): string {
  const names = Object.entries(leaves).map(([name, one]) => (one.presence === "required" ? name : `${name}?`));
  return names.length === 0 ? "{}" : `{ ${names.join(", ")} }`;
}

function branchSchema(name: string, declared: Leaves | Leaf): Schema {
  if (isLeaf(declared)) return { type: "object", properties: { [name]: leafSchema(declared) }, required: [name] };
  const properties = Object.fromEntries(Object.entries(declared).map(([key, one]) => [key, leafSchema(one)]));
  const required = Object.keys(declared).filter((key) => declared[key]?.presence === "required");
  return { type: "object", properties: { [name]: { type: "object", properties, required } }, required: [name] };
}
