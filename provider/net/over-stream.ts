// One HTTP request over a stream that is there already, such as to a unix socket of a machine, with limits of time and size.
import http from "node:http";
import type { Duplex } from "node:stream";

export interface StreamRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface StreamAnswer {
  status: number;
  etag: string | undefined;
  body: string;
}

export interface StreamLimits {
  seconds: number;
  maxBytes: number;
  signal: AbortSignal;
}

/** Rejects when there is no whole answer within the limits. The stream is the caller's to destroy. */
export function answerOver(
  stream: Duplex,
  { method, path, headers, body }: StreamRequest,
  { seconds, maxBytes, signal }: StreamLimits,
): Promise<StreamAnswer> {
  return new Promise((resolve, reject) => {
    const given = { ...headers, "Content-Length": Buffer.byteLength(body), Connection: "close" };
    const request = http.request({ createConnection: () => stream, method, path, headers: given });
    const stop = (why: string) => request.destroy(new Error(why));
    const timer = setTimeout(() => stop(`no answer within ${seconds} s`), seconds * 1000);
    const late = () => stop("the operation's deadline has passed");
    signal.addEventListener("abort", late, { once: true });
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", late);
    };
    const fail = (error: Error) => (settle(), reject(error));
    if (signal.aborted) late();
    request.on("error", fail).on("response", (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > maxBytes) stop(`its answer has more than ${maxBytes} bytes`);
        else parts.push(part);
      });
      response.on("error", fail).on("close", () => fail(new Error("its answer was cut off")));
      response.on("end", () => {
        settle();
        const { statusCode = 0, headers: received } = response;
        resolve({ status: statusCode, etag: received.etag, body: Buffer.concat(parts).toString("utf8") });
      });
    });
    request.end(body);
  });
}
