// What a person reads during `npm start`: numbered headings with the command to type, sentences, and reasons to stop.
import { setTimeout as delay } from "node:timers/promises";

let step = 0;

export function heading(title, command) {
  step += 1;
  console.log(`\n${step}. ${title}${command === undefined ? "" : `\n   $ ${command}`}`);
}

export function say(sentence) {
  console.log(`   ${sentence}`);
}

/** Ends the show with one sentence when something is not as it should be. */
export function check(isTrue, sentence) {
  if (!isTrue) throw new Error(sentence);
}

/** Polls until there is something. */
export async function eventually(look, sentence, signal) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const seen = look();
    if (seen !== undefined) return seen;
    await delay(50, undefined, { signal });
  }
  throw new Error(sentence);
}
