// Names of the DNS byte for byte: labels as they are sent, and as printable text in which no label can pass for two.

const longestLabel = 63;
const longestWire = 255; // RFC 1035 2.3.4, with the lengths and the root

/** Bytes as a master file writes them: those that `isPlain` takes as they are, each other one as \DDD (RFC 1035 5.1). */
export function escapedBytes(bytes: Uint8Array, isPlain: (char: string) => boolean = isNamePlain): string {
  let text = "";
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    text += byte >= 0x20 && byte < 0x7f && isPlain(char) ? char : `\\${String(byte).padStart(3, "0")}`;
  }
  return text;
}

function isNamePlain(char: string): boolean {
  return /[A-Za-z0-9_*-]/.test(char);
}

/** "bots.example.com", "." for the root; a dot, a space or a control character within a label is \DDD. */
export function nameText(labels: readonly Uint8Array[]): string {
  return labels.length === 0 ? "." : labels.map((label) => escapedBytes(label)).join(".");
}

/** The other way round. With `radix` 8 an escape is octal, as Route 53 writes it. Nothing for a text that is no name. */
export function labelsOf(text: string, radix: 8 | 10 = 10): Buffer[] | undefined {
  const bare = text.replace(/^\.$/, "");
  const labels: Buffer[] = [];
  let label: number[] = [];
  let isOpen = bare !== "";
  for (let at = 0; at < bare.length;) {
    const one = byteAt(bare, at, radix);
    if (!one) return undefined;
    if (bare[at] === ".") {
      labels.push(Buffer.from(label));
      label = [];
      isOpen = at + 1 < bare.length; // a dot at the end is the root's
    } else label.push(...one.bytes);
    at = one.next;
  }
  if (isOpen) labels.push(Buffer.from(label));
  const length = labels.reduce((sum, one) => sum + one.length + 1, 1);
  const isName = labels.every((one) => one.length > 0 && one.length <= longestLabel) && length <= longestWire;
  return isName ? labels : undefined;
}

/** The character at `at`, or what an escape there stands for; several bytes where it is not ASCII. */
export function byteAt(text: string, at: number, radix: 8 | 10): { bytes: number[]; next: number } | undefined {
  if (text[at] === "\\") {
    const digits = /^\d{3}/.exec(text.slice(at + 1, at + 4))?.[0];
    if (digits === undefined) return at + 1 < text.length ? byteOf(text, at + 1) : undefined;
    const code = radix === 8 && !/^[0-7]+$/.test(digits) ? NaN : parseInt(digits, radix);
    return code <= 255 ? { bytes: [code], next: at + 4 } : undefined;
  }
  return byteOf(text, at);
}

function byteOf(text: string, at: number): { bytes: number[]; next: number } {
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return { bytes: [...Buffer.from(char)], next: at + char.length };
}

/** As a question and a signature hold it. */
export function nameWire(labels: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), label]), Buffer.from([0])]);
}
