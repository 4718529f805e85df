// The mark of the stack that wrote a thing which other stacks could write too: "organization/project/stack", in a closed grammar.

const part = /^[A-Za-z0-9._-]$/;
const mark = /^[A-Za-z0-9._%/-]{1,1000}$/;

/** The mark of a stack. Names are text from outside: what is not a letter, digit, ".", "_" or "-" is written as %XX. */
export function ownerMark(organization: string, project: string, stack: string): string {
  return [organization, project, stack].map(encodedPart).join("/");
}

function encodedPart(name: string): string {
  const bytes = [...Buffer.from(name.slice(0, 100), "utf8")];
  return bytes.map((byte) => byteOf(byte)).join("");
}

function byteOf(byte: number): string {
  const character = String.fromCharCode(byte);
  return part.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

const markLine = /^# owner ([A-Za-z0-9._%/-]{1,1000})$/m;

/** The comment that marks a file; every server's configuration has comments that begin with "#". */
export function ownerLine(owner: string): string {
  if (!mark.test(owner)) throw new Error("an owner that is no mark came through: nothing was written");
  return `# owner ${owner}`;
}

/** Whose a file is by its own words; nothing if it does not say. */
export function ownerIn(text: string | undefined): string | undefined {
  return markLine.exec(text ?? "")?.[1];
}

/** The text without the mark, to compare what it says otherwise. */
export function unmarked(text: string | undefined): string | undefined {
  return text?.replace(new RegExp(`${markLine.source}\n?`, "m"), "");
}
