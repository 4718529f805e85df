// What a program has beside its arguments: the stack's configuration, the environment, and what all its calls share.
import * as pulumi from "@pulumi/pulumi";
import type { Sources } from "../core/logic";
import { sharedServices } from "../core/shared";

/** Of the program that runs now. A secret of the configuration is a secret output. */
export function programSources(): Sources {
  const secretKeys = process.env["PULUMI_CONFIG_SECRET_KEYS"];
  return {
    config: (key) => configOf(key).get(nameIn(key)),
    secret: (key) => configOf(key).getSecret(nameIn(key)),
    isInClear: (key) =>
      configOf(key).get(nameIn(key)) !== undefined &&
      secretKeys !== undefined &&
      !(JSON.parse(secretKeys) as string[]).includes(key),
    environment: (name) => process.env[name] || undefined,
  };
}

/** Of the program that runs now, made when it is first asked for: connections, rates. */
export const programServices = sharedServices();

const configOf = (key: string) => new pulumi.Config(key.slice(0, key.indexOf(":")));
const nameIn = (key: string) => key.slice(key.indexOf(":") + 1);
