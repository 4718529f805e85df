// What the host itself tells of a resource.
import { declareParts } from "../core/failure";
import { declareLines, declareWarnings } from "../core/notice";

export const warnings = declareWarnings({
  stateKept: {
    text: "{unreadable} The recorded state is kept.",
    means: "A refresh could not read the resource, so it neither found nor excluded a change by somebody else.",
    cure: "Correct what the sentence before it names, then refresh again. In a pipeline `strictRefresh` (`TELEGRAM_STRICT_REFRESH=true`) makes this an error for a webhook.",
  },
  cost: {
    text: "{type} {name}: {says}.",
    means:
      "The preview says what this change will interrupt, such as `TlsCertificate shop: names change from a.example.com to b.example.com. …`.",
    cure: "Nothing, if you accept that; else change the program before `pulumi up`.",
  },
});

export const lines = declareLines({
  leftInPlace: {
    text: "{type} {name}: {why}; left in place.",
    means:
      "Pulumi asked to delete something that another resource of the same run has taken over, so it was not deleted.",
  },
});

export const noticeParts = declareParts({
  madeAnew: "{thing} was made anew under the same name",
  renamed: "{thing} is now declared by {holder}: renamed without an alias",
});
