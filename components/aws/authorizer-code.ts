// The text of the function that an HTTP API asks about each request: whether it has one of Telegram's secrets.
import { secretHeader } from "../../provider/constants/telegram";

/**
 * A module for Node in Lambda, `index.mjs` with the handler `index.handler`, called with the authorizer's payload 2.0. It knows the
 * SHA-256 digests of the accepted secrets (ACCEPTED_SHA256, hex, with commas) and answers with the secret that the function gets instead
 * (PROCESS_SECRET). It compares every digest, in constant time; two headers come joined by a comma, which is nobody's secret.
 */
export const authorizerCode = `import { createHash, timingSafeEqual } from "node:crypto";

const { ACCEPTED_SHA256, PROCESS_SECRET } = process.env;
const accepted = ACCEPTED_SHA256.split(",").map((digest) => Buffer.from(digest, "hex"));

export async function handler({ headers }) {
  const given = createHash("sha256").update(headers["${secretHeader.toLowerCase()}"] ?? "").digest();
  const isAuthorized = accepted.filter((digest) => timingSafeEqual(digest, given)).length > 0;
  return isAuthorized ? { isAuthorized, context: { secret: PROCESS_SECRET } } : { isAuthorized };
}
`;
