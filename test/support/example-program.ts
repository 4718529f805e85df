// An example's program on Pulumi's mocks: what it registers and gives out, for clouds that cannot be had.
import * as path from "node:path";
import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import * as ownCloudflare from "../../components/cloudflare";
import * as own from "../../index";
import { laidOpen } from "./mocks";
import { repository } from "./pulumi";

export interface ExampleProgram {
  /** By name the type and the arguments, in the order in which they were made; secrets are open. */
  children: Record<string, [type: string, inputs: Record<string, unknown>]>;
  /** What it exports. */
  outputs: Record<string, unknown>;
}

/** `facts`: what the clouds answer, by name of the resource or of the function that is called. */
export async function registeredByExample(
  name: string,
  config: Record<string, string>,
  facts: Record<string, object>,
): Promise<ExampleProgram> {
  const children: [string, [string, Record<string, unknown>]][] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs }: pulumi.runtime.MockResourceArgs) => {
        const { __provider, __declared, ...given } = laidOpen(inputs) as Record<string, unknown>;
        children.push([name, [type, given]]);
        return { id: `${name}-id`, state: { ...(inputs as object), ...facts[name] } };
      },
      call: ({ token, inputs }) => ({ ...(inputs as object), ...facts[token] }),
    },
    "project",
    "stack",
  );
  pulumi.runtime.setAllConfig(config, ["telegram:token"]);
  let exported: Record<string, pulumi.Input<unknown>> = {};
  await jest.isolateModulesAsync(async () => {
    jest.doMock("@pulumi/pulumi", () => pulumi);
    jest.doMock("@pulumi/cloudflare", () => cloudflare);
    jest.doMock("pulumi-telegram", () => own);
    jest.doMock("pulumi-telegram/cloudflare", () => ownCloudflare);
    exported = require(path.join(repository, "examples", name, "index.ts")) as typeof exported;
    await pulumi.runtime.disconnect();
  });
  const outputs = await new Promise<unknown>((resolve) => void pulumi.output(exported).apply(resolve));
  return { children: Object.fromEntries(children), outputs: outputs as Record<string, unknown> };
}
