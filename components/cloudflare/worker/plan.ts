// What a WorkerEndpoint takes, and what the plain part of it decides.
import * as pulumi from "@pulumi/pulumi";
import { isIP } from "node:net";
import { hostOf } from "../../../provider/core/url";
import { isOpaque } from "../../../provider/host/inputs";
import { maxBodyBytesProblem, timeoutSecondsProblem } from "../../../provider/proxy/rules";
import { sharedPlan, sharedProblem } from "../../endpoint/plan";
import type { SharedPlan } from "../../endpoint/plan";
import { judgedInput, shaped, textInput } from "../../endpoint/shape";
import type { Refuse, Shape } from "../../endpoint/shape";
import { objectWith, plainFlag, siteOf, siteShapes } from "../site";
import type { CloudflareSiteArgs, Site } from "../site";

/** Where the Worker hands updates on to: a host, or a Worker of the same account. */
export type WorkerOriginArgs = { url: pulumi.Input<string> } | { service: pulumi.Input<string> };

/** The arguments of a {@link WorkerEndpoint}. `origin`, `zone`, `waf`, `preset`, `secret` and `webhook` are plain objects; the values inside may be outputs. */
export interface WorkerEndpointArgs extends CloudflareSiteArgs {
  /**
   * Where updates go. `{ url }`: `https://host[:port][/path]`, a public host or that of a Tunnel; without a path the origin is asked for the path
   * of the url. `{ service }`: the name of a Worker of yours, by a service binding. A change is an update.
   */
  origin: WorkerOriginArgs;
  /**
   * `"customDomain"`: Cloudflare makes the record and the certificate of `hostname`. `"route"`: `hostname` has a proxied record already, and only the path
   * is the Worker's. Default `"customDomain"`. Change it together with `hostname` (see "Another attach").
   */
  attach?: "customDomain" | "route";
  /** Longer bodies are refused with 413: 1024 to 10485760. Default 1048576. */
  maxBodyBytes?: pulumi.Input<number>;
  /** How long the origin may take to begin its answer, 1 to 600; then the Worker answers 504. Default 65, since Telegram waits for 60. */
  timeoutSeconds?: pulumi.Input<number>;
  /**
   * `{ manage: true }` makes the zone's list of custom rules, with `wafRule` alone: for a zone that has none, since a zone has one list. Default: nothing is
   * made; put `wafRule` into your own list.
   */
  waf?: { manage: boolean };
}

export interface WorkerPlan extends SharedPlan {
  site: Site;
  /** Without one the update goes to `url`. */
  service: pulumi.Input<string> | undefined;
  /** Where the update goes; with a service the endpoint's own url. */
  origin: pulumi.Input<string> | undefined;
  attach: "customDomain" | "route";
  maxBodyBytes: pulumi.Input<number>;
  timeoutSeconds: pulumi.Input<number>;
  managesWaf: boolean;
}

const shapes: Record<keyof WorkerEndpointArgs, Shape> = {
  ...siteShapes,
  origin: "object",
  attach: "name",
  maxBodyBytes: "number",
  timeoutSeconds: "number",
  waf: "object",
};

/** Decides, or throws one sentence. */
export function workerPlan(given: WorkerEndpointArgs, refuse: Refuse): { args: WorkerEndpointArgs; plan: WorkerPlan } {
  const args = shaped(given, shapes, refuse);
  const { attach = "customDomain", maxBodyBytes = 1_048_576, timeoutSeconds = 65, waf = { manage: false } } = args;
  const site = siteOf(args, refuse);
  const problem = sharedProblem(args);
  if (problem !== undefined) throw refuse(problem);
  if (attach !== "customDomain" && attach !== "route") {
    throw refuse(`attach must be "customDomain" or "route"; got ${JSON.stringify(attach)}`);
  }
  const { manage } = objectWith("waf", waf, ["manage"], refuse);
  const plan: WorkerPlan = {
    ...sharedPlan(args),
    ...originOf(args.origin, { site, attach, refuse }),
    site,
    attach,
    maxBodyBytes: judgedInput("maxBodyBytes", maxBodyBytes, maxBodyBytesProblem, refuse),
    timeoutSeconds: judgedInput("timeoutSeconds", timeoutSeconds, timeoutSecondsProblem, refuse),
    managesWaf: plainFlag("waf.manage", manage, refuse),
  };
  return { args, plan };
}

function originOf(
  given: WorkerOriginArgs | undefined,
  { site, attach, refuse }: { site: Site; attach: string; refuse: Refuse },
): Pick<WorkerPlan, "origin" | "service"> {
  const values: Record<string, unknown> = { ...given };
  const keys = Object.keys(values).filter((key) => values[key] !== undefined);
  const [key] = keys;
  if (keys.length !== 1 || (key !== "url" && key !== "service")) {
    throw refuse("origin must be { url: … }, where the bot is, or { service: … }, the name of a Worker of yours");
  }
  const text = textInput(`origin.${key}`, values[key], refuse);
  if (key === "service")
    return { origin: undefined, service: judgedInput("origin.service", text, serviceProblem, refuse) };
  const own = attach === "customDomain" ? site.hostname : undefined;
  const pair = [text, own] as const;
  const rule = ([url, host]: readonly [string, string | undefined]) => originProblem(url, host);
  const judged = pair.some(isOpaque) ? pulumi.all([text, own]) : pair;
  const checked = judgedInput(
    "origin.url",
    judged as pulumi.Input<readonly [string, string | undefined]>,
    rule,
    refuse,
  );
  return { origin: isOpaque(checked) ? pulumi.output(checked).apply(([url]) => url) : text, service: undefined };
}

/** What keeps a text from being an origin. `own`: the host that the Worker itself answers for. */
function originProblem(text: string, own: string | undefined): string | undefined {
  const shape = "must be https://<host>[:<port>][/<path>]";
  const [, authority = ""] = /^https:\/\/([^/?#]*)(?:\/[A-Za-z0-9._/-]*)?$/.exec(text) ?? [];
  if (authority === "" || !URL.canParse(text)) {
    if (/^http:/i.test(text))
      return `${shape}: updates and the secret between Worker and bot would cross the network in clear`;
    return `${shape}, without a query, where the bot is reached from the internet`;
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return `${shape}, without user and password`;
  if (isIP(hostOf(url)) !== 0) return `${shape} with a host name: a Worker cannot ask an address`;
  const host = url.hostname.replace(/\.$/, "");
  if (!host.includes(".") || host.endsWith(".localhost")) {
    return `${shape} with a host that the internet knows: a Worker does not run on your machine; got ${host}`;
  }
  if (host !== own) return undefined;
  return `is the Worker's own host ${host}, so the Worker would ask itself; give the bot a host of its own, or attach: "route" if the host is the bot's`;
}

/** Source: the names that wrangler takes, developers.cloudflare.com/workers/wrangler/configuration, read November 2026. */
function serviceProblem(name: string): string | undefined {
  return /^[a-z0-9_][a-z0-9_-]{0,62}$/i.test(name)
    ? undefined
    : "must be the name of a Worker: letters, digits, hyphens and underscores";
}
