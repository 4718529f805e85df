// A real nginx of a test's own, in a temporary folder, and a bot behind it that counts what reaches it.
import * as fs from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { run, type Running } from "./process";

export interface Nginx {
  home: string;
  /** For `server: { nginx }` of a route. */
  settings: { directory: string; accessLog: string; check: string[]; reload: string[] };
  /** The whole nginx.conf, to be changed by hand. */
  config: string;
  errorLog(): string;
  accessLog(): string;
  /** How often its master has read its configuration anew. */
  reloads(): number;
  running: Running;
  stop(): Promise<void>;
  /** Starts it again after `stop`. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** `ownHttp`: what the user's own http block holds; `{directory}` stands for our folder. Our include comes first. */
export const { startNginx } = require("../../scripts/lib/nginx.js") as {
  startNginx: (ownHttp: string, more?: { include?: boolean; folder?: string }) => Promise<Nginx>;
};

/** Arguments of a route in the user's own site, at `/tg/b1` unless they say otherwise. */
export function locationRoute(settings: object, args: Record<string, unknown>): Record<string, unknown> {
  const base = { server: { nginx: settings }, attach: "location", tls: "none", path: "/tg/b1" };
  return { ...base, secretTokens: ["secret-of-b1"], ...args };
}

export interface Bot {
  port: number;
  url: string;
  /** Requests that reached it, with their bodies. */
  requests: { method: string; url: string; headers: http.IncomingHttpHeaders; body: string; arrivedAt: number }[];
  close(): Promise<void>;
}

/** `atPort`: where one was before that has been closed. */
export async function startBot(atPort = 0): Promise<Bot> {
  const requests: Bot["requests"] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      requests.push({
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body,
        arrivedAt: Date.now(),
      });
      response.setHeader("X-Bot", "here").end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(atPort, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  };
}

/** Sends these bytes and gives the head of the answer. */
export function exchange(address: string, port: number, text: string): Promise<string> {
  const socket = net.connect({ host: address, port }, () => writeRequest(socket, text));
  return headOf(socket);
}

/** Writes the head, and a long body only if no answer comes first: who refuses by the head may close before the body is out. */
export function writeRequest(socket: net.Socket, text: string): void {
  const end = text.indexOf("\r\n\r\n") + 4;
  socket.write(text.slice(0, end), "latin1");
  const rest = () => void socket.write(text.slice(end), "latin1");
  if (text.length - end < 64 * 1024) return rest();
  const later = setTimeout(rest, 300);
  for (const event of ["data", "close"]) socket.once(event, () => clearTimeout(later));
}

/** What comes until the head of an answer is complete or the far side closes; then the stream is ended. */
export async function headOf(socket: net.Socket): Promise<string> {
  socket.setTimeout(60_000, () => socket.destroy(new Error("no answer within 60 s")));
  let got = "";
  try {
    return await new Promise((resolve, reject) => {
      socket.on("data", (part) => {
        got += part.toString("latin1");
        if (got.includes("\r\n\r\n")) resolve(got);
      });
      socket.on("error", (error) => (got === "" ? reject(error) : resolve(got)));
      socket.on("close", () => resolve(got));
    });
  } finally {
    socket.destroy();
  }
}

/** A self-signed certificate. */
export async function certificateFor(name: string): Promise<{ certificatePem: string; privateKeyPem: string }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-pem-"));
  try {
    const [key, certificate] = [path.join(folder, "key"), path.join(folder, "certificate")];
    const kind = /^[\d.]+$/.test(name) ? "IP" : "DNS";
    const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${kind}:${name}`];
    const { code, stderr } = await run("openssl", [...args, ...names, "-keyout", key, "-out", certificate]);
    if (code !== 0) throw new Error(stderr);
    return { certificatePem: fs.readFileSync(certificate, "utf8"), privateKeyPem: fs.readFileSync(key, "utf8") };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Every file below a folder with its text, by its path in there; none when there is no folder. */
export function filesBelow(folder: string): Record<string, string> {
  if (!fs.existsSync(folder)) return {};
  const names = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
  const texts = names.map((name) => [name, textIn(path.join(folder, name))] as const);
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Nothing for a folder, and for a file that went while it was looked at. */
function textIn(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (["EISDIR", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
