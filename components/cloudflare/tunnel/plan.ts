// What a TunnelEndpoint takes, and what the plain part of it decides.
import type * as pulumi from "@pulumi/pulumi";
import { upstreamOf, upstreamProblem } from "../../../provider/proxy/upstream";
import { sharedPlan, sharedProblem } from "../../endpoint/plan";
import type { SharedPlan } from "../../endpoint/plan";
import { judgedInput, shaped } from "../../endpoint/shape";
import type { Refuse, Shape } from "../../endpoint/shape";
import { siteOf, siteShapes } from "../site";
import type { CloudflareSiteArgs, Site } from "../site";

/** The arguments of a {@link TunnelEndpoint}. `zone`, `preset`, `secret` and `webhook` are plain objects; the values inside may be outputs. */
export interface TunnelEndpointArgs extends CloudflareSiteArgs {
  /** Where the bot is as cloudflared sees it: `http://host[:port]` or `unix:/socket`. The bot gets the path of `url`. A change is an update. */
  upstream: pulumi.Input<string>;
}

export interface TunnelPlan extends SharedPlan {
  site: Site;
  upstream: pulumi.Input<string>;
}

const shapes: Record<keyof TunnelEndpointArgs, Shape> = { ...siteShapes, upstream: "input" };

/** Decides, or throws one sentence. */
export function tunnelPlan(given: TunnelEndpointArgs, refuse: Refuse): { args: TunnelEndpointArgs; plan: TunnelPlan } {
  const args = shaped(given, shapes, refuse);
  const site = siteOf(args, refuse);
  const problem = sharedProblem(args);
  if (problem !== undefined) throw refuse(problem);
  if (args.upstream === undefined) {
    throw refuse("needs upstream, where the bot is on the machine of cloudflared, such as http://127.0.0.1:8080");
  }
  const upstream = judgedInput("upstream", args.upstream, localProblem, refuse);
  return { args, plan: { ...sharedPlan(args), site, upstream } };
}

function localProblem(text: string): string | undefined {
  const says = upstreamProblem(text);
  if (says !== undefined) return says;
  if (upstreamOf(text)?.path === undefined) return undefined;
  return "must have no path: cloudflared changes none, so the bot is asked for the path of the url. Let the bot listen there, or give its path as path";
}
