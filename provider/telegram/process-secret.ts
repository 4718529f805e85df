// The secret between a route and the bot's process: it follows from the token, so that nothing has to be rotated.
import { createHmac } from "node:crypto";

export function processSecretFrom(token: string): string {
  return createHmac("sha256", token).update("pulumi-telegram upstream").digest("base64url");
}
