// What a program takes from its stack's configuration and its environment when an argument is left out, or overridden.
import * as pulumi from "@pulumi/pulumi";

/** The arguments that this looks at; `args` is passed through with them filled in. */
interface Configurable {
  token?: pulumi.Input<string>;
  tokenFrom?: unknown;
  apiUrl?: pulumi.Input<string>;
}

/** Where a token that was not an argument came from. */
export interface Settled<A> {
  args: A;
  isTokenFromEnvironment: boolean;
}

/** Fills in token and apiUrl, and applies the overrides of a single run (environment over configuration over argument). */
export function settle<A extends Configurable>(args: A): Settled<A> {
  const config = new pulumi.Config("telegram");
  const isTokenGiven = args.token !== undefined || args.tokenFrom !== undefined;
  const fromConfig = isTokenGiven ? undefined : tokenFromConfig(config);
  const fromEnvironment =
    isTokenGiven || fromConfig !== undefined ? undefined : filled(process.env["TELEGRAM_BOT_TOKEN"]);
  const token = args.token ?? fromConfig ?? fromEnvironment;
  const apiUrl = args.apiUrl ?? configuredApiUrl();
  return {
    args: {
      ...args,
      ...(token !== undefined && { token }),
      ...(apiUrl !== undefined && { apiUrl }),
      ...overrides(config),
    },
    isTokenFromEnvironment: fromEnvironment !== undefined,
  };
}

/** The server of the stack's configuration or of the environment. */
export function configuredApiUrl(): string | undefined {
  return new pulumi.Config("telegram").get("apiUrl") ?? filled(process.env["TELEGRAM_API_URL"]);
}

/** Overrides by argument: the key is `telegram:<name>` in the configuration and `TELEGRAM_<NAME>` in the environment. */
const overridable: Record<string, { key: string; variable: string; parse: (text: string) => unknown }> = {
  preflight: { key: "preflight", variable: "TELEGRAM_PREFLIGHT", parse: json },
  strictRefresh: { key: "strictRefresh", variable: "TELEGRAM_STRICT_REFRESH", parse: json },
  takeover: { key: "takeover", variable: "TELEGRAM_TAKEOVER", parse: flagOrList },
  reassertTrigger: { key: "reassert", variable: "TELEGRAM_REASSERT", parse: (text) => text },
};

function overrides(config: pulumi.Config): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [argument, { key, variable, parse }] of Object.entries(overridable)) {
    const text = filled(process.env[variable]) ?? config.get(key);
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

/** A token in clear in the stack's file would be in every clone of the repository. */
function tokenFromConfig(config: pulumi.Config): pulumi.Output<string> | undefined {
  const secretKeys = process.env["PULUMI_CONFIG_SECRET_KEYS"];
  const token = config.getSecret("token");
  if (token === undefined || secretKeys === undefined) return token;
  if ((JSON.parse(secretKeys) as string[]).includes("telegram:token")) return token;
  throw new pulumi.RunError(
    "telegram:token is stored in plain text in the stack's configuration; run `pulumi config set --secret telegram:token`, " +
      "and have @BotFather revoke the token if the file was ever shared",
  );
}

function filled(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
