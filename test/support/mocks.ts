// Programs on Pulumi's mocks: what they register, and what their outputs become.
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

/** Runs a program on mocks: all that it registers, in the order of its names. `facts` are outputs by resource name. */
export async function registeredBy<T>(
  program: () => T,
  { facts = {}, isPreview = false }: { facts?: Record<string, object>; isPreview?: boolean } = {},
): Promise<Registered<T>> {
  const children: Child[] = [];
  const warnings: string[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs }) => {
        children.push({ type, name, inputs: laidOpen(inputs) as Record<string, unknown> });
        return { id: `${name}-id`, state: { ...(inputs as object), ...facts[name] } };
      },
      call: ({ inputs }) => inputs as object,
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
    const result = program();
    await pulumi.runtime.disconnect();
    return { children: children.sort((one, other) => one.name.localeCompare(other.name)), warnings, result };
  } finally {
    spy.mockRestore();
  }
}

export const valueOf = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => void output.apply((value) => resolve(value)));

function laidOpen(value: unknown): unknown {
  const open: unknown = pulumi.runtime.unwrapRpcSecret(value);
  if (Array.isArray(open)) return open.map(laidOpen);
  if (typeof open !== "object" || open === null) return open;
  return Object.fromEntries(Object.entries(open).map(([key, one]) => [key, laidOpen(one)]));
}
