// Finds that Telegram has another secret than ours, which nobody can read there.
import type { OperationContext } from "../../core/logic";
import type { HttpVerdict } from "../../probe/verdict";
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
  const since = `bot ${old.botId}: the endpoint ${shownUrl(live.url)} refused Telegram at ${live.lastErrorAt} ("${error.message}")`;
  if (verdict?.secret === "accepted") {
    context.log(`${since}, and takes our secret: Telegram has another one. pulumi up --refresh sends ours again.`);
    return true;
  }
  context.log(`${since}. ${verdict === undefined ? "Whether it takes our secret cannot be told." : verdict.says}`);
  return false;
}
