// What kind of listener a route needs: one of haproxy's has one kind for all of its hosts. Pure; every program loads it.
import { isIPv4 } from "node:net";
import type { RouteInputs } from "../../route/fields";

/**
 * An IP host has its listener alone: Telegram sends no name of the host (SNI) to an IP address, so such a listener shows its
 * one certificate to everybody. The listener's file holds this text.
 */
export type ListenerKind = "plain" | "names" | `address ${string}`;

/** `tls`: the branch. Nothing while it is not known. */
export function listenerKindOf(
  { hostname }: Pick<Partial<RouteInputs>, "hostname">,
  tls: string | undefined,
): ListenerKind | undefined {
  if (tls === "none") return "plain";
  if (tls === undefined || hostname === undefined) return undefined;
  return isIPv4(hostname) ? `address ${hostname}` : "names";
}

const words = {
  plain: "routes without TLS",
  names: "host names with TLS",
  address: "the IP address",
} as const;

/** For a sentence: "host names with TLS". */
export function kindWords(kind: string): string {
  const [name, address] = kind.split(" ");
  const said = words[name as keyof typeof words] ?? kind;
  return address === undefined ? said : `${said} ${address}, which needs a listener of its own`;
}
