// One command over one of haproxy's sockets, the runtime's or the master's, and its answer.
import type { Duplex } from "node:stream";
import type { Connection } from "../../machine";

const mostCharacters = 64 * 1024;
const usualPatienceSeconds = 10;

/** One command on a connection of its own, which haproxy closes after its answer. */
export async function exchange(
  connection: Connection,
  socket: string,
  command: string,
  signal: AbortSignal,
  patienceSeconds = usualPatienceSeconds,
): Promise<string> {
  const stream = await connection.dialSocket(socket, signal);
  const end = (why: string) => stream.destroy(new Error(why));
  const timer = setTimeout(() => end(`no answer within ${patienceSeconds} s`), patienceSeconds * 1000);
  const stop = () => end("no answer before the operation's deadline");
  signal.addEventListener("abort", stop);
  try {
    return await answerOf(stream, `${command}\n`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    stream.on("error", () => undefined).destroy();
  }
}

function answerOf(stream: Duplex, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = "";
    stream.on("data", (part: Buffer) => {
      got += part.toString("utf8");
      if (got.length > mostCharacters) reject(new Error("its answer is too long"));
    });
    stream.once("end", () => resolve(got.trim())).once("error", reject);
    stream.once("close", () => resolve(got.trim()));
    stream.write(text);
  });
}

/** What it says instead of doing as it is told, for a sentence. */
export const said = (answer: string): string => answer.split("\n")[0]?.slice(0, 200) || "it answers nothing";
