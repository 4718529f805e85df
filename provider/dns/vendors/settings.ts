// Settings that several vendors of DNS have.
import { text } from "../../core/leaf";

const matching = (pattern: RegExp, says: string) => (value: string) => (pattern.test(value) ? undefined : says);

/** A text of one form; `says` continues a sentence that begins with the setting's name. */
export const textLike = (pattern: RegExp, says: string) => text(matching(pattern, says));

export const credential = () =>
  textLike(/^[\x21-\x7e]{1,256}$/, "must be 1 to 256 printable characters without spaces");
export const identifier = () => textLike(/^[A-Za-z0-9]{1,64}$/, "must be 1 to 64 letters and digits");

/** Where a vendor's API is; over TLS, since the credential travels in it. */
export const apiUrl = () => text(apiUrlProblem);

function apiUrlProblem(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isLoopback = url !== undefined && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback);
  if (!url || !isSafe) return "must begin with https:// (http:// on loopback only), since the credential travels in it";
  return url.username || url.password || url.search || url.hash ? "must have no user, query or fragment" : undefined;
}
