// An example's program on Pulumi's mocks: what it registers and gives out, for clouds that cannot be had.
import * as path from "node:path";
import * as aws from "@pulumi/aws";
import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import * as ownAws from "../../components/aws";
import * as ownCloudflare from "../../components/cloudflare";
import * as own from "../../index";
import { repository } from "./pulumi";

export interface ExampleProgram {
  /** By name the type and the arguments, in the order in which they were made; secrets are open. */
  children: Record<string, [type: string, inputs: Record<string, unknown>]>;
  /** What it exports. */
  outputs: Record<string, unknown>;
}

/** What the clouds answer, by name of the resource or of the function that is called; or from its name and its type. */
export type Facts = Record<string, object> | ((name: string, type: string) => object);

/** `slow`: names of resources that take a while; `isPreview`: for what would wait for name servers. */
export async function registeredByExample(
  name: string,
  config: Record<string, string>,
  facts: Facts,
  { slow, isPreview = false }: { slow?: RegExp; isPreview?: boolean } = {},
): Promise<ExampleProgram> {
  const factsOf = typeof facts === "function" ? facts : (name: string) => facts[name];
  const children: [string, [string, Record<string, unknown>]][] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: async ({ name, type, inputs }: pulumi.runtime.MockResourceArgs) => {
        if (slow?.test(name)) await new Promise((resolve) => setTimeout(resolve, 300));
        const { __provider, __declared, ...given } = (await plain(inputs)) as Record<string, unknown>;
        children.push([name, [type, given]]);
        return { id: `${name}-id`, state: { ...(inputs as object), ...factsOf(name, type) } };
      },
      call: ({ token, inputs }) => ({ ...(inputs as object), ...factsOf(token, token) }),
    },
    "project",
    "stack",
    isPreview,
  );
  pulumi.runtime.setAllConfig(config, ["telegram:token"]);
  let exported: Record<string, pulumi.Input<unknown>> = {};
  await jest.isolateModulesAsync(async () => {
    jest.doMock("@pulumi/pulumi", () => pulumi);
    jest.doMock("@pulumi/aws", () => aws);
    jest.doMock("@pulumi/cloudflare", () => cloudflare);
    jest.doMock("pulumi-telegram", () => own);
    jest.doMock("pulumi-telegram/aws", () => ownAws);
    jest.doMock("pulumi-telegram/cloudflare", () => ownCloudflare);
    exported = require(path.join(repository, "examples", name, "index.ts")) as typeof exported;
    await pulumi.runtime.disconnect();
  });
  const outputs = await new Promise<unknown>((resolve) => void pulumi.output(exported).apply(resolve));
  return { children: Object.fromEntries(children), outputs: outputs as Record<string, unknown> };
}

/** Without the marks of secrets, an archive as what is in it: the paths of files, and the texts of the program's own. */
async function plain(value: unknown): Promise<unknown> {
  const known = pulumi.runtime.unwrapRpcSecret(await value) as unknown;
  if (known instanceof pulumi.asset.AssetArchive) return plain(known.assets);
  if (known instanceof pulumi.asset.StringAsset) return known.text;
  if (known instanceof pulumi.asset.FileArchive || known instanceof pulumi.asset.FileAsset) return known.path;
  if (typeof known !== "object" || known === null) return known;
  if (Array.isArray(known)) return Promise.all(known.map(plain));
  const entries = Object.entries(known).map(async ([key, one]) => [key, await plain(one)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
