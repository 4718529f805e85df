// What a resource claims in this run, and what is said when another one of the program claims it too, or has it otherwise.
import type { Ledger } from "../core/ledger";
import type { CheckInput, Logic } from "../core/logic";

/** Two resources that declare one thing would undo each other's work for ever; two that share one must agree on it. */
export function claimProblems<I extends object, F extends object & { [K in keyof I]?: never }>(
  logic: Logic<I, F>,
  seen: CheckInput<I>,
  { name, claimant, ledger }: { name: string; claimant: string; ledger: Ledger },
): string[] {
  const [key, alike] = [logic.exclusive?.(seen.known), logic.alike?.(seen)];
  const problems: string[] = [];
  const holder = key === undefined ? undefined : ledger.claim(key, claimant);
  if (holder !== undefined) {
    const thing = logic.called?.(seen.known) ?? String(key);
    problems.push(`${logic.type} ${name}: ${thing} is declared by ${holder} too; keep one of them`);
  }
  const other = alike && ledger.agree(alike.thing, alike.has, claimant);
  if (alike && other) {
    const cure = "declare them alike, or take another address or port for one of them";
    problems.push(
      `${logic.type} ${name}: ${alike.thing} would be for ${alike.has}, and ${other.claimant} has it for ${other.has}; ${cure}`,
    );
  }
  return problems;
}
