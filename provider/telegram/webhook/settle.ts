// What a webhook takes from the stack's configuration and the environment: what was left out, and overrides of a single run.
import type { Finding, Settled, Sources } from "../../core/logic";
import { warning } from "../../core/rules";
import { previewWarnings } from "../notices";

type Given = Readonly<Record<string, unknown>>;

/** Fills in token and apiUrl, and applies the overrides of a single run (environment over configuration over argument). */
export function settleWebhook(given: Given, sources: Sources): Settled {
  const token = settleToken(given, sources);
  const apiUrl = given["apiUrl"] ?? configuredApiUrl(sources);
  return {
    values: { ...token.values, ...(apiUrl !== undefined && { apiUrl }), ...overrides(sources) },
    findings: token.findings,
  };
}

/** The server of the stack's configuration or of the environment. */
export function configuredApiUrl(sources: Pick<Sources, "config" | "environment">): string | undefined {
  return sources.config("telegram:apiUrl") ?? sources.environment("TELEGRAM_API_URL");
}

/** The token of the program, of the configuration, or of the environment. */
export function settleToken(given: Given, sources: Sources): Settled {
  if (given["token"] !== undefined || given["tokenFrom"] !== undefined) return { values: {}, findings: [] };
  // In clear in the stack's file it would be in every clone of the repository.
  if (sources.isInClear("telegram:token")) return { values: {}, findings: [inClear] };
  const configured = sources.secret("telegram:token");
  if (configured !== undefined) return { values: { token: configured }, findings: [] };
  const token = sources.environment("TELEGRAM_BOT_TOKEN");
  if (token === undefined) return { values: {}, findings: [] };
  return {
    values: { token },
    findings: given["expectBot"] === undefined ? [warning("token", previewWarnings.anyBot())] : [],
  };
}

const inClear: Finding = {
  field: "token",
  says:
    "cannot be used: telegram:token is stored in plain text in the stack's configuration; run `pulumi config set --secret telegram:token`, " +
    "and have @BotFather revoke the token if the file was ever shared",
  level: "problem",
};

/** Overrides by argument: the key is `telegram:<name>` in the configuration and `TELEGRAM_<NAME>` in the environment. */
const overridable: Record<string, { key: string; variable: string; parse: (text: string) => unknown }> = {
  preflight: { key: "telegram:preflight", variable: "TELEGRAM_PREFLIGHT", parse: json },
  strictRefresh: { key: "telegram:strictRefresh", variable: "TELEGRAM_STRICT_REFRESH", parse: json },
  takeover: { key: "telegram:takeover", variable: "TELEGRAM_TAKEOVER", parse: flagOrList },
  reassertTrigger: { key: "telegram:reassert", variable: "TELEGRAM_REASSERT", parse: (text) => text },
};

function overrides(sources: Sources): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [argument, { key, variable, parse }] of Object.entries(overridable)) {
    const text = sources.environment(variable) ?? sources.config(key);
    if (text !== undefined) found[argument] = parse(text);
  }
  return found;
}

/** Text that is no JSON stays text: check then says which kind is wanted. */
function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function flagOrList(text: string): unknown {
  const value = json(text);
  return typeof value === "string" ? value.split(",").map((item) => item.trim()) : value;
}
