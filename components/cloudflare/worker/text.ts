// The text of the Worker, as it is uploaded.
import { readFileSync } from "node:fs";
import * as path from "node:path";

/** An ES module, whose default export has `fetch`. The same text for the same version of the package. */
export function gateText(): string {
  const text = readFileSync(path.join(__dirname, "gate.mjs"), "utf8");
  return text.replace(/^\/\/# sourceMappingURL=.*\n?/m, ""); // of the compiler
}

/** The rules of the runtime that the text is written for and tested with. */
export const gateCompatibilityDate = "2026-04-01";
