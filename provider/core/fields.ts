// The generic check, diff, defaults and masking: all of it from the one typed list of fields.
import { isDeepStrictEqual } from "node:util";
import { failure } from "./failure";
import type { Change, Effect, Facts, Fields, Finding, Kind, Logic, CheckInput } from "./logic";

type Values = Record<string, unknown>;

/** A row as the generic code reads it: the types that bind it to its argument have done their work. */
interface Row {
  kind: Kind;
  secret?: true;
  masked?(value: unknown): unknown;
  onChange?: Effect;
  asDeclared?: true;
  quiet?: true;
  problem?(value: unknown): string | undefined;
  accept?(value: unknown): unknown;
  default?: unknown;
  required?: true;
  derived?: { needs: readonly string[]; from(known: Values): unknown };
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

/** Validates, fills in and brings into normal form what a program declares. No I/O. */
export function checkInputs<I extends object, F extends object>(
  logic: Pick<Logic<I, F>, "fields" | "check">,
  raw: Values,
  glance: CheckContext,
): Checked<I> {
  const findings: Finding[] = [];
  const known: Values = {};
  const unknown = new Set<string>();
  const rows = rowsOf(logic.fields);
  for (const [name, row] of rows) {
    if (row.derived) continue;
    const value = raw[name] ?? row.default;
    if (glance.isUnknown(value)) unknown.add(name);
    else if (value === undefined) {
      if (row.required) findings.push(problem(name, "is required"));
    } else {
      const says = kindProblem(row.kind, value) ?? row.problem?.(value);
      if (says === undefined) known[name] = row.accept ? row.accept(value) : value;
      else findings.push(problem(name, says));
    }
  }
  const refused = new Set(findings.map((finding) => finding.field));
  for (const [name, row] of rows) {
    if (!row.derived || row.derived.needs.some((need) => refused.has(need))) continue;
    if (row.derived.needs.some((need) => unknown.has(need))) unknown.add(name);
    else setKnown(known, name, row.derived.from(known));
  }
  const seen = { known, unknown } as unknown as CheckInput<I>;
  if (refused.size === 0) findings.push(...(logic.check?.(seen, glance.now) ?? []));
  const inputs = { ...known, ...Object.fromEntries([...unknown].map((name) => [name, raw[name] ?? glance.unknown])) };
  return { inputs: storedInputs(logic.fields, inputs), findings, seen };
}

/** Compares what is declared (checked) with what is recorded. A missing recorded key reads as its row's default. */
export function diffInputs<I extends object, F extends object>(
  logic: Pick<Logic<I, F>, "fields" | "diff">,
  old: I & F,
  inputs: Values,
  glance: CheckContext,
): Change[] {
  const changes: Change[] = [];
  const known: Values = {};
  const unknown = new Set<string>();
  for (const [field, row] of rowsOf(logic.fields)) {
    const value = inputs[field];
    if (glance.isUnknown(value)) {
      unknown.add(field);
      changes.push({ field, effect: "update" });
      continue;
    }
    setKnown(known, field, value ?? row.default);
    const recorded = (old as Values)[field];
    if (!isDeepStrictEqual(recorded ?? row.default, value ?? row.default)) {
      changes.push({ field, effect: row.onChange ?? "update" });
    }
  }
  return [...changes, ...(logic.diff?.(old, { known, unknown } as unknown as CheckInput<I>, glance.now) ?? [])];
}

/** The recorded state of any age as today's: migrated, with defaults for what it does not have. */
export function loadState<I extends object, F extends object>(logic: Logic<I, F>, stored: Values): I & F {
  const version = typeof stored["schemaVersion"] === "number" ? stored["schemaVersion"] : 1;
  if (version > logic.schemaVersion) {
    throw failure(
      "STATE_TOO_NEW",
      `${logic.type}: the state was written by a newer pulumi-telegram (schema ${version}, this one knows ` +
        `${logic.schemaVersion}). Nothing was changed. Install that version or a later one.`,
    );
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

/** The arguments as they are stored: quiet ones only when they are not the default. */
export function storedInputs<I extends object>(fields: Fields<I>, values: Values): Values {
  const stored: Values = {};
  for (const [name, row] of rowsOf(fields)) {
    if (!row.quiet || !isDeepStrictEqual(values[name], row.default)) setKnown(stored, name, values[name]);
  }
  return stored;
}

/** The facts among stored values, and nothing else. */
export function factsOf<F extends object>(facts: Facts<F>, values: Values): F {
  const picked: Values = {};
  for (const name of Object.keys(facts)) setKnown(picked, name, values[name]);
  return picked as F;
}

/** The names that are secret in the state: arguments and facts. */
export function secretNames<I extends object, F extends object>(
  logic: Pick<Logic<I, F>, "fields" | "facts">,
): string[] {
  const fields = rowsOf(logic.fields).flatMap(([name, row]) => (row.secret ? [name] : []));
  const facts = Object.entries<string>(logic.facts).flatMap(([name, kind]) => (kind === "secret" ? [name] : []));
  return [...fields, ...facts];
}

/** The facts with their words masked. */
export function maskWords<F extends object>(facts: Facts<F>, values: F, clean: (text: string) => string): F {
  const kinds = facts as Record<string, Facts<Values>[string]>;
  const masked = Object.entries(values).map(([name, value]: [string, unknown]) => {
    return [name, kinds[name] === "words" && typeof value === "string" ? clean(value) : value];
  });
  return Object.fromEntries(masked) as F;
}

/** Every text inside the secret values of these objects, for masking. */
export function secretTexts<I extends object, F extends object>(
  logic: Pick<Logic<I, F>, "fields" | "facts">,
  ...objects: Values[]
): string[] {
  const rows = new Map(rowsOf(logic.fields));
  return objects.flatMap((values) =>
    secretNames(logic).flatMap((name) => {
      const row = rows.get(name);
      return textsIn(row?.masked ? row.masked(values[name]) : values[name]);
    }),
  );
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function kindProblem(kind: Kind, value: unknown): string | undefined {
  if (kind === "shape") return undefined;
  if (kind === "strings") {
    if (!Array.isArray(value)) return `must be a list of strings; got ${nameOfKind(value)}`;
    const at = value.findIndex((item) => typeof item !== "string");
    return at < 0 ? undefined : `must be a list of strings; item ${at + 1} is ${nameOfKind(value[at])}`;
  }
  return typeof value === kind ? undefined : `must be a ${kind}; got ${nameOfKind(value)}`;
}

function nameOfKind(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function problem(field: string, says: string): Finding {
  return { field, says, level: "problem" };
}

function setKnown(target: Values, name: string, value: unknown): void {
  if (value !== undefined && value !== null) target[name] = value;
}
