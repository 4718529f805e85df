// The address of an ACME directory: what it may be, and the usual one. Pure.
import { isLoopbackHost } from "../core/reserved";

/** Source: https://letsencrypt.org/docs/acme-protocol-updates/, read Nov 2026. */
export const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";

/** Where a directory may be: what is read there decides whom we trust. */
export function directoryUrlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return `must be the URL of an ACME directory, such as ${letsEncrypt}`;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== "" || password !== "") return "must have no user or password in it";
  if (hash !== "") return "must have no part after #";
  const isGood = protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
  return isGood ? undefined : "must begin with https://; plain http is taken for this machine only";
}
