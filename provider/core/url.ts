// Where a URL leads, as sockets take it: the host without brackets, and the port, also where only the scheme says it.

/** `::1` of `[::1]`. */
export function unbracketed(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

export function hostOf({ hostname }: URL): string {
  return unbracketed(hostname);
}

export function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === "https:" ? 443 : 80));
}
