// The vendors of DNS, one line each. Types, check, masking and what acts follow from this list.
import { choiceOf } from "../../core/choice";
import type { Choice, ChoiceValueOf } from "../../core/choice-types";
import type { HttpClient } from "../../core/http";
import type { OperationContext } from "../../core/logic";
import { isInstalled } from "../../core/peers";
import { errors } from "../errors";
import { cloudflare } from "./cloudflare";
import type { VendorModule } from "./module";
import { rfc2136 } from "./rfc2136";
import { route53 } from "./route53";
import type { Vendor } from "./vendor";

export const vendors = [cloudflare, route53, rfc2136] as const;

/** Who serves the zone, and how it is written to: exactly one key. */
export const via = choiceOf(vendors);
export type Via = ChoiceValueOf<typeof via>;
export type VendorName = (typeof vendors)[number]["name"];

/** What a record needs to know of its vendor. */
export interface VendorOf {
  module: Omit<VendorModule, "open" | "problem">;
  settings: Readonly<Record<string, unknown>>;
  open(context: OperationContext): Vendor;
}

/** The vendor that a record names; its client, and the package that it needs, are loaded by `open`. */
export function vendorOf(given: Via, http: HttpClient): VendorOf {
  return vendorIn(vendors, via, given, http);
}

/** The same for any list of modules. */
export function vendorIn(
  modules: readonly unknown[],
  declared: Pick<Choice, "branchOf">,
  given: unknown,
  http: HttpClient,
): VendorOf {
  const name = declared.branchOf(given) ?? "";
  const module = (modules as readonly VendorModule[]).find((one) => one.name === name);
  if (!module) throw new Error("a record's vendor was used that was never parsed");
  const settings = (given as Record<string, Record<string, unknown>>)[name] ?? {};
  const open = (context: OperationContext) => {
    // Looked for before anything is asked: a package that is missing is no answer of the vendor's.
    if (module.peer && !isInstalled(module.peer.name)) throw errors.PACKAGE_MISSING.npm(module.peer);
    return module.open(settings, context, http);
  };
  return { module, settings, open };
}

/** The settings of the branch that are properties of the record itself, as they are in `settings`. */
export function recordSettingsOf({ module, settings }: Pick<VendorOf, "module" | "settings">): Record<string, unknown> {
  return Object.fromEntries((module.recordSettings ?? []).map((name) => [name, settings[name]]));
}
