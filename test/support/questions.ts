// The one table of questions that every resource answers on the real engine: a missing answer does not compile.
import { storyTest } from "./story";

export const questions = [
  "it is made",
  "a second run does nothing",
  "it is changed in place",
  "it is replaced",
  "a change by someone else is shown and repaired",
  "a removal by someone else is shown and repaired",
  "it is removed",
  "it is removed when it is already gone",
  "what is not ours is left alone",
  "a slow far side is waited for",
  "a far side that refuses is quoted, and nothing is invented",
  "a wrong credential is named",
  "an unknown value passes the preview",
  "a secret stays secret",
  "it is killed half-way and run again",
] as const;

export type Question = (typeof questions)[number];

/** Defines one test a question; those that share a step of a story (`step`) are blocked by it when it fails. */
export function answerAll(resource: string, answers: Record<Question, () => Promise<void>>): void {
  describe(`${resource}:`, () => {
    for (const question of questions) storyTest(question, answers[question]);
  });
}
