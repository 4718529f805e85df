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
    means: "What must not be lost cannot be written into the per-user cache, so what it is for was not begun.",
    cure: "Make the folder writable, or name another one in the environment variable `PULUMI_TELEGRAM_CACHE`.",
    messages: {
      nextKey:
        "AcmeAccount {name}: the next key cannot be kept ({said}), so the account keeps the one it has. Nothing was done. Make the folder writable, or name another one in PULUMI_TELEGRAM_CACHE, and run pulumi up again.",
    },
  },
});
