// Reads the answers of a machine's shell among whatever else comes over the connection. Pure; a damaged or foreign one throws.
import { errorParts } from "./errors";
import { answerLimitBytes, decoded } from "./machine-shell";

/** What a script ended with. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** `number` 0: the shell is ready. */
export interface Answer extends Ran {
  number: number;
}

const mebibyte = 1024 * 1024;
/** What may come besides answers, such as a greeting of the login profile, over the whole life of a connection. */
const noiseLimitBytes = mebibyte;
/** Both streams in base64, and the fields before them. */
const lineLimitBytes = Math.ceil((answerLimitBytes * 2 * 4) / 3) + 1024;

/** Why a connection cannot be believed any more, without its full stop. */
export class BadAnswer extends Error {}

/**
 * Knows what is an answer by the nonce at the beginning of its line. Nothing that a login prints has it by accident; it is in
 * the argument lists of ssh and of the shell, so it keeps nobody out who may look at those and write to the connection.
 */
export class AnswerReader {
  private parts: string[] = [];
  private length = 0;
  /** The beginning of the line, as far as it tells an answer from anything else. */
  private head = "";
  private noiseBytes = 0;

  constructor(private readonly nonce: string) {}

  /** The answers that this part completes. */
  take(part: string): Answer[] {
    const lines = part.split("\n");
    return lines.flatMap((text, at) => {
      this.add(text);
      return at < lines.length - 1 ? this.complete() : [];
    });
  }

  private add(text: string): void {
    if (text === "") return;
    this.head = (this.head + text).slice(0, this.nonce.length);
    this.length += text.length;
    if (!this.nonce.startsWith(this.head)) this.addNoise(text.length);
    if (this.length > lineLimitBytes) throw tooLong();
    this.parts.push(text);
  }

  private addNoise(bytes: number): void {
    this.noiseBytes += bytes;
    if (this.noiseBytes > noiseLimitBytes) throw new BadAnswer(errorParts.noise({ limit: noiseLimitBytes / mebibyte }));
  }

  private complete(): Answer[] {
    const line = this.parts.join("");
    this.parts = [];
    this.length = 0;
    this.head = "";
    if (!line.includes(this.nonce)) {
      this.addNoise(1); // its end: a line may be empty
      return [];
    }
    if (line === `${this.nonce} ready`) return [{ number: 0, code: 0, stdout: "", stderr: "" }];
    const [nonce, number = "", code = "", outLength = "", errLength = "", out = "", err = "", ...more] =
      line.split(" ");
    const isWhole =
      nonce === this.nonce &&
      [number, code, outLength, errLength].every((word) => /^\d{1,10}$/.test(word)) &&
      out.length === Number(outLength) &&
      err.length === Number(errLength) &&
      more.length === 0 &&
      isBase64(out) &&
      isBase64(err);
    if (!isWhole) throw new BadAnswer(errorParts.damaged());
    const [stdout, stderr] = [decoded(out), decoded(err)];
    if (sizeOf(out) > answerLimitBytes || sizeOf(err) > answerLimitBytes) throw tooLong();
    return [{ number: Number(number), code: Number(code), stdout, stderr }];
  }
}

const tooLong = () => new BadAnswer(errorParts.tooLong({ limit: answerLimitBytes / mebibyte }));
const isBase64 = (text: string) => /^[A-Za-z0-9+/]*={0,2}$/.test(text);
const sizeOf = (base64: string) => Math.floor((base64.replace(/=+$/, "").length * 3) / 4);
