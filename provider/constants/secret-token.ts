// What keeps a text from being a secret that Telegram can send, said without the secret.
import { longestSecretToken, notInSecretToken } from "./telegram";

/**
 * `secretToken`: 1 to 256 characters of A-Z, a-z, 0-9, _ and -. The value is never shown.
 * Source: core.telegram.org/bots/api#setwebhook, `Client::do_set_webhook`.
 */
export function secretTokenProblem(value: string): string | undefined {
  if (value.length < 1 || value.length > longestSecretToken) {
    return `must be 1 to ${longestSecretToken} characters; got ${value.length} characters`;
  }
  const at = value.search(notInSecretToken);
  if (at < 0) return undefined;
  const odd = value.charAt(at);
  let cure = "another character";
  if (odd === ":") cure = "a colon (a bot's token is no secretToken: make a random text)";
  if (/\s/.test(odd)) cure = "white space (trim it)";
  if (/[+/=]/.test(odd)) cure = "one of + / = (encode it as base64url instead of base64)";
  return `must have only A-Z, a-z, 0-9, _ and -; at position ${at + 1} is ${cure}`;
}
