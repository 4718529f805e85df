// Text taken apart as by the server's parser: a mark that is missing breaks the whole, and no line ends but with \r\n.
import { trimmed } from "./bytes";

export class Scanner {
  isBroken = false;

  constructor(private rest: string) {}

  /** The text before a mark, whatever stands in it; the mark is stepped over. */
  till(mark: string): string {
    const at = this.isBroken ? -1 : this.rest.indexOf(mark);
    if (at < 0) this.isBroken = true;
    const taken = at < 0 ? "" : this.rest.slice(0, at);
    this.rest = at < 0 ? "" : this.rest.slice(at + mark.length);
    return taken;
  }

  /** The rest of the line. */
  line(): string {
    const taken = this.till("\r");
    if (!this.rest.startsWith("\n")) this.isBroken = true;
    this.rest = this.rest.slice(1);
    return taken;
  }

  isOver(): boolean {
    return this.isBroken || this.rest === "";
  }

  /** A header, its name in lower case; a line that begins with white space goes on with the one before. */
  header(): [name: string, value: string] {
    const name = trimmed(this.till(":")).toLowerCase();
    let value = this.line();
    while (!this.isBroken && /^[ \t]/.test(this.rest)) value += `\r\n${this.line()}`;
    return [name, trimmed(value)];
  }
}
