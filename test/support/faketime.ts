// A clock that is ahead, for what a command starts: libfaketime.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

function libfaketime(): string {
  const folders = existsSync("/usr/lib") ? readdirSync("/usr/lib").map((name) => `/usr/lib/${name}/faketime`) : [];
  const found = folders.map((folder) => path.join(folder, "libfaketimeMT.so.1")).find((file) => existsSync(file));
  if (found === undefined) throw new Error("libfaketime is missing: apt-get install faketime");
  return found;
}

/** The environment in which the program and the provider, which are Node, see a clock so many days ahead. */
export const inDays = (days: number) => ({
  env: { LD_PRELOAD: libfaketime(), FAKETIME: `+${days}d`, FAKETIME_DONT_FAKE_MONOTONIC: "1" },
});
