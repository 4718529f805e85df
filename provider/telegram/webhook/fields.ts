// What a TelegramWebhook takes and keeps: one row per argument, the rules across arguments, and what is observed.
import type { ChoiceValueOf } from "../../core/choice-types";
import { judged } from "../../core/as-pasted";
import { fingerprint } from "../../core/hash";
import type { Facts, Fields, Finding, Logic, CheckInput } from "../../core/logic";
import { problem, warning } from "../../core/rules";
import { defaultConnections, secretHeader, telegramApiUrl } from "../../constants/telegram";
import type { Schema } from "../../core/schema";
import { certificatesText } from "../../x509/pem";
import { previewWarnings } from "../notices";
import * as rules from "../rules";
import { tokenFrom } from "../token-from";
import { settleWebhook } from "./settle";

/** Where the provider finds the token at each operation, so that it never enters the state. */
export type TokenFrom = ChoiceValueOf<typeof tokenFrom>;

/** Which checks run before the bot is touched. */
export interface Preflight {
  dns?: boolean;
  tls?: boolean;
  http?: boolean;
  require?: boolean;
  allowPrivateAddresses?: boolean;
  nameServers?: string[];
  timeoutSeconds?: number;
  settleSeconds?: number;
}

/** The arguments in normal form, as stored. */
export interface WebhookInputs {
  token?: string;
  tokenFrom?: TokenFrom;
  botId: string;
  tokenFingerprint?: string;
  url: string;
  certificate?: string;
  ipAddress?: string;
  maxConnections: number;
  allowedUpdates: string[];
  secretToken?: string;
  dropPendingUpdatesTrigger?: string;
  reassertTrigger?: string;
  expectBot?: string;
  takeover: boolean | string[];
  dropPendingUpdatesOnDestroy: boolean;
  preflight: false | Preflight;
  verifySeconds: number;
  strictRefresh: boolean;
  apiUrl: string;
  testEnvironment: boolean;
  localServer: boolean;
}

/** What is observed or made. */
export interface WebhookFacts {
  username?: string;
  hasCustomCertificate: boolean;
  certificateSha256?: string;
  registeredAt: string;
  previousUrl?: string;
  owned: Owned;
  secretInForce: boolean;
  verified: boolean;
  verificationProblem?: string;
}

/** What this resource registered last; written by apply only. The url is a hash, so that no text quotes it; a short one could be found from its hash. */
export interface Owned {
  urlSha256: string;
  registeredAt: string;
  certificateSha256?: string;
  /** A url that was sent, and nobody could tell whether it arrived; it is ours too until the next set. */
  attemptedUrlSha256?: string;
  /** Telegram reported an error right after the set, so the endpoint is checked again before the next one. */
  isUnproved?: true;
}

export type WebhookState = WebhookInputs & WebhookFacts;

/** One more than everybody's default, so that a webhook which a framework registered again shows. */
export const defaultMaxConnections = defaultConnections + 1;

const flagSchema = { type: "boolean" } as const;
const preflightSchema: Schema = {
  type: "object",
  properties: {
    dns: flagSchema,
    tls: flagSchema,
    http: flagSchema,
    require: flagSchema,
    allowPrivateAddresses: flagSchema,
    nameServers: { type: "array", items: { type: "string" } },
    timeoutSeconds: { type: "number" },
    settleSeconds: { type: "number" },
  },
};

