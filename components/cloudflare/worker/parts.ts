// The Worker's script: its text, and what it is bound to.
import * as pulumi from "@pulumi/pulumi";
import type { WorkersScriptArgs } from "@pulumi/cloudflare/workersScript";
import { acceptedDigests } from "../../endpoint/secret";
import type { Refuse } from "../../endpoint/shape";
import type { WorkerPlan } from "./plan";
import { gateCompatibilityDate, gateText } from "./text";

export interface GateValues {
  plan: WorkerPlan;
  path: pulumi.Input<string>;
  url: pulumi.Output<string>;
  /** All that the Worker accepts of Telegram. */
  accepted: pulumi.Input<pulumi.Input<string>[]>;
  /** What the origin gets instead, whether its framework checks it or not: something before it may. */
  processSecret: pulumi.Input<string>;
}

/** Where the update goes: an origin without a path is asked for the path of the url. */
export function originUrl({ plan, path, url }: Pick<GateValues, "plan" | "path" | "url">): pulumi.Output<string> {
  if (plan.origin === undefined) return url;
  return pulumi.all([plan.origin, path]).apply(([origin, at]) => {
    const own = /^https:\/\/[^/]*(\/.+)$/.exec(origin)?.[1];
    return own === undefined ? `${origin.replace(/\/$/, "")}${at}` : origin;
  });
}

export function scriptArgs(scriptName: pulumi.Input<string>, values: GateValues, refuse: Refuse): WorkersScriptArgs {
  const { plan, path, accepted, processSecret } = values;
  const { site, service, maxBodyBytes, timeoutSeconds } = plan;
  const text = (name: string, value: pulumi.Input<string | number>) => {
    return { name, type: "plain_text", text: pulumi.output(value).apply(String) };
  };
  const secret = (name: string, value: pulumi.Input<string>) => {
    return { name, type: "secret_text", text: pulumi.secret(value) };
  };
  return {
    accountId: site.accountId,
    scriptName,
    mainModule: "gate.mjs",
    content: gateText(),
    compatibilityDate: gateCompatibilityDate,
    bindings: [
      text("HOSTNAME", site.hostname),
      text("PATH", path),
      text("MAX_BODY_BYTES", maxBodyBytes),
      text("TIMEOUT_SECONDS", timeoutSeconds),
      text("ORIGIN_URL", originUrl(values)),
      secret("ACCEPTED_SHA256", acceptedDigests(accepted, refuse)),
      secret("PROCESS_SECRET", processSecret),
      ...(service === undefined ? [] : [{ name: "ORIGIN", type: "service", service }]),
    ],
  };
}
