// How nsupdate is run: the key goes to its standard input and nowhere else; a missing one is named; the deadline ends it.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { nsupdate } from "../../provider/dns/vendors/rfc2136/nsupdate";

const secret = "c2VjcmV0LW9mLXRoaXMta2V5LTAxMjM0NTY3ODk=";
const script = ["server 127.0.0.1 53", `key hmac-sha256:ours ${secret}`];
let folder: string;

beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "nsupdate-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A program in nsupdate's place. */
function stand(body: string): string {
  const file = path.join(folder, "nsupdate");
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("the key is in no argument and in no environment, but on standard input", async () => {
  const command = stand(`echo "$@" > ${folder}/argv; env > ${folder}/env; cat > ${folder}/input`);
  expect(await nsupdate(script, AbortSignal.timeout(60_000), command)).toEqual({ isDone: true });
  const [argv, env, input] = ["argv", "env", "input"].map((name) => readFileSync(path.join(folder, name), "utf8"));
  expect([argv, env?.includes(secret), input]).toEqual(["-u 3 -r 3 -t 12\n", false, `${script.join("\n")}\nsend\n`]);
});

test("a missing program is named with the command that installs it", async () => {
  await expect(nsupdate(script, AbortSignal.timeout(60_000), path.join(folder, "none"))).rejects.toThrow(
    "This record needs the program nsupdate: apt-get install bind9-dnsutils",
  );
});

test("a program that never answers is ended at the deadline, and nobody can tell what it did", async () => {
  const ended = await nsupdate(script, AbortSignal.timeout(300), stand("exec sleep 60"));
  expect(ended).toEqual({ isDone: false, code: undefined, printed: "the deadline has passed" });
});
