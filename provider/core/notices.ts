// What is told of any resource while it waits.
import { declareLines } from "./notice";

export const lines = declareLines({
  nextTry: {
    text: "{what}: waiting {seconds} s before the next try.",
    means: "The server asked for a pause, or did not answer. The command asks it again by itself.",
  },
  waitingOn: {
    text: "{what} ({elapsed} s so far): {seen}",
    means:
      "The command waits for something that may take until the operation's deadline. After the colon stands what the last look showed, such as `the order is processing`.",
  },
  waiting: {
    text: "{what} ({elapsed} of {seconds} s): {seen}",
    means: "The command waits for something that comes by itself. After the colon stands what the last look showed.",
  },
});
