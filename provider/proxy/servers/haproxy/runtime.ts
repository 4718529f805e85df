// haproxy's runtime socket: the lists and certificates that are on disk already are taken up without a reload.
import { wordsOf } from "../../../core/failure";
import type { Connection } from "../../machine";
import type { Activation } from "../program";
import type { FileChange } from "../scripts";
import { exchange, said } from "./socket";

/** haproxy's buffer has 16 KiB. */
const longestPayload = 12_000;

const isList = ({ file }: Pick<FileChange, "file">) => file.endsWith(".secrets") || file.endsWith(".map");
const isCertificate = ({ file }: Pick<FileChange, "file">) => file.endsWith("/certificate.pem");

/** Whether all that changes is what the socket takes: other texts of files that haproxy has loaded. */
export function isForSocket(changes: readonly FileChange[]): boolean {
  return (
    changes.length > 0 &&
    changes.every(
      (change) =>
        (isList(change) || isCertificate(change)) &&
        change.existed &&
        change.text !== undefined &&
        change.text.length <= longestPayload,
    )
  );
}

/** Tells haproxy the new texts; gives what it says against one, in its own words. A reload undoes whatever was taken. */
export async function tell(
  socket: string,
  { connection, context, changes }: Pick<Activation, "connection" | "context" | "changes">,
): Promise<string | undefined> {
  const ask: Ask = (command) => exchange(connection, socket, command, context.signal);
  try {
    for (const { file, text = "" } of changes) {
      const says = await (isList({ file }) ? setList(ask, file, text) : setCertificate(ask, file, text));
      if (says !== undefined) return says;
    }
  } catch (error) {
    return wordsOf(error);
  }
  return undefined;
}

type Ask = (command: string) => Promise<string>;

/** The list is changed at once: a secret that stays is in it all the time. */
async function setList(ask: Ask, file: string, text: string): Promise<string | undefined> {
  const prepared = await ask(`prepare map ${file}`);
  const version = /^New version created: (\d+)$/.exec(prepared)?.[1];
  if (version === undefined) return said(prepared);
  const added = await ask(`add map @${version} ${file} <<\n${entriesIn(text).join("\n")}\n`);
  if (added !== "") return said(added);
  const committed = await ask(`commit map @${version} ${file}`);
  return committed === "" ? undefined : said(committed);
}

async function setCertificate(ask: Ask, file: string, text: string): Promise<string | undefined> {
  const set = await ask(`set ssl cert ${file} <<\n${entriesIn(text).join("\n")}\n`);
  if (!/^Transaction (?:created|updated) for certificate /.test(set)) return said(set);
  const committed = await ask(`commit ssl cert ${file}`);
  if (/^Success!$/m.test(committed)) return undefined;
  await ask(`abort ssl cert ${file}`);
  return said(committed);
}

/** What the running haproxy has in a list, if it tells. */
export async function runningEntries(
  socket: string,
  file: string,
  connection: Connection,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  try {
    const shown = await exchange(connection, socket, `show map ${file}`, signal);
    const lines = shown.split("\n").map((line) => /^0x[0-9a-f]+ ([0-9A-F]{64} \S+)$/.exec(line)?.[1]);
    return lines.every((line) => line !== undefined) ? lines : undefined;
  } catch {
    return undefined; // a refresh looks at the files, and asks the route itself
  }
}

/** The lines without comments and empty ones, at the first of which a payload would end. */
export const entriesIn = (text: string): string[] =>
  text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
