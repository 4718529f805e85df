// Plays tls.json: endpoints with good and bad certificates, uploads, old versions of TLS, once with their root trusted and once without.
import type { SecureVersion } from "node:tls";
import { recording } from "./data";
import type { Difference } from "./player";
import { Player } from "./player";
import { RawEndpoint } from "./raw-endpoint";

interface Observed {
  set: [status: number, description: string];
  error_after_set: string | null;
  delivered: boolean;
  error: string | null;
  requests_seen: boolean;
  has_custom_certificate: boolean;
  tls: string | null;
}

interface Case {
  name: string;
  host: string;
  address: string;
  /** `tls`, or how it misbehaves. */
  endpoint: string;
  serves?: string[];
  uploaded: string[] | null;
  server_limits?: { minimum?: SecureVersion; maximum?: SecureVersion; ciphers?: string };
  with_root_trusted: Observed;
  with_nothing_trusted: Observed;
  varies?: unknown;
}

interface Tls {
  trusted_root: string;
  certificates: Record<string, { certificate: string; key: string }>;
  cases: Case[];
}

/** When the recorder looked after setWebhook; after the update it waited until a second connection had had its time. */
const SECONDS_AFTER_SET = 0.8;
const SECONDS_AFTER_UPDATE = 2.5;

export async function playTls(): Promise<Difference[]> {
  const data = recording<Tls>("tls");
  const [trusting, trustless] = [await Player.start("tls", undefined), await Player.start("tls", undefined)];
  trusting.telegram.trust(data.certificates[data.trusted_root]?.certificate ?? "");
  try {
    for (const each of data.cases) {
      if (each.varies !== undefined) continue;
      await playOne(trusting, data, each, "with_root_trusted");
      await playOne(trustless, data, each, "with_nothing_trusted");
    }
    return [...trusting.differences, ...trustless.differences];
  } finally {
    await trusting.close();
    await trustless.close();
  }
}

async function playOne(
  player: Player,
  { certificates }: Tls,
  recorded: Case,
  what: "with_root_trusted" | "with_nothing_trusted",
): Promise<void> {
  const { host, address, uploaded } = recorded;
  const { telegram } = player;
  const pem = (names: string[]) => names.map((name) => certificates[name]?.certificate ?? "").join("");
  const endpoint = await endpointOf(recorded, certificates, pem);
  telegram.setHost(host, { shown: address, connect: `127.0.0.1:${endpoint.port}` });
  const { id, token } = player.addBot();
  try {
    // The certificate of this case is for the name in lower case, the webhook's URL has it in upper case.
    const name = recorded.name === "name upper" ? host.toUpperCase() : host;
    const files = uploaded === null ? {} : { certificate: Buffer.from(pem(uploaded)) };
    const answer = await player.ask(
      token,
      {
        http: "POST",
        method: "setWebhook",
        encoding: "multipart",
        params: { url: `https://${name}/t` },
        files: uploaded === null ? {} : { certificate: "certificate" },
      },
      files,
    );
    const { description } = JSON.parse(answer.body) as { description: string };
    const errorNow = () => telegram.state(id).lastError?.message ?? null;
    await telegram.clock.advance(SECONDS_AFTER_SET);
    const afterSet = errorNow();
    telegram.message(id, { text: "one", chatId: 5 });
    await telegram.clock.advance(SECONDS_AFTER_UPDATE);
    const got: Observed = {
      set: [Number(answer.status.split(" ")[1]), description],
      error_after_set: afterSet,
      delivered: telegram.pending(id) === 0,
      error: errorNow(),
      requests_seen: endpoint.requests.length > 0,
      has_custom_certificate: telegram.state(id).certificate !== null,
      tls: endpoint.requests[0]?.tls ?? null,
    };
    const forms = [recorded[what], got].map((each) => JSON.stringify(each)) as [string, string];
    if (forms[0] !== forms[1]) player.differ(recorded.name, what, ...forms);
  } finally {
    await telegram.outsider(id).deleteWebhook({ drop_pending_updates: true });
    endpoint.close();
  }
}

function endpointOf(
  { name, endpoint, serves = [], server_limits: limits = {} }: Case,
  certificates: Tls["certificates"],
  pem: (names: string[]) => string,
): Promise<RawEndpoint> {
  const started =
    endpoint === "tls"
      ? RawEndpoint.overTls({
          cert: pem(serves),
          key: certificates[serves[0] ?? ""]?.key ?? "",
          ...(limits.minimum === undefined ? {} : { minVersion: limits.minimum }),
          ...(limits.maximum === undefined ? {} : { maxVersion: limits.maximum }),
          ...(limits.ciphers === undefined ? {} : { ciphers: limits.ciphers }),
        })
      : RawEndpoint.misbehaving(endpoint);
  if (started === undefined) throw new Error(`${name}: the player has no endpoint "${endpoint}"`);
  return started;
}
