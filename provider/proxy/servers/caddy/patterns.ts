// Regular expressions that stand in for what Caddy compares only by an expression: numbers over a limit, addresses in ranges. Pure.

/** Of a whole number's text that is greater than `limit`, with whatever zeros in front. No braces, which mean something to a Caddyfile. */
export function overPattern(limit: number): string {
  const digits = String(limit);
  const any = (count: number) => "[0-9]".repeat(count);
  const greater = [...digits].flatMap((digit, at) => {
    if (digit === "9") return [];
    return [`${digits.slice(0, at)}[${Number(digit) + 1}-9]${any(digits.length - at - 1)}`];
  });
  return `^0*(?:${[...greater, `[1-9]${any(digits.length)}[0-9]*`].join("|")})$`;
}

const octets = 4;
const octetBits = 8;

/** Of an IPv4 address in one of these ranges, as a group. */
export function oneOf(ranges: readonly string[]): string {
  return `(?:${ranges.map(rangePattern).join("|")})`;
}

function rangePattern(range: string): string {
  const [address = "", bits = "32"] = range.split("/");
  const parts = address.split(".").map(Number);
  return parts.map((part, at) => octetPattern(part, Number(bits) - at * octetBits)).join("[.]");
}

/** Of an octet whose first bits are those of `part`. */
function octetPattern(part: number, bits: number): string {
  if (bits >= octetBits) return String(part);
  if (bits <= 0) return "[0-9]+";
  const size = 2 ** (octetBits - bits);
  const first = part - (part % size);
  return `(?:${Array.from({ length: size }, (_, at) => first + at).join("|")})`;
}

/**
 * Of a list of addresses: its last one that is in none of these ranges is the first group; the first one if all are. What
 * stands there and is no address matches nothing.
 */
export function lastOutside(ranges: readonly string[]): string {
  const blank = "[[:blank:]]*";
  const address = Array.from({ length: octets }, () => "[0-9]+").join("[.]");
  return `(?:^|,)${blank}(${address})${blank}(?:,${blank}${oneOf(ranges)}${blank})*$`;
}
