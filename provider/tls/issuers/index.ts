// Who can sign a TlsCertificate, one line each. Types, check, masking and what acts follow from this list.
import { choiceOf } from "../../core/choice";
import type { ChoiceValueOf } from "../../core/choice-types";
import type { IssuerModule } from "./module";
import { privateCa } from "./private-ca";
import { selfSigned } from "./self-signed";

export const issuers = [selfSigned, privateCa] as const;

/** Who signs: exactly one key. */
export const issuer = choiceOf(issuers);
export type Issuer = ChoiceValueOf<typeof issuer>;

type Values = Readonly<Record<string, unknown>>;

/** The issuer that a certificate names, with its settings. */
export interface IssuerOf {
  module: IssuerModule;
  settings: Values;
  /** Its settings in another certificate's issuer; nothing if that is another one. */
  settingsIn: (other: Issuer) => Values | undefined;
}

export type Issuers = readonly unknown[];

/** By its name; nothing if no issuer of the list has it. */
export function issuerNamed(name: string | undefined, modules: Issuers = issuers): IssuerModule | undefined {
  return (modules as readonly IssuerModule[]).find((one) => one.name === name);
}

/** Of a value that check has accepted. */
export function issuerOf(given: Issuer, modules: Issuers = issuers): IssuerOf {
  const [[name, settings] = ["", {}]] = Object.entries(given as Record<string, Values>);
  const module = issuerNamed(name, modules);
  if (!module) throw new Error("an issuer was used that was never parsed");
  return { module, settings, settingsIn: (other) => (other as Record<string, Values>)[name] };
}
