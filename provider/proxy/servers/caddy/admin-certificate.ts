// Which certificate Caddy shows for a host whose certificates it gets itself: a handshake on the machine, and what is wrong with it.
import { X509Certificate } from "node:crypto";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import { once } from "node:events";
import { isFailure, wordsOf } from "../../../core/failure";
import { isObject } from "../../../core/rules";
import { waysToName } from "../../../x509/names";
import { parts } from "../../errors";
import type { Connection } from "../../machine";
import type { RouteInputs } from "../../route/fields";
import { refusedConnection } from "../../probe";
import { listenAddressOf, reachedAt } from "../../rules";

const patienceSeconds = 10;
/** The name of who signs at Caddy's own authority, unless somebody gave it another one. */
const ownAuthority = /Caddy Local Authority/;

/** What was shown. `silent`: why no handshake came about; `flaw`: why it is not the certificate that the ACME server gave. */
export type Shown = { silent: string } | { flaw?: string };

/** The policy has no other authority. `not`: the SHA-256 (hex) of a certificate of ours that was there before. */
export async function certificateShown(
  { hostname, listen }: Pick<RouteInputs, "hostname" | "listen">,
  connection: Connection,
  now: Date,
  not?: string,
): Promise<Shown> {
  const { address, port } = reachedAt(listenAddressOf(listen));
  const where = `${address}:${port}`;
  const shown = await shownBy(connection.dial(address, port), hostname);
  if (typeof shown === "string") return { silent: parts.noCertificateShown({ hostname, where, problem: shown }) };
  const flaw = flawOf(shown, hostname, now, not);
  return flaw === undefined ? {} : { flaw: parts.otherCertificateShown({ hostname, where, flaw }) };
}

async function shownBy(raw: ReturnType<Connection["dial"]>, servername: string): Promise<X509Certificate | string> {
  let stream: TLSSocket | undefined;
  const timer = setTimeout(() => raw.destroy(new Error(parts.noAnswer())), patienceSeconds * 1000);
  try {
    stream = connectTls({ socket: raw, servername, rejectUnauthorized: false });
    await Promise.race([once(stream, "secureConnect"), once(raw, "close").then(() => ended())]);
    return new X509Certificate(stream.getPeerCertificate().raw);
  } catch (error) {
    if (isFailure(error)) throw error;
    return reasonOf(error) ?? wordsOf(error).replace(/^connect ECONNREFUSED.*/, refusedConnection);
  } finally {
    clearTimeout(timer);
    for (const one of [stream, raw]) one?.on("error", () => undefined).destroy();
  }
}

/** OpenSSL's own word for it: "tlsv1 alert internal error". */
function reasonOf(error: unknown): string | undefined {
  const reason = isObject(error) ? error["reason"] : undefined;
  return typeof reason === "string" ? reason : undefined;
}

function ended(): never {
  throw new Error(parts.closed());
}

function flawOf(shown: X509Certificate, hostname: string, now: Date, not: string | undefined): string | undefined {
  if (shown.fingerprint256.replaceAll(":", "").toLowerCase() === not) return parts.certificateBefore();
  const { asHost } = waysToName(shown, hostname);
  if (!asHost) return parts.certificateElse();
  if (shown.issuer === shown.subject || ownAuthority.test(shown.issuer))
    return parts.certificateOwn({ server: "caddy" });
  const [from, to] = [new Date(shown.validFrom), new Date(shown.validTo)];
  return from <= now && now < to ? undefined : parts.certificateTime({ to: to.toISOString() });
}
