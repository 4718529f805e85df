// Finds the issuer that a certificate names. The list of issuers is handed in: some of them need what other systems declare.
import type { IssuerModule } from "./module";

type Values = Readonly<Record<string, unknown>>;

/** Who signs, in normal form: one key with its settings. */
export type StoredIssuer = Readonly<Record<string, Values>>;

/** The issuer that a certificate names, with its settings. */
export interface IssuerOf {
  module: IssuerModule;
  settings: Values;
  /** Its settings in another certificate's issuer; nothing if that is another one. */
  settingsIn: (other: StoredIssuer) => Values | undefined;
}

export type Issuers = readonly unknown[];

/** By its name; nothing if no issuer of the list has it. */
export function issuerNamed(name: string | undefined, modules: Issuers): IssuerModule | undefined {
  return (modules as readonly IssuerModule[]).find((one) => one.name === name);
}

/** Of a value that check has accepted. */
export function issuerOf(given: StoredIssuer, modules: Issuers): IssuerOf {
  const [[name, settings] = ["", {}]] = Object.entries(given);
  const module = issuerNamed(name, modules);
  if (!module) throw new Error("an issuer was used that was never parsed");
  return { module, settings, settingsIn: (other) => other[name] };
}
