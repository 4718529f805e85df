// getUpdates: long polling over the same queue that webhooks are delivered from, and its conflicts with them.
import type { Answer } from "./answers";
import { RawJson, conflict, done } from "./answers";
import type { Call } from "./parameters";
import { integerParameter } from "./parameters";
import type { Environment } from "./state";
import { maskFrom } from "./update-kinds";
import type { World } from "./world";

const MAX_TIMEOUT_SECONDS = 50;
const MAX_UPDATES = 100;

export function getUpdates(world: World, environment: Environment, { parameters }: Call): Promise<Answer> | Answer {
  if (environment.webhook !== null) {
    return conflict(
      "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
  }
  environment.endPolling("terminated by other getUpdates request; make sure that only one bot instance is running");
  environment.allowedMask = maskFrom(parameters.get("allowed_updates")) ?? environment.allowedMask;
  const offset = integerParameter(parameters.get("offset"), 0, -(2 ** 31), 2 ** 31 - 1);
  const limit = integerParameter(parameters.get("limit"), MAX_UPDATES, 1, MAX_UPDATES);
  const timeout = integerParameter(parameters.get("timeout"), 0, 0, MAX_TIMEOUT_SECONDS);
  if (offset !== 0) environment.queue.confirmBefore(offset);
  const read = () =>
    done(
      environment.queue
        .all()
        .slice(0, limit)
        .map((update) => new RawJson(update.json)),
    );
  if (timeout === 0 || environment.queue.size() > 0) return read();
  return wait(world, environment, timeout, read);
}

function wait(world: World, environment: Environment, timeout: number, read: () => Answer): Promise<Answer> {
  return new Promise((resolve) => {
    const finish = (answer: Answer) => {
      cancel();
      if (environment.polling === mine) environment.polling = null;
      resolve(answer);
    };
    const mine = { answer: finish, wake: () => finish(read()) };
    const cancel = world.clock.after(timeout, mine.wake);
    environment.polling = mine;
  });
}
