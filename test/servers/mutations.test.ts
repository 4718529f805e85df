// The list of mutations fits the code: what moved or was reworded is found here, not by the part of the run that tries them.
import * as path from "node:path";
import { start } from "../support/process";

test("the text of each mutation stands exactly once in its file, and its tests are there", async () => {
  const top = path.join(__dirname, "..", "..");
  const { code, stdout } = await start(process.execPath, ["scripts/mutations.mjs", "--check"], { cwd: top }).ended;
  expect(stdout).toBe("");
  expect(code).toBe(0);
});
