// Finds that Telegram has another secret than ours, which nobody can read there.
import type { OperationContext } from "../../core/logic";
import type { HttpVerdict } from "../../probe/verdict";
import { lines } from "../notices";
import { shownUrl } from "../rules";
import { isOwned } from "./compare";
import type { WebhookState } from "./fields";
import { checksOf, probeOptionsFor } from "./preflight";
import type { Probe } from "./preflight";
import { errorSince } from "./watch";
import type { WebhookInfo } from "./wire";

/**
 * The secret at Telegram cannot be read. But when deliveries are refused for it while the endpoint takes ours, Telegram
 * has another one.
 */
export async function isSecretLost(
  probe: Probe,
  old: WebhookState,
  live: WebhookInfo,
  context: OperationContext,
): Promise<boolean> {
  if (!old.secretInForce || old.secretToken === undefined || !isOwned(old, live.url)) return false;
  const error = errorSince(new Date(old.registeredAt), live);
  const { dns, http } = checksOf(old);
  if (error?.kind !== "secret" || !http) return false;
  const seen = await probe(probeOptionsFor(old, { dns, tls: false, http }), context);
  const verdict = seen.find((one): one is HttpVerdict => one.check === "http");
  const { lastErrorAt: at = "" } = live;
  const refusal = { botId: old.botId, url: shownUrl(live.url), at, said: error.message };
  if (verdict?.secret === "accepted") {
    context.log(lines.secretLost(refusal));
    return true;
  }
  if (verdict === undefined) context.log(lines.secretUnknown(refusal));
  else context.log(lines.secretUnclear({ ...refusal, says: verdict.says }));
  return false;
}
