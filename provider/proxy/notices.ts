// What is told of routes: lines of the log, and what fills them.
import { declareParts } from "../core/failure";
import { declareLines } from "../core/notice";

export const lines = declareLines({
  drift: {
    text: "ProxyRoute {name}: {problem}. pulumi up repairs it.",
    means: "A refresh found that the route is not as it was written. After the colon stands what differs.",
  },
  recovered: "{machine}: an earlier run was cut off in the middle; what was there before it is back.",
});

export const noticeParts = declareParts({
  unreadable: "ProxyRoute {name} could not be looked at: {said}",
  takingUp: "{server} takes up its new configuration",
  answering: "it answers",
  ownGone: "its file {file} is gone",
  ownEdited: "its file {file} was edited",
  sharedGone: "{file} is gone",
  sharedDiffers: "{file} differs from what was written",
});
