// python-telegram-bot, read in version 22.8: run_webhook always calls setWebhook, so it is handed exactly our webhook.
import { kindsUpTo, preset } from "./preset";
import type { BotProcess } from "./preset";

/** What `run_webhook` takes, in its own words (`telegram/ext/_application.py`). */
interface RunWebhook {
  listen?: string;
  port?: number;
  unix?: string;
  url_path: string;
  webhook_url: string;
  secret_token?: string;
  max_connections: number;
  allowed_updates: string[];
  ip_address?: string;
  drop_pending_updates: false;
  bootstrap_retries: number;
}

/**
 * - Kinds: `UpdateType` in `telegram/constants.py`, 25. Any other is parsed to an `Update` without content, which no
 *   handler of a kind matches.
 * - setWebhook: `Updater._bootstrap` (`telegram/ext/_updater.py`) calls it at each start, by default with 40 connections,
 *   without a secret, an address or a certificate. A list of kinds that is None is left out and Telegram keeps the one
 *   before; [] is sent, and is Telegram's default.
 * - Secret: `TelegramHandler._validate_post` (`telegram/ext/_utils/webhookhandler.py`); another one is 403, and so is
 *   another content type than application/json.
 * - Answer: before the handler; handlers run one after another unless `concurrent_updates` is set.
 */
export const pythonTelegramBot = preset({
  name: "python-telegram-bot",
  kinds: kindsUpTo("guest_message"),
  allowedUpdates: "default",
  checksSecret: true,
  registersItself: true,
  environment: (process) => ({
    RUN_WEBHOOK: JSON.stringify(runWebhook(process)),
    ...(process.uploadPem ? { WEBHOOK_UPLOAD_PEM: process.uploadPem } : {}),
  }),
});

function runWebhook(process: BotProcess): RunWebhook {
  const { url, path, listen, port, socket, secretToken, maxConnections, allowedUpdates, ipAddress } = process;
  return {
    ...(socket === undefined ? { listen: listen ?? "0.0.0.0" } : { unix: socket }), // its own default is 127.0.0.1
    ...(socket === undefined && port !== undefined ? { port } : {}),
    url_path: escaped(path.slice(1)),
    webhook_url: url,
    ...(secretToken === undefined ? {} : { secret_token: secretToken }),
    max_connections: maxConnections,
    allowed_updates: allowedUpdates,
    ...(ipAddress === undefined ? {} : { ip_address: ipAddress }),
    drop_pending_updates: false,
    bootstrap_retries: 10, // several processes that start together are told "retry after 1"
  };
}

/** The path is put into a regular expression (`WebhookAppClass`, `telegram/ext/_utils/webhookhandler.py`). */
const escaped = (path: string) => path.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");
