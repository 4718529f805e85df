// The generic check, diff, defaults and masking: all of it from the one typed list of fields.
import { isDeepStrictEqual } from "node:util";

import { judged, printedOutputProblem } from "./as-pasted";
import { errors } from "./errors";
import { kindProblem } from "./leaf";
import type { Branched, Change, CheckInput, ChoiceOf, Effect, Facts, Fields, Finding, Kind, Logic } from "./logic";
import { isObject, problem } from "./rules";
import type { Hidden } from "./printable";
import type { Schema } from "./schema";

type Values = Record<string, unknown>;

/** A row as the generic code reads it: the types that bind it to its argument have done their work. */
export interface Row {
  kind: Kind;
  choice?: ChoiceOf<unknown>;
  schema?: Schema;
  secret?: true;
  hidden?: true;
  onChange?: Effect;
  asDeclared?: true;
  omitDefault?: true;
  mayBeEmptyOutput?: true;
  problem?(value: unknown): string | undefined;
  accept?(value: unknown): unknown;
  compared?(value: unknown): unknown;
  default?: unknown;
  required?: true;
  optional?: true;
  derived?:
    | { needs: readonly string[]; from(known: Values): unknown; choice?: never }
    | { choice: string; needs?: never; from(branched: Branched | undefined): unknown };
}

/** A fact's row as the generic code reads it. */
export interface FactRow {
  kind: Exclude<Kind, "choice">;
  schema?: Schema;
  optional?: true;
  secret?: true;
  sealed?: true;
  words?: true;
}

/** What check and diff are given besides the values. `unknown` stands for a value that is not known yet. */
export interface CheckContext {
  isUnknown(value: unknown): boolean;
  unknown: unknown;
  now: Date;
}

export interface Checked<I> {
  /** As they are stored: in normal form, with defaults and derived values; unknown ones are passed on. */
  inputs: Values;
  findings: Finding[];
  seen: CheckInput<I>;
}

export function rowsOf<I>(fields: Fields<I>): [string, Row][] {
  return Object.entries(fields as Record<string, Row>);
}

export function factRowsOf<F>(facts: Facts<F>): [string, FactRow][] {
  return Object.entries(facts as Record<string, FactRow>);
}

/** Validates, fills in and brings into normal form what a program declares. No I/O. */
export function checkInputs<I extends object, F extends object>(
  logic: Pick<Logic<I, F>, "fields" | "check">,
  raw: Values,
  context: CheckContext,
): Checked<I> {
  const findings = unknownArguments(logic.fields, raw);
  const known: Values = {};
  const unknown = new Set<string>();
  const choices: Record<string, Branched> = {};
  const rows = rowsOf(logic.fields);
  for (const [name, row] of rows) {
    if (row.derived) continue;
    const value = raw[name] ?? row.default;
    const printed = printedOutputProblem(value);
    if (value === undefined) {
      if (row.required) findings.push(problem(name, "is required"));
    } else if (printed !== undefined) findings.push(problem(name, printed));
    else if (row.choice && isPlain(value, context)) {
      const parsed = row.choice.parse(value, (one) => context.isUnknown(one));
      if ("problem" in parsed) findings.push(problem(name, parsed.problem));
      else {
        choices[name] = branchedOf(parsed.branch, parsed.value);
        if (parsed.isComplete) known[name] = parsed.value;
        else unknown.add(name);
      }
    } else if (context.isUnknown(value)) unknown.add(name);
    else {
      const says = row.kind === "shape" || row.kind === "choice" ? undefined : kindProblem(row.kind, value);
      const rule = (one: unknown) => row.problem?.(one);
      const wrong = says ?? (typeof value === "string" ? judged(value, rule) : rule(value));
      if (wrong === undefined) known[name] = row.accept ? row.accept(value) : value;
      else findings.push(problem(name, wrong));
    }
  }
  const refused = new Set(findings.map((finding) => finding.field));
  for (const [name, row] of rows) {
    if (row.derived) derive(name, row.derived, { known, unknown, choices, refused });
  }
  const seen = { known, unknown, choices } as unknown as CheckInput<I>;
  if (refused.size === 0) findings.push(...(logic.check?.(seen, context.now) ?? []));
  const inputs = { ...known, ...Object.fromEntries([...unknown].map((name) => [name, raw[name] ?? context.unknown])) };
  return { inputs: storedInputs(logic.fields, inputs), findings, seen };
}

