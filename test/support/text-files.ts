// Texts as files, for programs that take nothing else: in a folder of the test file, which goes at its end.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** To be called at the top of a test file. `file` writes a text to a new file and gives the file's path. */
export function textFiles(): { folder: () => string; file: (text: string) => string } {
  let folder = "";
  let count = 0;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-texts-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    folder: () => folder,
    file: (text) => {
      const name = path.join(folder, `${(count += 1)}.pem`);
      writeFileSync(name, text);
      return name;
    },
  };
}
