// The webhook's secret of an endpoint: made and rotated by it, or one of the program's own; and what the bot's process checks.
import * as pulumi from "@pulumi/pulumi";
import { sha256 } from "../../provider/core/hash";
import { kindProblem } from "../../provider/core/leaf";
import { listed } from "../../provider/core/rules";
import { isOpaque } from "../../provider/host/inputs";
import { secretTokensProblem } from "../../provider/proxy/rules";
import type { WebhookSecretArgs } from "../../provider/telegram/secret/resource";
import { processSecretFrom } from "../../provider/telegram/process-secret";
import type { Preset } from "../presets";
import type { EndpointArgs, SecretArgs } from "./args";
import type { EndpointBot } from "./bot";
import type { SharedPlan } from "./plan";
import type { Refuse } from "./shape";

/** The webhook's secret, and all that is accepted of Telegram. */
export interface EndpointSecrets {
  current: pulumi.Input<string>;
  accepted: pulumi.Input<pulumi.Input<string>[]>;
}

/** What is a mixture of two forms, or half of one, in one sentence with the cure. */
export function secretProblem(secret: EndpointArgs["secret"]): string | undefined {
  if (secret === undefined) return undefined;
  if (pulumi.Resource.isInstance(secret)) {
    if ("current" in secret) return undefined;
    return "secret must be a WebhookSecret, or { current } with the value that another resource has, such as password.result";
  }
  const keys = Object.entries(secret).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  const own: string[] = keys.filter((key) => key === "current" || key === "accepted");
  const made = keys.filter((key) => !own.includes(key));
  if (own.length === 0) return undefined;
  if (made.length === 0 && own.includes("current"))
    return unacceptedProblem((secret as SecretArgs).current, (secret as SecretArgs).accepted);
  if (made.length === 0) return "secret.accepted needs secret.current, the secret in force";
  return `secret has ${listed(made, "and")} beside ${listed(own, "and")}: it is either one of your own, { current, accepted }, or made and rotated here; keep one form`;
}

/** An edge would refuse each request of Telegram's. What is an output is judged when it is known. */
function unacceptedProblem(current: unknown, accepted: unknown): string | undefined {
  if (typeof current !== "string" || !Array.isArray(accepted) || !accepted.every((one) => typeof one === "string"))
    return undefined;
  if (accepted.includes(current)) return undefined;
  return "secret.accepted must hold secret.current too: Telegram sends that one, and each delivery would be refused";
}

export function secretOf(secret: WebhookSecretArgs | SecretArgs): Pick<SharedPlan, "secret" | "ownSecret"> {
  return "current" in secret ? { secret: undefined, ownSecret: secret } : { secret, ownSecret: undefined };
}

/** `secret`: the endpoint's own WebhookSecret, or the program's. */
export function secretsOf(secret: Partial<SecretArgs> = {}, refuse: Refuse): EndpointSecrets {
  const { current = "", accepted = [current] } = secret;
  const isPlain = typeof current === "string" && Array.isArray(accepted) && !accepted.some(isOpaque);
  if (isPlain || secret.accepted === undefined || pulumi.Resource.isInstance(secret)) return { current, accepted };
  const judged = pulumi.all([current, accepted]).apply(([one, all]) => {
    const says = unacceptedProblem(one, all);
    if (says !== undefined) throw refuse(says);
    return all;
  });
  return { current, accepted: judged };
}

/**
 * What an edge puts into the header after its check. It follows from the token, so that only a new token changes it (the process
 * starts anew then in any case); with `tokenFrom` it is the webhook's secret itself.
 */
export function stableSecretOf({ token }: EndpointBot, current: pulumi.Input<string>): pulumi.Input<string> {
  return token?.apply(processSecretFrom) ?? current;
}

/** What an edge accepts: a process that registers the webhook itself tells Telegram the secret that it knows. */
export function acceptedByEdge(
  preset: Preset | undefined,
  accepted: EndpointSecrets["accepted"],
  processSecret: pulumi.Input<string>,
): EndpointSecrets["accepted"] {
  if (!preset?.registersItself) return accepted;
  return pulumi.all([accepted, processSecret]).apply(([all, own]) => [...new Set([...all, own])]);
}

/** The SHA-256 digests of what an edge in a cloud accepts, hex, with commas, secret: the secrets themselves do not lie there. */
export function acceptedDigests(accepted: EndpointSecrets["accepted"], refuse: Refuse): pulumi.Output<string> {
  const judge = (all: string[]) => {
    const says = kindProblem("strings", all) ?? secretTokensProblem(all);
    if (says !== undefined) throw refuse(`secret.accepted ${says}`);
    return all.map((one) => sha256(one)).join(",");
  };
  const isPlain = Array.isArray(accepted) && !accepted.some(isOpaque);
  return pulumi.secret(isPlain ? judge(accepted as string[]) : pulumi.output(accepted).apply(judge));
}
