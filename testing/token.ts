// Tokens that Telegram can have made: to any other the server answers 401.

const LONGEST_TOKEN = 80;

/** Whether a text can be the token of a bot: an id, and after the colon canonical base64url of 24 characters or more. */
export function isWellFormed(token: string): boolean {
  const secret = /^[1-9]\d*:([A-Za-z0-9_-]{24,})$/.exec(token)?.[1];
  if (secret === undefined || token.length > LONGEST_TOKEN) return false;
  return Buffer.from(secret, "base64url").toString("base64url") === secret;
}

/** What a token must be, for sentences that refuse one. */
export const tokenForm =
  "<id>:<secret>, the secret base64url of 24 characters or more " +
  "(Telegram's has 35 of A-Z, a-z, 0-9, _ and -, the last one of AEIMQUYcgkosw048)";
