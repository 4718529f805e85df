// Reads the values of a set of records out of a DNS message. Apart from values.ts, whose types users compile.
import type { Answer } from "dns-packet";
import { normalValues } from "./values";
import type { RecordType } from "./values";

/** The values that a DNS message holds of this type at this name, in normal form. */
export function valuesIn(answers: readonly Answer[], name: string, type: RecordType): string[] {
  const values = answers.flatMap((record) => {
    if (record.type !== type || record.name.toLowerCase() !== name) return [];
    if (record.type === "TXT") return [Buffer.concat([record.data].flat().map((part) => Buffer.from(part))).toString("latin1")]; // prettier-ignore
    if (record.type === "CAA") return [`${record.data.flags ?? 0} ${record.data.tag} "${record.data.value}"`];
    return record.type === "A" || record.type === "CNAME" ? [record.data] : [];
  });
  return normalValues(type, values);
}
