// What a program is told: each line, warning and refusal of the classes passes the border of all that is said.
import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { outgoing } from "../core/printable";
import { isObject } from "../core/rules";
import { isOpaque } from "./inputs";

/** Lines and warnings, at a resource if there is one. `secrets`: what is masked in them. */
export function programVoice(resource?: pulumi.Resource, secrets: readonly string[] = []) {
  const clean = (text: string) => outgoing(text, secrets);
  return {
    log: (line: string) => void pulumi.log.info(clean(line), resource),
    warn: (line: string) => void pulumi.log.warn(clean(line), resource),
  };
}

/** The arguments of a class are an object, not an output of one: only what is in it may be an output. */
export function refuseNoArguments(title: string, args: unknown): void {
  if (isObject(args) && !isOpaque(args)) return;
  throw refusal(`${title} needs its arguments as an object, { … }; what is inside it may be an output`);
}

/**
 * What ends a program in one sentence: Pulumi prints no stack of it. For its trace Pulumi's SDK (3.259) inspects the error all the same,
 * and where it was thrown in an output it has put a promise into it by then, behind which all resources stand: that took minutes.
 */
export function refusal(says: string): pulumi.RunError {
  const error = new pulumi.RunError(outgoing(says, []));
  return Object.defineProperty(error, inspect.custom, { value: () => error.message });
}
