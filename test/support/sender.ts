// Somebody who sends updates to an endpoint as Telegram does, or as nearly as they can.
import * as https from "node:https";
import { text } from "node:stream/consumers";

export interface Posting {
  /** The url of the webhook. */
  url: string;
  /** Where its host name leads, port 443. */
  address: string;
  secret: string;
  updateId: number;
  text: string;
  /** The loopback address that it comes from; default 127.0.0.1. */
  from?: string;
  headers?: Record<string, string>;
}

/** Sends a message from chat 1001, the fake's default, and gives the status of the answer. The certificate is not looked at. */
export async function post({ url, address, secret, updateId, text: said, from, headers }: Posting): Promise<number> {
  const { hostname, pathname } = new URL(url);
  const chat = { id: 1001, type: "private", first_name: "Someone" };
  const sender = { id: 1001, is_bot: false, first_name: "Someone" };
  const message = { message_id: updateId, date: Math.floor(Date.now() / 1000), chat, from: sender, text: said };
  const body = JSON.stringify({ update_id: updateId, message });
  const request = https.request({
    host: address,
    servername: hostname,
    path: pathname,
    method: "POST",
    agent: false,
    rejectUnauthorized: false,
    ...(from !== undefined && { localAddress: from }),
    headers: {
      Host: hostname,
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      "X-Telegram-Bot-Api-Secret-Token": secret,
      ...headers,
    },
  });
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    request
      .on("response", resolve)
      .on("error", reject)
      .setTimeout(60_000, () => request.destroy(new Error("no answer")));
    request.end(body);
  });
  await text(response);
  return response.statusCode ?? 0;
}
