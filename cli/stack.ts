// What a stack has recorded of a webhook and of the route in front of its bot, read with Pulumi's own command.
import { loadState } from "../provider/core/fields";
import { isObject } from "../provider/core/rules";
import type { Logic } from "../provider/core/logic";
import { logics } from "../provider/registry";
import { runChild } from "../provider/run/child";
import type { RouteFacts, RouteInputs } from "../provider/proxy/route/fields";
import { tokenAt } from "../provider/telegram/tokens";
import type { WebhookInputs, WebhookState } from "../provider/telegram/webhook/fields";
import { Misuse } from "./misuse";

type Values = Record<string, unknown>;

/** A route that leads to the webhook's bot. */
export type RecordedRoute = Pick<RouteInputs, "on" | "machine" | "upstream" | "maintenance">;

export interface Recorded {
  webhook: WebhookState;
  /** Those whose URL is the webhook's; one for each machine. */
  routes: RecordedRoute[];
}

const exportSeconds = 60;
const exportBytes = 2 ** 28;

/** The one webhook of the stack; with `url`, the one that has it. */
export async function recordedIn(stack: string, url: string | undefined): Promise<Recorded> {
  const resources = await resourcesOf(stack);
  const webhooks = statesOf<WebhookInputs, WebhookState>(resources, logics.TelegramWebhook as never).filter(
    ({ url: its }) => url === undefined || its === url,
  );
  const [webhook, ...others] = webhooks;
  if (webhook === undefined) {
    throw new Misuse(`--stack: ${stack} has no TelegramWebhook${url === undefined ? "" : " with this URL"}.`);
  }
  if (others.length > 0) {
    const bots = webhooks.map(({ botId }) => botId).join(", ");
    throw new Misuse(`--stack: ${stack} has the webhooks of several bots (${bots}): give the URL of one, too.`);
  }
  const routes = statesOf<RouteInputs, RouteInputs & RouteFacts>(resources, logics.ProxyRoute as never);
  return { webhook, routes: routes.filter((route) => (route as { url?: string }).url === webhook.url) };
}

/** The token that the webhook has, or finds where the command runs; nothing when it is not there. */
export async function tokenOf({ token, tokenFrom }: WebhookState): Promise<string | undefined> {
  if (token !== undefined || tokenFrom === undefined) return token;
  return (await tokenAt(tokenFrom).catch(() => undefined)) || undefined;
}

/** Pulumi's command may need any variable of ours: a passphrase, the keys of a cloud that holds the state. */
async function resourcesOf(stack: string): Promise<Values[]> {
  const args = ["stack", "export", "--show-secrets", "--stack", stack, "--non-interactive"];
  const { code, stdout, said, problem } = await runChild("pulumi", args, {
    environment: process.env as Record<string, string>,
    signal: AbortSignal.timeout(exportSeconds * 1000),
    limitBytes: exportBytes,
  });
  if (problem?.isMissing) throw new Misuse("--stack needs the command pulumi, which is not found in PATH.");
  if (code !== 0) throw new Misuse(`--stack: pulumi stack export failed: ${said.trim() || "no word why"}`);
  const { deployment } = JSON.parse(stdout) as { deployment?: { resources?: Values[] } };
  return deployment?.resources ?? [];
}

function statesOf<I extends object, S extends object>(resources: Values[], logic: Logic<I, S>): S[] {
  return resources
    .filter(({ type, outputs }) => outputs && String(type).endsWith(`telegram:${logic.type}`))
    .filter((one) => one["delete"] !== true)
    .map(({ outputs }) => loadState(logic as never, opened(outputs) as Values) as S);
}

const secretMark = "4dabf18193072939515e22adb298388d";

/** Each secret as its value. `--show-secrets` writes it as JSON in `plaintext`. */
function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (!isObject(value)) return value;
  if (secretMark in value) return opened(JSON.parse(String(value["plaintext"])));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, opened(one)]));
}
