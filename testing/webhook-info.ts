// getWebhookInfo: the fields, in the server's order, each present only when the server prints it.
import type { Answer } from "./answers";
import { done } from "./answers";
import type { Environment } from "./state";
import { namesOf } from "./update-kinds";
import type { World } from "./world";

export const getWebhookInfo = (_: World, environment: Environment): Answer => done(fieldsOf(environment));

function fieldsOf(environment: Environment): Record<string, unknown> {
  const { webhook, lastError, allowedMask, lastSynchronizationErrorDate } = environment;
  const allowedUpdates = namesOf(allowedMask);
  return {
    url: webhook?.url ?? "",
    has_custom_certificate: webhook?.certificate != null,
    pending_update_count: environment.queue.size(),
    ...(lastError === null ? {} : { last_error_date: lastError.date, last_error_message: lastError.message }),
    ...(webhook === null
      ? {}
      : { max_connections: webhook.maxConnections, ip_address: webhook.ipAddress ?? "<unknown>" }),
    ...(allowedUpdates === null ? {} : { allowed_updates: allowedUpdates }),
    ...(lastSynchronizationErrorDate === null ? {} : { last_synchronization_error_date: lastSynchronizationErrorDate }),
  };
}
