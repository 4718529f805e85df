// What is told of routes: warnings, lines of the log, and what fills them.
import { declareParts } from "../core/failure";
import { declareLines, declarePreviewWarnings, declareWarnings } from "../core/notice";

export const previewWarnings = declarePreviewWarnings({
  otherPort:
    "has port {port}, and Telegram delivers to {ports} only: url works if something in front or a self-hosted Bot API server calls it",
  otherName:
    "has a certificate for {names}, and none for {hostname}: Telegram refuses it, unless something in front shows another one",
  expired: "has a certificate that expired {notAfter}: Telegram refuses it. Give one that is valid",
  endsSoon: "has a certificate that expires {notAfter}: renew it before, or Telegram refuses it from then on",
  forTests:
    "has {what}: Telegram does not trust it, unless its root is uploaded or something in front shows another one",
  keptCertificate:
    "has another directoryUrl in tls.automatic, and the server goes on with the certificate of {directoryUrl} until it renews it; to have another one now, restart the server after this change",
  openAdmin:
    "has {setting}: every user of the machine can read the secrets of all routes at {address}. A unix socket is closed to them: {cure}",
  longMaintenance:
    "lets Telegram wait {seconds} s before it tries again: inline queries die after {inlineQuerySeconds} s, buttons (callback queries) and payments (shipping and pre-checkout queries) after {otherQuerySeconds} s",
});

export const warnings = declareWarnings({
  leftOver: {
    text: "{machine}: the change of {server} is in force, but {folder} could not be removed: {said}. The next run removes it.",
    means: "The files that the change replaced are still in that folder. The server does not load them.",
    cure: "Nothing: the next run removes the folder. If it cannot be removed again, look at its owner and mode.",
  },
  upstream: {
    text: "ProxyRoute {name}: seen from {machine}, {what}.",
    means:
      "The route works, but the machine reaches no bot at the upstream, or not at each of its addresses. The test was a connection and the first message of TLS, not a request. A server in a container may see another network than the machine.",
    cure: "Start the bot, or correct `upstream`.",
  },
  byAddress: {
    text: "ProxyRoute {name}: {places} of the configuration around it answers by the client's address. The probe comes from the machine itself, so nobody can tell whether Telegram's addresses ({ranges}) get through.",
    means:
      "Your own configuration allows or refuses requests by the address of the client, and the check cannot come from Telegram's addresses.",
    cure: "Look at the condition in the file and line that are named, and let Telegram's addresses pass.",
  },
});

export const lines = declareLines({
  drift: {
    text: "ProxyRoute {name}: {problem}. pulumi up --refresh repairs it.",
    means: "A refresh found that the route is not as it was written. After the colon stands what differs.",
    cure: "Run `pulumi up --refresh`.",
  },
  foreignDrift: {
    text: "ProxyRoute {name}: {problem}. pulumi up does not change what belongs to another owner: {cure}.",
    means:
      "A refresh found that a file of the route belongs to another stack now. `pulumi up` changes no file of another stack.",
    cure: "Do what the end of the line says.",
  },
  obstacle: {
    text: "ProxyRoute {name}: {problem}. Put that right on the machine; pulumi up --refresh then proves the route again.",
    means:
      "A refresh found a directive in your own configuration that keeps updates from the bot. `pulumi up` does not change your configuration.",
    cure: "Correct the directive that the line names, then run `pulumi up --refresh`.",
  },
  reloadedInstead: {
    text: "{server} did not take the change over its socket {socket} ({said}), so it is reloaded.",
    means:
      "The change is on disk and in force. A reload closes idle connections, which a change over the socket does not.",
  },
  commandInstead: {
    text: "{server} did not confirm over its master socket {socket} that it reloads ({said}), so the command reload is run.",
    means: "The change is on disk. A request to the route then shows whether it is in force.",
  },
  takenOver: {
    text: "ProxyRoute {name}: what {owner} had here is replaced.",
    means: "You allowed it, by `takeover`.",
  },
  upstreamUnknown: {
    text: "ProxyRoute {name}: it cannot be told from {machine} whether the bot takes connections: {why}.",
    means: "The machine has no program for the test, or no address for the upstream. The route itself works.",
    cure: "Look whether the bot listens at `upstream`.",
  },
  foreign: {
    text: "ProxyRoute {name}: {file} is now the route of {owner}; it is left alone.",
    means: "`pulumi destroy` removes only files of this stack. Nothing to do.",
  },
  recovered: {
    text: "{machine}: an earlier run was cut off in the middle; what was there before it is back.",
    means: "The machine had undone a change that was not finished. This run makes it again.",
  },
});

export const noticeParts = declareParts({
  nothingTakes:
    "no connection to the upstream could be made ({places}): until the bot listens there, updates are answered 502",
  someTake:
    "{host} has an address to which no connection could be made ({places}), so the edge tries it first and then the next one; write the address at which the bot listens ({other}) in upstream",
  noSocket: "there is no socket {socket}: until the bot listens there, updates are answered 502",
  speaksTls: "what listens at {where} speaks TLS, and upstream is http://",
  otherService: 'what listens at {where} does not speak HTTP: its first words are "{words}"',
  noConnector: "it has none of {tools}, or no timeout",
  noAddress: "{host} has no address there",
  unreadable: "ProxyRoute {name} could not be looked at: {said}",
  takingUp: "{server} takes up its new configuration",
  answering: "it answers",
  gettingCertificate: "{server} gets a certificate for {hostname}",
  unmarkedOwner: "an unknown owner (it has no mark of a stack)",
  otherRouteId: "{owner} (with the routeId {found}; this resource has {recorded})",
  foreignCure: "take another path, or set takeover: true to replace it",
  foreignListenerCure: "declare the same tls and server, take another hostname, or set takeover: true",
  ownForeign: "its {thing} is now the route of {owner}",
  listenerForeign: "{file} is of {owner}, and not as it is declared here",
  ownGone: "its {thing} is gone",
  ownEdited: "its {thing} was edited",
  sharedGone: "{file} is gone",
  sharedDiffers: "{file} differs from what was written",
});
