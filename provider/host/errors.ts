// What can go wrong between Pulumi and a resource: each code with its meaning, its cure and its messages.
import { declareFailures } from "../core/failure";

export const errors = declareFailures({
  NOT_AS_DECLARED: {
    means:
      "The resource was given another value than the program declares. Either `ignoreChanges` keeps the value of the state, which a refresh may have read from another writer, or a transformation changed it. Nothing was sent.",
    cure: "Take the argument out of `ignoreChanges`, or out of the transformation; or give the changed value in the program where the resource is declared.",
    messages: {
      transformed:
        "{argument} is not the one that the program declares, and the state does not hold it: something changed it after it was given to the class, such as a transformation (transforms, transformations) or aspect of the program or of a component. Give the value to the class itself.",
      kept: "{argument} is not the one that the program declares: ignoreChanges keeps a value from the state, which may be somebody else's. Take {argument} out of ignoreChanges.",
    },
  },
});