export const webhookFields: Fields<WebhookInputs> = {
  token: { kind: "string", optional: true, secret: true, problem: rules.tokenProblem },
  tokenFrom: { kind: "choice", optional: true, choice: tokenFrom },
  botId: {
    kind: "string",
    onChange: "createThenDelete",
    derived: {
      needs: ["token", "tokenFrom", "expectBot"],
      from: ({ token, tokenFrom, expectBot }) => (tokenFrom ? expectBot : token && rules.botIdOf(token)),
    },
  },
  tokenFingerprint: {
    kind: "string",
    derived: { needs: ["token"], from: ({ token }) => token && fingerprint(token) },
  },
  url: { kind: "string", required: true, hidden: true, asDeclared: true },
  certificate: { kind: "string", optional: true, compared: certificatesText, mayBeEmptyOutput: true },
  ipAddress: { kind: "string", optional: true },
  maxConnections: { kind: "number", default: defaultMaxConnections },
  allowedUpdates: {
    kind: "shape",
    schema: { oneOf: [{ type: "array", items: { type: "string" } }, { const: "default" }] },
    default: [],
    problem: rules.allowedUpdatesProblem,
    accept: (value) => rules.normalUpdateKinds(value as string[] | "default"),
  },
  secretToken: { kind: "string", optional: true, secret: true, problem: rules.secretTokenProblem },
  dropPendingUpdatesTrigger: { kind: "string", optional: true, problem: rules.triggerProblem },
  reassertTrigger: { kind: "string", optional: true, problem: rules.triggerProblem },
  expectBot: { kind: "string", optional: true, problem: rules.expectBotProblem },
  takeover: {
    kind: "shape",
    schema: { oneOf: [{ type: "boolean" }, { type: "array", items: { type: "string" } }] },
    default: false,
    omitDefault: true,
    problem: rules.takeoverProblem,
  },
  dropPendingUpdatesOnDestroy: { kind: "boolean", default: false, omitDefault: true },
  preflight: {
    kind: "shape",
    schema: { oneOf: [{ const: false }, preflightSchema] },
    default: {},
    omitDefault: true,
    problem: rules.preflightProblem,
  },
  verifySeconds: { kind: "number", default: 3, omitDefault: true, problem: rules.verifySecondsProblem },
  strictRefresh: { kind: "boolean", default: false, omitDefault: true },
  apiUrl: {
    kind: "string",
    default: telegramApiUrl,
    omitDefault: true,
    onChange: "deleteThenCreate",
    accept: rules.normalApiUrl,
  },
  testEnvironment: { kind: "boolean", default: false, omitDefault: true, onChange: "createThenDelete" },
  localServer: { kind: "boolean", default: false, omitDefault: true },
};

const text = { type: "string" } as const;
const ownedSchema: Schema = {
  type: "object",
  properties: {
    urlSha256: text,
    registeredAt: text,
    certificateSha256: text,
    attemptedUrlSha256: text,
    isUnproved: { type: "boolean" },
  },
  required: ["urlSha256", "registeredAt"],
};

export const webhookFacts: Facts<WebhookFacts> = {
  username: { kind: "string", optional: true },
  hasCustomCertificate: { kind: "boolean" },
  certificateSha256: { kind: "string", optional: true },
  registeredAt: { kind: "string" },
  previousUrl: { kind: "string", optional: true, sealed: true },
  owned: { kind: "shape", schema: ownedSchema, sealed: true },
  secretInForce: { kind: "boolean" },
  verified: { kind: "boolean" },
  verificationProblem: { kind: "string", optional: true, words: true },
};

/** The webhook's logic; what acts is handed in, since it is loaded only when something is to be done. */
export function webhookLogic(
  lifecycle: Logic<WebhookInputs, WebhookFacts>["lifecycle"],
): Logic<WebhookInputs, WebhookFacts> {
  return {
    type: "TelegramWebhook",
    schemaVersion: 1,
    fields: webhookFields,
    facts: webhookFacts,
    settle: settleWebhook,
    check: (seen, now) => [...credentialFindings(seen), ...addressFindings(seen, now), ...advice(seen)],
    diff: (old, { known }) => {
      const certificateLost = known.certificate !== undefined && !old.hasCustomCertificate;
      const reasons = [
        ...(old.verified ? [] : ["verified"]),
        ...(certificateLost || (old.hasCustomCertificate && !known.certificate) ? ["hasCustomCertificate"] : []),
        ...(known.secretToken !== undefined && !old.secretInForce ? ["secretInForce"] : []),
      ];
      return reasons.map((field) => ({ field, effect: "update" }));
    },
    asks: ({ known: { apiUrl } }) => (apiUrl === undefined ? undefined : { field: "apiUrl", url: apiUrl }),
    exclusive: ({ apiUrl, botId, testEnvironment }) =>
      apiUrl &&
      botId &&
      `the webhook of bot ${botId}${testEnvironment ? " (test environment)" : ""} at ${new URL(apiUrl).host}`,
    lifecycle,
  };
}

