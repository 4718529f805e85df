// What a refresh records of a bot that the server does not take: its token is dead, or it was logged out there.
import type { Failure } from "../../core/failure-types";
import type { OperationContext, Read } from "../../core/logic";
import { parts } from "../errors";
import { isLoggedOut, isTokenRejected } from "../failures";
import { noticeParts, warnings } from "../notices";
import type { WebhookFacts, WebhookInputs, WebhookState } from "./fields";

/**
 * Not verified any more, so that the next `up` acts, and fails while the server does not take the bot: a repair never ends green
 * on a dead bot. Nothing when the failure says nothing of the bot.
 */
export function withoutAccess(
  old: WebhookState,
  error: Failure,
  context: OperationContext,
): Read<WebhookInputs, WebhookFacts> | undefined {
  const recorded = (verificationProblem: string) => {
    return { inputs: old, facts: { ...old, verified: false, verificationProblem } };
  };
  if (isLoggedOut(error)) {
    context.warn(warnings.loggedOut({ botId: old.botId }));
    return recorded(error.message);
  }
  if (!isTokenRejected(error)) return undefined;
  const { status = "", description = "" } = error.details;
  const problem = parts.tokenRefused({ status, said: description });
  const happened = old.token === undefined ? noticeParts.tokenUnknown({ problem }) : noticeParts.tokenDead();
  context.warn(warnings.tokenRefused({ botId: old.botId, happened }));
  return recorded(problem);
}
