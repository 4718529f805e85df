// What can go wrong with certificates and accounts before a far side is asked: each code with its meaning, its cure and its messages.
import { declareFailures } from "../core/failure";

export const errors = declareFailures({
  ACME_KEY_UNUSABLE: {
    means: "The key that was given for an ACME account is of a kind that no ACME server takes.",
    cure: "Give an EC key of the curve P-256 or P-384, or an RSA key of at least 2048 bits.",
    messages: {
      kind: "The key of the ACME account is of a kind that no ACME server takes. Nothing was done. Give an EC key of the curve P-256 or P-384, or an RSA key of at least 2048 bits.",
    },
  },
  ACME_NOTHING_KEPT: {
    means:
      "A new key of the account must be saved in the per-user cache before the server is asked to use it, and the cache cannot be written. So the change of the key was not started.",
    cure: "Make the folder writable, or name another one in the environment variable `PULUMI_TELEGRAM_CACHE`.",
    messages: {
      nextKey:
        "AcmeAccount {name}: the next key could not be saved in the per-user cache ({said}). The change of the key was not started, and the account keeps the key that it has. Make the folder writable, or name another one in PULUMI_TELEGRAM_CACHE, and run pulumi up again.",
    },
  },
});
