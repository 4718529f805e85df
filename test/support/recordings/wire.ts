// Requests to the fake server as bytes: the recorded encodings, and a connection that sends and counts exactly what is given.
import net from "node:net";

export interface WireAnswer {
  status: string;
  /** Without Date: the real server sends none, its front end does. */
  headers: string[];
  body: string;
}

export interface RecordedCall {
  http: string;
  method: string;
  encoding: string;
  params: Record<string, string>;
  files?: Record<string, string>;
}

/** The bytes of a recorded call. `files`: contents by the names that the recording uses. */
export function requestBytes(
  token: string,
  call: RecordedCall,
  files: Record<string, Buffer>,
  boundary: string,
): Buffer {
  const params = known(call.params);
  const uploads = Object.entries(call.files ?? {});
  const encoding = uploads.length > 0 ? "multipart" : call.encoding;
  const query = new URLSearchParams(params).toString();
  const target = `/bot${token}/${call.method}${encoding === "query" && query !== "" ? `?${query}` : ""}`;
  const [type, body] = bodyOf(encoding, params, query, uploads, files, boundary);
  const head = [
    `${call.http} ${target} HTTP/1.1`,
    "Host: 127.0.0.1",
    ...(type === "" ? [] : [`Content-Type: ${type}`, `Content-Length: ${body.length}`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}

/** Kinds of Bot API 10.2 and 10.3, which the recorded server (10.0) did not know and the fake one does, as other unknown ones. */
function known(params: Record<string, string>): Record<string, string> {
  const { allowed_updates: kinds, ...others } = params;
  if (kinds === undefined) return params;
  const unknown = kinds.replace(/"(subscription|stopped_message_generation)"/g, '"unknown_kind"');
  return { ...others, allowed_updates: unknown };
}

function bodyOf(
  encoding: string,
  params: Record<string, string>,
  query: string,
  uploads: [string, string][],
  files: Record<string, Buffer>,
  boundary: string,
): [type: string, body: Buffer] {
  switch (encoding) {
    case "query":
      return ["", Buffer.alloc(0)];
    case "form":
      return ["application/x-www-form-urlencoded", Buffer.from(query)];
    case "json":
      return ["application/json", Buffer.from(JSON.stringify(params))];
    case "jsonraw":
      return ["application/json", Buffer.from(rawValues(params))];
    case "broken":
      return ["application/json", Buffer.from('{"url":')];
    case "multipart": {
      const part = (disposition: string, content: Buffer, type = "") =>
        Buffer.concat([
          Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${type}\r\n`),
          content,
          Buffer.from("\r\n"),
        ]);
      const pem = "Content-Type: application/x-pem-file\r\n";
      const parts = [
        ...Object.entries(params).map(([name, value]) => part(`name="${name}"`, Buffer.from(value))),
        ...uploads.map(([name, file]) =>
          part(`name="${name}"; filename="${name}.pem"`, files[file] ?? Buffer.alloc(0), pem),
        ),
      ];
      return [
        `multipart/form-data; boundary=${boundary}`,
        Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
      ];
    }
    default:
      throw new Error(`unknown encoding ${encoding}`);
  }
}

/** Numbers, lists and null as JSON values instead of text, digit for digit. */
function rawValues(params: Record<string, string>): string {
  const valueOf = (name: string, text: string): string => {
    try {
      const value = name === "url" || text === "" ? text : (JSON.parse(text) as unknown);
      if (typeof value === "number" && !/^-?\d+$/.test(text)) return value % 1 === 0 ? `${value}.0` : String(value);
      if (typeof value !== "string" || value !== text) return text;
    } catch {
      // no JSON value: sent as text
    }
    return JSON.stringify(text);
  };
  return `{${Object.entries(params)
    .map(([name, text]) => `${JSON.stringify(name)}:${valueOf(name, text)}`)
    .join()}}`;
}

/** One connection to the fake server. */
export class Wire {
  private received: Buffer = Buffer.alloc(0);
  private watcher: () => void = () => undefined;
  state: "open" | "closed" | "reset" = "open";

  private constructor(private readonly socket: net.Socket) {
    const over = (state: "closed" | "reset") => {
      if (this.state === "open") this.state = state;
      this.watcher();
    };
    socket.on("data", (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.watcher();
    });
    socket.on("end", () => over("closed"));
    socket.on("close", () => over("closed"));
    socket.on("error", () => over("reset"));
  }

  static open(apiUrl: string): Promise<Wire> {
    const { hostname, port } = new URL(apiUrl);
    return new Promise((resolve, reject) => {
      const socket = net.connect(Number(port), hostname, () => resolve(new Wire(socket)));
      socket.setNoDelay(true);
      socket.once("error", reject);
    });
  }

  send(bytes: Buffer): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** The next whole answer, or undefined when the connection ended before one. */
  async answer(): Promise<WireAnswer | undefined> {
    for (;;) {
      const end = this.received.indexOf("\r\n\r\n");
      if (end >= 0) {
        const [status = "", ...lines] = this.received.subarray(0, end).toString("latin1").split("\r\n");
        const length = Number(lines.map((line) => /^content-length: (\d+)$/i.exec(line)?.[1]).find(Boolean) ?? 0);
        if (this.received.length >= end + 4 + length) {
          const body = this.received.subarray(end + 4, end + 4 + length).toString("latin1");
          this.received = this.received.subarray(end + 4 + length);
          return { status, headers: lines.filter((line) => !/^date:/i.test(line)), body };
        }
      }
      if (this.state !== "open") return undefined;
      await this.event();
    }
  }

  /** Waits until the other side has closed, or the deadline (real milliseconds) has passed. */
  async ended(milliseconds: number): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (this.state === "open" && Date.now() < deadline) await this.event(deadline - Date.now());
  }

  /** Bytes that arrived and are no whole answer. */
  rest(): string {
    return this.received.toString("latin1");
  }

  close(): void {
    this.socket.destroy();
  }

  private event(milliseconds = 20_000): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.watcher = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
