// The one list of recorded cases in which the fake server answers otherwise than the real one, on purpose.
import type { Difference } from "./player";

export interface Deviation {
  /** Row of the deviations table in testing/README.md. */
  number: string;
  file: string;
  /** Names of the cases, every one of which must differ. */
  cases: string[];
}

export const DEVIATIONS: Deviation[] = [
  { number: "R1", file: "responses", cases: ["extra 500 no CL body keepopen", "500 then close"] },
];

/** What is to be empty: differences that are not listed, and listed ones that no longer occur. */
export function judged(file: string, differences: Difference[]): { unexplained: Difference[]; gone: string[] } {
  const listed = DEVIATIONS.filter((each) => each.file === file).flatMap(({ cases }) => cases);
  const differing = new Set(differences.map(({ name }) => name));
  return {
    unexplained: differences.filter(({ name }) => !listed.includes(name)),
    gone: listed.filter((name) => !differing.has(name)),
  };
}

export const NOTHING = { unexplained: [], gone: [] };
