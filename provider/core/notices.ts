// What is told of any resource while it waits.
import { declareLines } from "./notice";

export const lines = declareLines({
  nextTry: {
    text: "{what}: waiting {seconds} s before the next try.",
    means: "The server asked for patience, or did not answer. It is asked again by itself.",
  },
  waitingOn: {
    text: "{what} ({elapsed} s so far): {seen}",
    means: "The same, for something that may take until the operation's deadline.",
  },
  waiting: {
    text: "{what} ({elapsed} of {seconds} s): {seen}",
    means: "Something that comes by itself is not there yet. After the colon stands what the last look showed.",
  },
});