/** An object of the program's own, whose leaves may be unknown; not a text or class that stands for all of it. */
function isPlain(value: unknown, context: CheckContext): boolean {
  return !context.isUnknown(value) || (isObject(value) && Object.getPrototypeOf(value) === Object.prototype);
}

function branchedOf(branch: string, value: unknown): Branched {
  const given = isObject(value) ? value[branch] : undefined;
  return { branch, settings: isObject(given) ? given : {} };
}

interface Gathered {
  known: Values;
  unknown: Set<string>;
  choices: Record<string, Branched>;
  refused: ReadonlySet<string>;
}

function derive(name: string, derived: NonNullable<Row["derived"]>, { known, unknown, choices, refused }: Gathered) {
  if (derived.choice !== undefined) {
    const branched = choices[derived.choice];
    const isUnknown = unknown.has(derived.choice);
    if (refused.has(derived.choice)) return;
    const value = branched || !isUnknown ? derived.from(branched) : undefined;
    if (value === undefined && isUnknown) unknown.add(name);
    else setKnown(known, name, value);
    return;
  }
  if (derived.needs.some((need) => refused.has(need))) return;
  if (derived.needs.some((need) => unknown.has(need))) unknown.add(name);
  else setKnown(known, name, derived.from(known));
}

/** Arguments that there are none of, as findings: a host without types has no other guard. */
export function unknownArguments<I>(fields: Fields<I>, raw: Values): Finding[] {
  const names = rowsOf(fields).flatMap(([name, row]) => (row.derived ? [] : [name]));
  const strange = Object.keys(raw).filter((name) => !Object.hasOwn(fields, name) && raw[name] !== undefined);
  return strange.map((name) => problem(name, `is not an argument; it takes ${names.join(", ")}`));
}

/** Compares what is declared (checked) with what is recorded. A missing recorded key reads as its row's default. */
export function diffInputs<I extends object, F extends object>(
  logic: Pick<Logic<I, F>, "fields" | "diff">,
  old: I & F,
  inputs: Values,
  context: CheckContext,
): Change[] {
  const changes: Change[] = [];
  const known: Values = {};
  const unknown = new Set<string>();
  const choices: Record<string, Branched> = {};
  for (const [field, row] of rowsOf(logic.fields)) {
    const value = inputs[field];
    const branch = row.choice?.branchOf(value);
    if (branch !== undefined) choices[field] = knownPart(branchedOf(branch, value), context);
    if (context.isUnknown(value)) {
      unknown.add(field);
      changes.push({ field, effect: "update" });
      continue;
    }
    setKnown(known, field, value ?? row.default);
    const recorded = (old as Values)[field];
    if (!isSame(row, recorded ?? row.default, value ?? row.default)) {
      changes.push({ field, effect: row.onChange ?? "update" });
    }
  }
  const seen = { known, unknown, choices } as unknown as CheckInput<I>;
  return [...changes, ...(logic.diff?.(old, seen, context.now) ?? [])];
}

/** Equal, or different only in what has no effect, such as the line ends of a PEM text. */
function isSame(row: Row, recorded: unknown, value: unknown): boolean {
  if (isDeepStrictEqual(recorded, value)) return true;
  const by = row.choice ?? row;
  if (!by.compared || recorded === undefined || value === undefined) return false;
  return isDeepStrictEqual(by.compared(recorded), by.compared(value));
}

