// Programs on Pulumi's mocks: what they register, and what their outputs become.
import { runInThisContext } from "node:vm";
import * as pulumi from "@pulumi/pulumi";

export interface Child {
  type: string;
  name: string;
  /** As registered, with secrets laid open. */
  inputs: Record<string, unknown>;
}

export interface Registered<T> {
  children: Child[];
  /** What the program logged as warnings. */
  warnings: string[];
  result: T;
}

export interface Mocked {
  /** Outputs by resource name. */
  facts?: Record<string, object>;
  /** What a provider's calls answer, by their tokens; left out: their arguments. */
  answers?: Record<string, object>;
  isPreview?: boolean;
}

const tracesKept = Error.stackTraceLimit;

/** Pulumi makes a stack trace for each of its promises, which takes most of a program's time on mocks; no test reads one. */
export async function withoutTraces<T>(run: () => Promise<T>): Promise<T> {
  Error.stackTraceLimit = 0;
  try {
    return await run();
  } finally {
    Error.stackTraceLimit = tracesKept;
  }
}

/** Runs a program on mocks: all that it registers, in the order of its names. */
export async function registeredBy<T>(
  program: () => T,
  { facts = {}, answers = {}, isPreview = false }: Mocked = {},
): Promise<Registered<T>> {
  const children: Child[] = [];
  const warnings: string[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs }) => {
        children.push({ type, name, inputs: laidOpen(inputs) as Record<string, unknown> });
        return { id: `${name}-id`, state: { ...(inputs as object), ...facts[name] } };
      },
      call: ({ token, inputs }) => answers[token] ?? (inputs as object),
    },
    "project",
    "stack",
    isPreview,
  );
  const spy = jest.spyOn(pulumi.log, "warn").mockImplementation((text) => {
    warnings.push(text);
    return Promise.resolve();
  });
  try {
    const { made: result } = await withoutTraces(async () => {
      const made = program();
      await pulumi.runtime.disconnect();
      return { made };
    });
    return { children: children.sort((one, other) => one.name.localeCompare(other.name)), warnings, result };
  } finally {
    spy.mockRestore();
  }
}

/** jest's own handler would take what Pulumi's language host prints, and a test has a copy of this object. */
const real = runInThisContext("process") as NodeJS.Process;

/** What nobody handles from now on: the language host ends a program at the first of them, and what waits for it would wait for ever. */
export function rejections(): { told: unknown[]; first: Promise<void>; stop: () => void } {
  const told: unknown[] = [];
  let hasRejected: () => void = () => undefined;
  const first = new Promise<void>((resolve) => (hasRejected = resolve));
  const onRejection = (error: unknown) => (told.push(error), hasRejected());
  const before = real.listeners("unhandledRejection");
  real.removeAllListeners("unhandledRejection").on("unhandledRejection", onRejection);
  const stop = () => {
    real.removeAllListeners("unhandledRejection");
    for (const listener of before) real.on("unhandledRejection", listener);
  };
  return { told, first, stop };
}

/** The sentence with which a program is refused in a preview, at once or when an output becomes known. */
export async function refusalOf(program: () => unknown, mocked: Mocked = {}): Promise<string> {
  const { told, first, stop } = rejections();
  const run = registeredBy(program, { ...mocked, isPreview: true });
  await withoutTraces(() => Promise.race([run.catch((error: unknown) => told.push(error)), first]));
  await new Promise((resolve) => setImmediate(resolve));
  stop();
  return told.map(String).join("\n");
}

export const valueOf = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => void output.apply((value) => resolve(value)));

/** Without the marks of secrets. */
export function laidOpen(value: unknown): unknown {
  const open: unknown = pulumi.runtime.unwrapRpcSecret(value);
  if (Array.isArray(open)) return open.map(laidOpen);
  if (typeof open !== "object" || open === null) return open;
  return Object.fromEntries(Object.entries(open).map(([key, one]) => [key, laidOpen(one)]));
}
