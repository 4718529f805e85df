// The lines that nsupdate is given. What far sides wrote stands in them as the bytes \DDD, never as it is.
import { errors } from "../../errors";
import { dataOfValue, masterFileText, valueOf } from "../../message-values";
import type { RecordData } from "../../message-values";
import type { RecordSet } from "../../values";
import type { Place } from "../vendor";

/** nsupdate cuts a line at 128 KiB and reads the rest as another one. */
const longestLine = 96 * 1024;
/** A server may not take a message of more than 64 KiB. */
const mostComparedBytes = 30_000;

/** The set exactly as it was seen, or the server does nothing. What nsupdate cannot be told is only compared by its presence. */
export function unchanged({ fqdn, type }: Place, seen: readonly RecordData[]): string[] {
  const lines = seen.map((one) => `prereq yxrrset ${fqdn}. ${type} ${masterFileText(one)}`);
  const isTold = seen.every(isWritable) && lines.join("").length <= mostComparedBytes;
  return isTold ? lines : [`prereq yxrrset ${fqdn}. ${type}`];
}

/** The whole set, or these records of it. */
export function deletions({ fqdn, type }: Place, records?: readonly RecordData[]): string[] {
  const whole = `update delete ${fqdn}. ${type}`;
  return records ? records.map((one) => `${whole} ${masterFileText(one)}`) : [whole];
}

/** What is `seen` there already is written as it was seen, byte for byte. */
export function additions(
  { fqdn, type }: Place,
  { values, ttlSeconds }: RecordSet,
  seen: readonly RecordData[] = [],
): string[] {
  return values.map((value) => {
    const data = seen.find((one) => valueOf(one) === value) ?? dataOfValue(type, value);
    return `update add ${fqdn}. ${ttlSeconds} ${type} ${masterFileText(data)}`;
  });
}

/** The script as nsupdate reads it. The last line of defence: a line can neither end before its end nor hold what is not seen. */
export function scriptOf(lines: readonly string[]): string {
  const at = lines.findIndex((line) => !/^[\x20-\x7e]*$/.test(line) || line.length > longestLine);
  if (at >= 0) throw errors.DNS_REFUSED.script({ line: at + 1 });
  return [...lines, "send", ""].join("\n");
}

/** nsupdate takes letters and digits in a CAA tag, whatever a server has (RFC 8659 4.1). */
function isWritable(record: RecordData): boolean {
  return record.type !== "CAA" || /^[A-Za-z0-9]{1,255}$/.test(record.data.tag);
}
