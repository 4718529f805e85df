// setWebhook and deleteWebhook: the twelve steps of the server, in its order.
import { parseAddress } from "./addresses";
import type { Answer } from "./answers";
import { badRequest, done, tooManyRequests } from "./answers";
import { Delivery } from "./delivery";
import type { Call } from "./parameters";
import { integerParameter, isTrue } from "./parameters";
import type { Environment, Webhook } from "./state";
import { maskFrom } from "./update-kinds";
import { verificationProblem } from "./verification";
import { parseWebhookUrl } from "./webhook-url";
import type { World } from "./world";

const MAX_CERTIFICATE_BYTES = 3 * 2 ** 20;
const MAX_SECRET_BYTES = 256;

/** What a call asks for. */
interface Wanted {
  url: string;
  maxConnections: number;
  /** As sent. */
  ipAddress: string;
  secretToken: string;
  certificate: Buffer | undefined;
  dropsPending: boolean;
  allowedMask: number | undefined;
}

export function setWebhook(world: World, environment: Environment, call: Call): Promise<Answer> {
  return change(world, environment, wantedBy(call, call.parameters.get("url") ?? "", world.isLocal));
}

export function deleteWebhook(world: World, environment: Environment, call: Call): Promise<Answer> {
  return change(world, environment, wantedBy(call, "", world.isLocal));
}

async function change(world: World, environment: Environment, wanted: Wanted): Promise<Answer> {
  const now = world.clock.milliseconds();
  if (wanted.url !== "") {
    if (now < environment.session.nextSetTime) return tooManyRequests(1);
    environment.session.nextSetTime = now + 1000;
  }
  if (environment.verifying !== null) {
    environment.answerConflict(environment.verifying, "terminated by other setWebhook");
  } else if (isSameAsNow(environment, wanted)) {
    environment.allowedMask = wanted.allowedMask ?? environment.allowedMask;
    return done(true, wanted.url === "" ? "Webhook is already deleted" : "Webhook is already set");
  }
  if (wanted.url !== "") environment.endPolling("terminated by setWebhook request");
  const existed = environment.webhook !== null;
  // Before anything of the new webhook is validated: when that fails, this is what the bot is left with.
  const left = environment.removeWebhook();
  if (wanted.dropsPending) environment.queue.clear();
  if (wanted.url === "") return done(true, existed ? "Webhook was deleted" : "Webhook is already deleted");

  const webhook = newWebhook(world, wanted);
  if (!("parsed" in webhook)) return webhook;
  environment.webhook = webhook;
  environment.generation += 1;
  environment.lastError = null;
  environment.allowedMask = wanted.allowedMask ?? environment.allowedMask;
  return verified(world, environment, webhook, left);
}

/** The parameters of setWebhook; without a URL they count as left out, except the flag and the kinds of update. */
function wantedBy({ parameters, files }: Call, url: string, isLocal: boolean): Wanted {
  const attached = /^attach:\/\/(.+)$/.exec(parameters.get("certificate") ?? "")?.[1];
  const maxConnections = isLocal
    ? integerParameter(parameters.get("max_connections"), 100, 1, 100_000)
    : integerParameter(parameters.get("max_connections"), 40, 1, 100);
  const ipAddress = parameters.get("ip_address") ?? "";
  return {
    url,
    maxConnections: url === "" ? 0 : maxConnections,
    ipAddress: url === "" ? "" : ipAddress,
    secretToken: url === "" ? "" : (parameters.get("secret_token") ?? ""),
    certificate: url === "" ? undefined : (files.get("certificate") ?? files.get(attached ?? "")),
    dropsPending: isTrue(parameters.get("drop_pending_updates")),
    allowedMask: maskFrom(parameters.get("allowed_updates")),
  };
}

/** With a certificate, old or new, it is never the same; nor with a pinned address in another form than the server's own. */
function isSameAsNow({ webhook }: Environment, wanted: Wanted): boolean {
  if (webhook?.certificate || wanted.certificate !== undefined || wanted.dropsPending) return false;
  return (
    wanted.url === (webhook?.url ?? "") &&
    wanted.maxConnections === (webhook?.maxConnections ?? 0) &&
    wanted.secretToken === (webhook?.secretToken ?? "") &&
    (wanted.ipAddress !== "") === (webhook?.ipFixed ?? false) &&
    (wanted.ipAddress === "" || wanted.ipAddress === webhook?.ipAddress)
  );
}

function newWebhook(world: World, wanted: Wanted): Webhook | Answer {
  const { url, secretToken, certificate, ipAddress, maxConnections } = wanted;
  const parsed = parseWebhookUrl(url);
  if (parsed === undefined) return badRequest("invalid webhook URL specified");
  if (Buffer.byteLength(secretToken) > MAX_SECRET_BYTES) return badRequest("secret token is too long");
  if (!/^[A-Za-z0-9_-]*$/.test(secretToken)) {
    return badRequest(`secret token contains ${world.options.secretTokenWording ?? "unallowed"} characters`);
  }
  if (certificate !== undefined && certificate.length > MAX_CERTIFICATE_BYTES) {
    return badRequest(`certificate size is too big (${certificate.length} bytes)`);
  }
  return {
    url,
    parsed,
    certificate: certificate?.toString() ?? null,
    maxConnections,
    ipAddress: (parseAddress(ipAddress) ?? ipAddress) || null,
    ipFixed: ipAddress !== "",
    secretToken,
    deliverer: null,
  };
}

/** Verifies the new webhook and starts to deliver; `left` is what the bot has when it cannot be verified. */
function verified(world: World, environment: Environment, webhook: Webhook, left: Webhook | null): Promise<Answer> {
  return new Promise((resolve) => {
    const mine = {
      forget: () => {
        if (environment.verifying === mine) environment.verifying = null;
      },
      answer: (answer: Answer) => {
        mine.forget();
        resolve(answer);
      },
    };
    environment.verifying = mine;
    void verificationProblem(world, webhook).then((problem) => {
      if (environment.verifying !== mine) return; // another call has ended this one
      if (problem === undefined) {
        webhook.deliverer = new Delivery(world, environment, webhook);
        environment.saved = null;
        return mine.answer(done(true, "Webhook was set"));
      }
      environment.webhook = left;
      mine.answer(badRequest(`bad webhook: ${problem}`));
    });
  });
}
