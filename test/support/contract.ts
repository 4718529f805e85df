// The contract of proxy servers as a table: which behaviour was tried on which server, and what it does otherwise.
import { count } from "./counts";
import type { Attach, ServerName } from "./edges";

export const attaches = ["listener", "location"] as const;
/** How a route can be attached to a server so that it is files. */
export const attachesOf = (server: ServerName): readonly Attach[] => (server === "caddy" ? ["location"] : attaches);

/** One server's answer to one behaviour: "yes", "FAILS", or the word of a known difference. */
export interface Cell {
  title: string;
  behaviour: string;
  column: string;
  word: string;
}
const { contractText } = require("../../scripts/lib/contract-table.js") as {
  contractText: (cells: Cell[]) => string[];
};

export type ContractTable = ReturnType<typeof contractTable>;

/** Keeps what each cell showed. A whole test run prints the tables of all files as one; a single file prints its own. */
export function contractTable(title: string) {
  const cells: Cell[] = [];
  return {
    /** Runs the test of a behaviour and notes how it ended. `word`: what stands in the cell, such as a known difference. */
    async cell(
      behaviour: string,
      server: ServerName | "Cloudflare",
      attach: Attach | "Worker",
      work: () => Promise<unknown>,
      word = "yes",
    ) {
      const cell = { title, behaviour, column: `${server} ${attach}`, word: "FAILS" };
      cells.push(cell);
      try {
        await work();
        cell.word = word;
      } finally {
        count("cell", cell);
      }
    },
    print() {
      if (process.env["COUNTS_FILE"] === undefined) process.stdout.write(`${contractText(cells).join("\n")}\n`);
    },
  };
}
