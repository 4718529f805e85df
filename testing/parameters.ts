// Parameters of a call as the server reads them: the first occurrence of a name wins, everything is text.
import { integerIn, textOf, trimmed } from "./bytes";
import { HttpProblem } from "./http-problem";
import type { Encoding } from "./types";

export interface Call {
  parameters: Map<string, string>;
  files: Map<string, Buffer>;
  encoding: Encoding;
  /** Of all parameters, names included, but not of files. */
  parameterBytes: number;
}

/** What all parameters of a call, but not its files, may have together. */
export const MAX_PARAMETER_BYTES = 2 ** 20;

export const emptyCall = (): Call => ({ parameters: new Map(), files: new Map(), encoding: "none", parameterBytes: 0 });

export const isTrue = (value: string | undefined): boolean =>
  ["true", "yes", "1"].includes(trimmed(value ?? "").toLowerCase());

/** The number at the beginning of the text (0 when there is none) as 32 bits, brought into the range; the default when left out or empty. */
export function integerParameter(text: string | undefined, byDefault: number, least: number, most: number): number {
  if (text === undefined || text === "") return byDefault;
  const number = Number(integerIn(text, 32));
  return Math.min(Math.max(number, least), most);
}

export function addParameter(call: Call, name: string, value: string): void {
  if (!call.parameters.has(name)) call.parameters.set(name, value);
}

/** Counts bytes of parameters; more than a MiB is refused. */
export function count(call: Call, bytes: number): void {
  refuseTooMany(call, bytes);
  call.parameterBytes += bytes;
}

/** Refuses bytes that make more than a MiB with those that were counted. */
export function refuseTooMany(call: Call, bytes: number, where = ""): void {
  if (call.parameterBytes + bytes > MAX_PARAMETER_BYTES) {
    throw new HttpProblem(413, `Request Entity Too Large: too many parameters${where}`);
  }
}

/** Adds the pairs of a query string or of a form, given as latin-1. */
export function addForm(call: Call, latin1: string): void {
  count(call, latin1.length);
  for (const pair of latin1.split("&").filter((each) => each !== "")) {
    const equals = pair.indexOf("=");
    const [name, value] = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    addParameter(call, formDecode(name), formDecode(value));
  }
}

/** `+` is a space, `%XX` a byte; a `%` that begins no escape stays. */
const formDecode = (latin1: string): string => percentDecode(latin1.replaceAll("+", " "));

export const percentDecode = (latin1: string): string =>
  textOf(latin1.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))));
