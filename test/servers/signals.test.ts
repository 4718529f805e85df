// A process that we start has SIGINT at its default, whatever we were started with: where the CLI ignores it, Pulumi waits 5 s
// for each program that it runs.
import path from "node:path";
import { run } from "../support/process";

const helpers = path.join(__dirname, "../../scripts/lib/process.js");

/** Whether SIGINT, the second bit of the kernel's mask, is ignored. */
const ignores = (status: string) => (BigInt(`0x${/^SigIgn:\s*(\w+)/m.exec(status)?.[1] ?? ""}`) & 2n) !== 0n;

test("a child has it although the shell ignores it, as below nohup and in some CI", async () => {
  const status = "cat /proc/self/status";
  const node = `require(${JSON.stringify(helpers)}).run("sh", ["-c", "${status}"]).then(({ stdout }) => console.log(stdout))`;
  const shell = `trap "" INT; ${status}; echo; exec "$0" -e "$1"`;
  const { stdout } = await run("sh", ["-c", shell, process.execPath, node]);
  const [before = "", ours = ""] = stdout.split("\n\n");
  expect([ignores(before), ignores(ours)]).toEqual([true, false]);
});
