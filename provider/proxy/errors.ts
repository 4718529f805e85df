// What can go wrong on a proxy's machine: each code with its meaning, its cure and its messages.
import { declareFailures, declareParts } from "../core/failure";

/** What is true now, which follows a message; and what is not in force, which fills one. */
export const parts = declareParts({
  restored: "What was there before is back.",
  notReloadedAgain: "Our files are as they were before; {server} could not be reloaded with them.",
  notRestored: "Putting back what was there failed too: {said}.",
  notReloaded: "{server} could not be reloaded: {said}",
  notRunning: "{server} does not run, by its own file of its process id ({said}); start it, and run pulumi up again",
  silent: "{server} does not answer for {hostname} at {where}: {problem}",
  otherConfiguration:
    "another configuration than the route's is in force for {hostname} at {where}: it answered {status}",
  stillBefore: "{server} at {where} still runs the route as it was before",
  actsBefore: "{problem}; before the route act, by the configuration: {places}",
  handedDown: "`{directive}` ({place}): {consequence}",
  handedDownAnew: "`{directive}` ({place}) is handed down to the route, whose file has nothing against it",
  otherCertificate: "{server} at {where} shows another certificate than the route's",
  twoTexts:
    "a line `# configuration file {file}:` stands in a file of the configuration and looks like one that the checker prints, so it cannot be told which files are loaded; take that line out",
  otherWayBack: "the file {undo} is no way back of this version; put back by hand what is in {work}, then remove both",
  linkedWayBack:
    "the file {undo} names a place behind a symbolic link; put back by hand what is in {work}, then remove both",
  strangerListens: "a program of another user ({user}) listens at {where}, so it was not sent the secret",
  nobodyListens: "nothing listens at {where} by the machine's own list of sockets, so the secret was not sent",
  stillThere: "{server} still answers for the route of {hostname}",
});

/** Why what comes over a connection cannot be believed. */
export const errorParts = declareParts({
  noise: "more than {limit} MiB came that are no answer (what does its login profile print?)",
  tooLong: "an answer has more than {limit} MiB",
  damaged:
    "an answer was damaged by something else that writes to the same connection, such as what its login profile left running",
  otherAnswer: "an answer belongs to another question than the one that was asked",
});

