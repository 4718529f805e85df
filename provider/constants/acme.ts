// What ACME servers of public authorities are: each constant once, with its source.

/**
 * Hosts of the directories that sign for trying out, with roots that nobody trusts. Sources, read Nov 2026:
 * letsencrypt.org/docs/staging-environment; go-acme.github.io/lego/advanced/caservers (Google's); Buypass' is
 * known from other clients (acme.sh, acme-client), its own pages no longer name it.
 */
export const acmeTestHosts: readonly string[] = [
  "acme-staging-v02.api.letsencrypt.org",
  "dv.acme-v02.test-api.pki.goog",
  "api.test4.buypass.no",
];
