// What the host itself tells of a resource.
import { declareParts } from "../core/failure";
import { declareLines, declareWarnings } from "../core/notice";

export const warnings = declareWarnings({
  stateKept: {
    text: "{unreadable} The recorded state is kept.",
    means: "A refresh could not see the thing: it neither found a change nor excluded one.",
  },
  cost: {
    text: "{type} {name}: {says}.",
    means: "A preview says what the change will cost.",
  },
});

export const lines = declareLines({
  leftInPlace: {
    text: "{type} {name}: {why}; left in place.",
    means: "Pulumi asked to delete what another resource of the same run holds.",
  },
});

export const noticeParts = declareParts({
  madeAnew: "{thing} was made anew under the same name",
  renamed: "{thing} is now declared by {holder}: renamed without an alias",
});
