// getUpdates: long polling over the same queue that webhooks are delivered from, and its conflicts with them.
import type { Answer } from "./answers";
import { RawJson, done } from "./answers";
import type { Call } from "./parameters";
import { integerParameter } from "./parameters";
import type { Environment } from "./state";
import { maskFrom } from "./update-kinds";
import type { Update } from "./updates";
import type { World } from "./world";

const MAX_TIMEOUT_SECONDS = 50;
const MAX_UPDATES = 100;
/** Who asks again with the same offset within this time waits as long for an update when there is none … */
const SAME_OFFSET_SECONDS = 3;
/** … and within this time gets one update. */
const HASTY_SECONDS = 0.5;

export function getUpdates(world: World, environment: Environment, { parameters }: Call): Promise<Answer> {
  return new Promise((resolve) => {
    if (environment.webhook !== null) {
      const call = { answer: resolve, forget: () => undefined };
      const reason =
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
      return environment.answerConflict(call, reason);
    }
    const { queue, session } = environment;
    environment.allowedMask = maskFrom(parameters.get("allowed_updates")) ?? environment.allowedMask;
    const offset = integerParameter(parameters.get("offset"), 0, -(2 ** 31), 2 ** 31 - 1);
    let limit = integerParameter(parameters.get("limit"), MAX_UPDATES, 1, MAX_UPDATES);
    let timeout = integerParameter(parameters.get("timeout"), 0, 0, MAX_TIMEOUT_SECONDS);
    const now = world.clock.milliseconds();
    const isSame = offset === session.lastPoll.offset;
    if (isSame && now < session.lastPoll.at + SAME_OFFSET_SECONDS * 1000)
      timeout = Math.max(timeout, SAME_OFFSET_SECONDS);
    if (isSame && now < session.lastPoll.at + HASTY_SECONDS * 1000) limit = 1;
    session.lastPoll = { offset, at: now };
    const answer = (updates: readonly Update[]) => done(updates.map(({ json }) => new RawJson(json)));
    const { from, updates } = queue.read(offset, limit);
    if (timeout === 0 || updates.length > 0) return resolve(answer(updates));
    environment.endPolling("terminated by other getUpdates request; make sure that only one bot instance is running");
    wait(world, environment, timeout, () => answer(queue.read(from, limit).updates), resolve);
  });
}

function wait(
  world: World,
  environment: Environment,
  timeout: number,
  read: () => Answer,
  resolve: (answer: Answer) => void,
): void {
  const mine = {
    forget: () => {
      cancel();
      if (environment.polling === mine) environment.polling = null;
    },
    answer: (answer: Answer) => {
      mine.forget();
      resolve(answer);
    },
    wake: () => mine.answer(read()),
  };
  const cancel = world.clock.after(timeout, mine.wake);
  environment.polling = mine;
}
