// What Cloudflare's proxy does: each constant once, with its source.

/**
 * On which ports the proxy speaks TLS. Source: developers.cloudflare.com/fundamentals/reference/network-ports
 * (network ports); compared neither with the page nor with a live zone by us.
 */
export const cloudflareTlsPorts: readonly number[] = [443, 2053, 2083, 2087, 2096, 8443];
