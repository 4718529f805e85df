// The types of arguments and facts as JSON Schema: what a provider plugin would tell other languages.

/** The part of JSON Schema that our arguments and facts need. `secret` is Pulumi's. */
export interface Schema {
  type?: "string" | "boolean" | "number" | "array" | "object";
  enum?: readonly string[];
  const?: string | false;
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  oneOf?: readonly Schema[];
  secret?: true;
  default?: unknown;
}
