// The private key of a connection: held by an ssh-agent of ours, which gets it on standard input; else in a file of mode 0600.
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { keyText } from "../x509/pem";
import { startChild } from "../run/child";
import type { Child, ChildEnd } from "../run/child";
import { errors } from "./errors";

/** How ssh finds the key. */
export interface HeldKey {
  args: string[];
  /** The key is not needed any more. */
  forget(): void;
}

const startSeconds = 30;
/** The agent forgets it by itself, too: a login takes a minute at most. */
const lifeSeconds = 120;
const end = "end-of-key";

/**
 * The agent's command reads the key up to a line that no key has, tells the public key, and ends with our end of the pipe:
 * so the agent ends with us, however we end and however far it came.
 */
const agentProgram = `
trap 'kill "$SSH_AGENT_PID"' EXIT
while IFS= read -r line && [ "$line" != ${end} ]; do printf '%s\\n' "$line"; done | ssh-add -q -t ${lifeSeconds} - || exit $((100 + $?))
ssh-add -L || exit 100
cat >/dev/null
`;
const refusedCode = 101;

/** `folder`: one that nobody else can look into. */
export async function holdKey(privateKey: string, folder: string, machine: string): Promise<HeldKey> {
  const socket = path.join(folder, "agent");
  const child = startChild("ssh-agent", ["-a", socket, "sh", "-c", agentProgram], {
    environment: { SSH_ASKPASS_REQUIRE: "never" },
    isApart: true, // without a terminal, at which ssh-add would ask for a password
  });
  child.stdin.write(`${keyText(privateKey)}${end}\n`);
  const told = await publicKeyOf(child);
  if (typeof told === "string") {
    const file = writeIn(folder, "key.pub", told);
    return { args: ["-i", file, "-o", `IdentityAgent=${socket}`], forget: () => child.stdin.end() };
  }
  if (told.code === refusedCode) {
    const said = told.said.trim().split("\n").at(-1) ?? "";
    throw errors.MACHINE_UNREACHABLE.keyNotRead({ machine, said });
  }
  const file = writeIn(folder, "key", keyText(privateKey));
  return { args: ["-i", file], forget: () => rmSync(file, { force: true }) };
}

/** The public key that the agent tells, or how it ended. */
function publicKeyOf(child: Child): Promise<string | ChildEnd> {
  return new Promise((resolve) => {
    let text = "";
    const late = setTimeout(() => (child.stdin.end(), child.stop()), startSeconds * 1000);
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (text.includes("\n")) settle(text);
    });
    const settle = (told: string | ChildEnd) => (clearTimeout(late), resolve(told));
    void child.ended.then(settle);
  });
}

function writeIn(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
