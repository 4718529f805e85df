// What the arguments takeover and strictRefresh allow, with the overrides that every command sees in its environment.
import type { OperationContext } from "../../core/logic";
import type { WebhookInputs } from "./fields";
import { hostOfLive, rawUrl } from "./live-url";

/** Whether a webhook of somebody else may be replaced: by host or whole URL; `true` counts at creation only. */
export function allowsTakeover(takeover: WebhookInputs["takeover"], url: string, isCreation: boolean): boolean {
  if (typeof takeover === "boolean") return takeover && isCreation;
  return takeover.some((item) => item === url || item === rawUrl(url) || item.toLowerCase() === hostOfLive(url));
}

/** The environment counts, then the stack's configuration as the engine recorded it, then the argument. */
export function isStrict({ strictRefresh }: Pick<WebhookInputs, "strictRefresh">, context: OperationContext): boolean {
  const override = process.env["TELEGRAM_STRICT_REFRESH"] || context.config("telegram:strictRefresh");
  return override ? override === "true" : strictRefresh;
}
