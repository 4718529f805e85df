// What is told to a shell: words and files, whatever is in them.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { decoded, encoded, quoted, writing } from "../../../provider/proxy/machine-shell";

const texts = [
  "",
  "plain",
  "two words",
  "it's",
  "'",
  "''",
  "$(id)",
  "`id`",
  "\\",
  '"',
  "a\nb\n",
  "; rm -rf /",
  "é 🤖",
  "-n",
  "%s",
];

test("a quoted text is one word to a shell, and the same", () => {
  const script = `for word in ${texts.map(quoted).join(" ")}; do printf '%s\\0' "$word"; done`;
  const words = execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
  expect(words).toEqual(texts);
});

test("a text is written to a file as it is", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-shell-"));
  try {
    const files = texts.map((text, at) => ({ text, file: path.join(folder, `it's $at ${at}`) }));
    execFileSync("sh", ["-c", files.map(({ text, file }) => writing(text, file)).join("\n")]);
    expect(files.map(({ file }) => readFileSync(file, "utf8"))).toEqual(texts);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("no text stands in the command that writes it", () => {
  expect(writing("a-secret-token", "/etc/x")).not.toContain("a-secret-token");
});

test("what is encoded is one word of base64, and comes back", () => {
  for (const text of texts) {
    expect(encoded(text)).toMatch(/^[A-Za-z0-9+/=]*$/);
    expect(decoded(encoded(text))).toBe(text);
  }
});
