// The exception for Telegram's requests, which have no User-Agent: a rule for the custom rules of the zone.
import * as pulumi from "@pulumi/pulumi";
import { secretHeader } from "../../provider/constants/telegram";

/** A rule as `rules` of a `cloudflare.Ruleset` of the phase http_request_firewall_custom takes it. */
export interface WafRule {
  action: string;
  actionParameters: { phases: string[]; products: string[] };
  description: string;
  enabled: boolean;
  expression: string;
}

/**
 * What may refuse a request without a User-Agent, or for the words of a message. Source:
 * developers.cloudflare.com/waf/custom-rules/skip/options, read November 2026. Not tried at a live zone.
 */
const skipped = {
  phases: ["http_request_firewall_managed", "http_request_sbfm"],
  products: ["bic", "securityLevel", "uaBlock", "waf"],
};

/** Only for requests to this path that have the header of a secret: the secret itself is compared behind it. */
export function wafRuleFor(hostname: pulumi.Input<string>, path: pulumi.Input<string>): pulumi.Output<WafRule> {
  return pulumi.all([hostname, path]).apply(([host, at]) => ({
    action: "skip",
    actionParameters: { phases: [...skipped.phases], products: [...skipped.products] },
    description: `Telegram's webhook at ${host}`,
    enabled: true,
    expression: [
      `http.host eq "${host}"`,
      `http.request.uri.path eq "${at}"`,
      'http.request.method eq "POST"',
      `any(http.request.headers.names[*] eq "${secretHeader.toLowerCase()}")`,
    ].join(" and "),
  }));
}