export const errors = declareFailures({
  MACHINE_UNREACHABLE: {
    means:
      "SSH to the proxy's machine fails, or the connection ended while a command ran. The machine puts back what was under way.",
    cure: "Do what the last part of the message says; after a connection that was cut, run `pulumi up` again.",
    messages: {
      otherHostKey:
        "{machine} shows another host key than on.ssh.hostKey: it was rebuilt, or somebody is in between; compare the key on the machine's console before you change hostKey.",
      denied: "{machine} does not let user {user} in ({said}); give the privateKey of a user who may log in.",
      otherProgram:
        'the login of user {user} at {machine} ended with code {code} before our shell was ready; it printed: "{printed}". See what runs there instead of the command that ssh is given: ForceCommand in sshd_config, command= in authorized_keys, or the user\'s login shell.',
      unreachable:
        "{machine} cannot be reached at port {port} ({said}); see that it is up and that host and port are right.",
      cut: "{machine} cut the connection ({said}); what was under way is put back there.",
      notReady:
        "{machine} had no shell ready within {seconds} s; see that a login runs the command that is given to it: `ssh <user>@{machine} true`.",
      notReadyInTime: "{machine} had no shell ready before the operation's deadline.",
      notUnderstood: "the connection to {machine} was ended, since {why}; what was under way is put back there.",
      keyNotRead:
        "on.ssh.privateKey cannot be used for {machine} ({said}); give a key without a password, or leave it out and add the key to your agent (ssh-add).",
      notStarted: "{machine} cannot be reached, since a program did not start ({said}); install OpenSSH's client.",
      noForward: "{machine} does not forward its socket {file}: {why}.",
    },
  },
  MACHINE_FORWARDS_NOT: {
    means:
      "SSH to the machine works, but its sshd does not open the connection to the route's own address that the proof needs. Nothing is said about the proxy server, which may be all right.",
    cure: "Allow it in sshd_config for this user: `AllowTcpForwarding local`, no `DisableForwarding`, and if there is a `PermitOpen`, the route's address in it. In authorized_keys the key must have neither `restrict` nor `no-port-forwarding`. Then run `pulumi up` again.",
    messages: {
      forbidden:
        "sshd on {machine} opens no connection to {where} ({said}), so it cannot be proved that the route is in force; see AllowTcpForwarding, DisableForwarding and PermitOpen in its sshd_config, and the options of the key in authorized_keys",
      unproved: "{problem}.{now}",
    },
  },
  PROXY_REFUSED: {
    means: "The change could not be made on the machine, or the server refuses it. The server runs what it ran before.",
    cure: "Put right what the message quotes, then run `pulumi up` again.",
    messages: {
      notMade: "The folder of {server} could not be made: {said}. Nothing was changed.",
      notTidied: "The folder of {server} could not be tidied up: {said}. Nothing was changed.",
      notConcluded: "The change of {server} could not be concluded: {said}.{now}",
      foreignFolder:
        "{path} on {machine} belongs to {owner}, who could put there what {user} then writes or obeys. Nothing was changed. Look at what is in it, then `chown {user}: {path}`.",
      foreignOurs:
        "{path} on {machine} belongs to {owner}, who could put there what {user} then writes or obeys. Nothing was changed. Remove {undo} and {work} if they are there, look at what else is in it, then `chown {user}: {path}`.",
      foreignWayBack:
        "{path} on {machine} belongs to {owner}, who could put there what {user} then writes or obeys. Nothing was changed. Do not `chown` it: remove {undo} and {work}, and put back by hand what is missing.",
      openWayBack:
        "{path} on {machine} may be written by others than {user} (mode {mode}), who could put there what {user} then writes or obeys. Nothing was changed. Do not `chmod` it: remove {undo} and {work}, and put back by hand what is missing.",
      untrusted:
        "{path} on {machine} belongs to others than {user} and root, or may be written by others, or is a symbolic link. Nothing was changed. Look at what is in it, then give it to {user} alone.",
      openFolder:
        "{path} on {machine} may be written by others than {user} (mode {mode}). Nothing was changed. Look at what is in it, then `chmod go-w {path}`.",
      linkedFolder:
        "{path} on {machine} is a symbolic link, which could lead elsewhere at any time. Nothing was changed. Give the path that it leads to.",
      notRead: "The folder of {server} could not be read: {said}. Nothing was changed.",
      notSeen: "{directory} cannot be read: {said}.",
      locked: "{directory} on {machine} is locked by another run for more than {waited} s. Nothing was changed.",
      notLocked: "{directory} on {machine} could not be locked: {said}. Nothing was changed.",
      notWritten: "the files of {server} could not be written on {machine}: {said}. Nothing was changed.",
      alreadyBroken: "`{command}` fails on what is there already: {said}. Nothing was changed. Put that right first.",
      notLoaded: "{server} does not load our files. {cure}.{now}",
      refused: "{server} refuses the new configuration: {said}.{now}",
      warned: "{server} warns of the new configuration: {said}.{now}",
      handedDown:
        "the configuration around the route keeps updates from the bot: {obstacles}. Put that right, and run pulumi up again.{now}",
      notTakenUp: "{problem}.{now}",
    },
  },
  ROUTE_NOT_FREE: {
    means: "Something else serves this address and port. Nothing was changed.",
    cure: "Take another address or port, or do what the message says.",
    messages: {
      served:
        '{listen} is served by {place} already; use attach "location" there, or another address or port. Nothing was changed.',
      overlaps: "{listen} overlaps with {other}, on which other routes listen; use that. Nothing was changed.",
      inUse: "{listen} is in use by another program; see `ss -ltnp` on the machine. Nothing was changed.",
      inUseOrOwn:
        "{listen} is in use by another program, or by a listener of {server} that is not ours; see `ss -ltnp` on the machine. Nothing was changed.",
    },
  },
  ROUTE_NOT_OURS: {
    means:
      "Another stack has a route at this place, or the say of the listener. Two values of `routeId` in the message: the owner has this stack's name, but the file was written by another creation than the one in the state. Nothing was changed.",
    cure: "Take another path or hostname, or set `takeover: true`, which counts once. A stack that was renamed needs it too, since its files have the old name. With two values of `routeId`, see first that no other resource, and no stack of the same name in another backend, declares the same route.",
    messages: {
      foreign:
        "{file} is the route of {owner} at this path. Nothing was changed. Take another path, or set takeover: true to replace it.",
      listener:
        "the listener of {hostname} at {listen} is of {owner}, and this route would change it ({changed}). Nothing was changed. Declare the same tls and server, take another hostname, or set takeover: true.",
    },
  },
  ROUTE_NOT_IN_FORCE: {
    means: "The server took the change without a complaint, but does not serve the route as it was written.",
    cure: "The place that the message names says why; if the server does not load our files, add what the message says.",
    messages: {
      unproved:
        "{problem}. {server} took the {change}; why it does not run the new configuration stands in {log}.{now}",
      unprovedOrNotLoaded:
        "{problem}. {server} took the {change}; why it does not run the new configuration stands in {log}. If it does not load our files: {cures}.{now}",
    },
  },
});