function credentialFindings({ known, unknown }: CheckInput<WebhookInputs>): Finding[] {
  const { token, tokenFrom, expectBot } = known;
  const has = (name: keyof WebhookInputs) => known[name] !== undefined || unknown.has(name);
  if (has("token") && tokenFrom)
    return [problem<WebhookInputs>("tokenFrom", "cannot be given together with token; keep one of them")];
  if (!has("token") && !has("tokenFrom")) {
    return [
      problem<WebhookInputs>(
        "token",
        "is required: give token or tokenFrom, or run `pulumi config set --secret telegram:token`, or set TELEGRAM_BOT_TOKEN",
      ),
    ];
  }
  if (tokenFrom && !unknown.has("expectBot") && !/^\d+$/.test(expectBot ?? "")) {
    return [
      problem<WebhookInputs>(
        "expectBot",
        "must be the bot's numeric id when tokenFrom is used: the token is not known in a preview",
      ),
    ];
  }
  if (token && expectBot && /^\d+$/.test(expectBot) && rules.botIdOf(token) !== expectBot) {
    return [
      problem<WebhookInputs>(
        "expectBot",
        `must be the bot of the token: it is ${expectBot}, the token is of bot ${rules.botIdOf(token)}`,
      ),
    ];
  }
  return [];
}

/** The rules that depend on what kind of server it is. They wait until that is known. */
function addressFindings({ known, unknown }: CheckInput<WebhookInputs>, now: Date): Finding[] {
  if (unknown.has("localServer")) return [];
  const { url, certificate, ipAddress, maxConnections, apiUrl, token, localServer = false } = known;
  const reasons: [keyof WebhookInputs, string | undefined][] = [
    ["apiUrl", apiUrl === undefined ? undefined : judged(apiUrl, (text) => rules.apiUrlProblem(text, { localServer }))],
    [
      "url",
      url === undefined
        ? undefined
        : judged(url, (text) =>
            rules.webhookUrlProblem(text, { localServer, ...(token && { token }), ...(apiUrl && { apiUrl }) }),
          ),
    ],
    [
      "ipAddress",
      ipAddress === undefined ? undefined : judged(ipAddress, (text) => rules.ipAddressProblem(text, { localServer })),
    ],
    [
      "maxConnections",
      maxConnections === undefined ? undefined : rules.maxConnectionsProblem(maxConnections, { localServer }),
    ],
    ["certificate", certificate === undefined ? undefined : rules.certificateProblem(certificate, now)],
  ];
  const findings = reasons.flatMap(([field, says]) => (says ? [problem<WebhookInputs>(field, says)] : []));
  if (findings.length > 0 || certificate === undefined || url === undefined) return findings;
  const says = rules.certificateUrlProblem(certificate, url, now);
  return says === undefined ? [] : [problem<WebhookInputs>("certificate", says)];
}

/** What a preview should say although it does not stop it. */
function advice({ known, unknown }: CheckInput<WebhookInputs>): Finding[] {
  const isSecretMissing = known.secretToken === undefined && !unknown.has("secretToken");
  const strange = rules.unknownUpdateKinds(known.allowedUpdates ?? []);
  return [
    ...(isSecretMissing
      ? [warning<WebhookInputs>("secretToken", previewWarnings.noSecret({ header: secretHeader }))]
      : []),
    ...(strange.length > 0
      ? [warning<WebhookInputs>("allowedUpdates", previewWarnings.unknownKinds({ kinds: strange.join(", ") }))]
      : []),
  ];
}
