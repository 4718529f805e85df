// What can go wrong with the state of any resource: each code with its meaning, its cure and its messages.
import { declareFailures } from "./failure";

export const errors = declareFailures({
  STATE_TOO_NEW: {
    means: "The state was written by a newer version of pulumi-telegram than the one that is installed.",
    cure: "Install that version or a later one.",
    messages: {
      schema:
        "{type}: the state was written by a newer pulumi-telegram (schema {written}, this one knows {known}). Nothing was changed. Install that version or a later one.",
    },
  },
});
