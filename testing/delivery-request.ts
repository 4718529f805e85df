// The head of a delivery, byte for byte as the server writes it.
import { latin1Of } from "./bytes";
import type { Webhook } from "./state";

const LONGEST_HEAD_BYTES = 4068;

/** Request line and headers as latin-1, without the last empty line; undefined when they do not fit into the server's buffer. */
export function requestHead({ parsed, secretToken }: Webhook, bodyBytes: number): string | undefined {
  const lines = [
    `POST ${parsed.target} HTTP/1.1`,
    `Host: ${parsed.host}${parsed.hasOwnPort ? `:${parsed.port}` : ""}`,
    ...(parsed.userinfo === ""
      ? []
      : [`Authorization: Basic ${Buffer.from(latin1Of(parsed.userinfo), "latin1").toString("base64")}`]),
    ...(secretToken === "" ? [] : [`X-Telegram-Bot-Api-Secret-Token: ${secretToken}`]),
    "Content-Type: application/json",
    `Content-Length: ${bodyBytes}`,
    "Connection: keep-alive",
    "Accept-Encoding: gzip, deflate",
  ];
  const head = latin1Of(lines.join("\r\n"));
  return head.length + 4 > LONGEST_HEAD_BYTES ? undefined : head;
}