function knownPart({ branch, settings }: Branched, context: CheckContext): Branched {
  const known = Object.entries(settings).filter(([, value]) => !context.isUnknown(value));
  return { branch, settings: Object.fromEntries(known) };
}

/** The recorded state of any age as today's: migrated, with defaults for what it does not have. */
export function loadState<I extends object, F extends object>(logic: Logic<I, F>, stored: Values): I & F {
  const version = typeof stored["schemaVersion"] === "number" ? stored["schemaVersion"] : 1;
  if (version > logic.schemaVersion) {
    throw errors.STATE_TOO_NEW.schema({ type: logic.type, written: version, known: logic.schemaVersion });
  }
  const current = version < logic.schemaVersion && logic.migrate ? logic.migrate(stored, version) : stored;
  return { ...inputsOf(logic.fields, current), ...factsOf(logic.facts, current) };
}

/** The arguments among stored values, and nothing else, with the defaults of those that are not there. */
export function inputsOf<I extends object>(fields: Fields<I>, values: Values): I {
  const inputs: Values = {};
  for (const [name, row] of rowsOf(fields)) setKnown(inputs, name, values[name] ?? row.default);
  return inputs as I;
}

/** The arguments as they are stored: those with `omitDefault` only when they are not the default. */
export function storedInputs<I extends object>(fields: Fields<I>, values: Values): Values {
  const stored: Values = {};
  for (const [name, row] of rowsOf(fields)) {
    if (!row.omitDefault || !isDeepStrictEqual(values[name], row.default)) setKnown(stored, name, values[name]);
  }
  return stored;
}

/** The facts among stored values, and nothing else. */
export function factsOf<F extends object>(facts: Facts<F>, values: Values): F {
  const picked: Values = {};
  for (const name of Object.keys(facts)) setKnown(picked, name, values[name]);
  return picked as F;
}

/** The names that are secret as a whole in the state: arguments and facts. A choice marks its own leaves. */
export function secretNames<I extends object, F extends object>(
  logic: Pick<Logic<I, F>, "fields" | "facts">,
): string[] {
  const rows: [string, Pick<FactRow, "secret" | "sealed">][] = [...rowsOf(logic.fields), ...factRowsOf(logic.facts)];
  return rows.flatMap(([name, row]) => (row.secret || row.sealed ? [name] : []));
}

/** The facts with their words masked. */
export function maskWords<F extends object>(facts: Facts<F>, values: F, clean: (text: string) => string): F {
  const rows = new Map(factRowsOf(facts));
  const masked = Object.entries(values).map(([name, value]: [string, unknown]) => {
    return [name, rows.get(name)?.words && typeof value === "string" ? clean(value) : value];
  });
  return Object.fromEntries(masked) as F;
}

/** What is masked of the values of these objects: every text inside a secret one, the path of a hidden one. */
export function secretTexts<I extends object, F extends object>(
  logic: Pick<Logic<I, F>, "fields" | "facts">,
  ...objects: Values[]
): Hidden[] {
  const rows = [...rowsOf(logic.fields), ...factRowsOf(logic.facts)] as [string, Row][];
  return objects.flatMap((values) =>
    rows.flatMap(([name, row]): Hidden[] => {
      if (row.hidden) return textsIn(values[name]).flatMap(pathsIn);
      if (row.choice) return textsIn(row.choice.secretsIn(values[name]));
      return row.secret ? textsIn(values[name]) : [];
    }),
  );
}

const shortestPath = 10; // what is shorter is no secret, such as /webhook, and would garble a text

/** The path with its query of a path or URL, and each of the two: a far side may quote one. */
function pathsIn(text: string): Hidden[] {
  const all = text.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  const [path = "", query = ""] = all.split("?", 2);
  const paths = new Set([all, path, query].filter((one) => one.length >= shortestPath));
  return [...paths].map((whole) => ({ whole }));
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function setKnown(target: Values, name: string, value: unknown): void {
  if (value !== undefined && value !== null) target[name] = value;
}
