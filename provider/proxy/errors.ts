// What can go wrong on a proxy's machine: each code with its meaning, its cure and its messages.
import { declareFailures, declareParts } from "../core/failure";

/** What is true now, which follows a message; and what is not in force, which fills one. */
export const parts = declareParts({
  restored: "What was there before is back.",
  notReloadedAgain: "Our files are as they were before; {server} could not be reloaded with them.",
  notRestored: "Putting back what was there failed too: {said}.",
  notReloaded: "{server} could not be reloaded: {said}",
  notRunning: "{server} does not run, according to its pid file ({said}); start it, and run pulumi up again",
  unreachedAdmin:
    "{server} could not be reloaded: {said}; start {server}, or if `admin` in its configuration was changed since its start, restart it once, or run `{command}` with the previous address",
  unknownUser: "{said}; give {server}.user, the user who runs {server}",
  runsByItsWord:
    "the server says that it runs this configuration, so see which site has this address, and which of its directives act before the route",
  notLoadedByMaster:
    '{server} could not load the new configuration (its master says "failed: {failed}"); the reason stands in {log}',
  silent: "{server} does not answer for {hostname} at {where}: {problem}",
  silentLocation:
    '{server} does not answer for {hostname} at {where}: {problem}; with attach "location", listen ({listen}) must be an address and port at which your own configuration of {server} listens',
  plainHttp: '{server} speaks no TLS for {hostname} at {where}; if that is as you want it, give the route tls: "none"',
  otherConfiguration:
    "another configuration than the route's is in force for {hostname} at {where}: it answered {status}",
  stillBefore: "{server} at {where} still runs the route as it was before",
  actsBefore: "{problem}; by the configuration, these directives act before the route: {places}",
  otherEntries: "{server} runs with other secrets than {file} has",
  handedDown: "`{directive}` ({place}): {consequence}",
  handedDownAnew: "`{directive}` ({place}) is inherited by the route, whose file does not override it",
  noCertificateShown: "at {where} the TLS handshake for {hostname} fails ({problem})",
  otherCertificateShown: "at {where} the certificate that is shown for {hostname} {flaw}",
  noAnswer: "no answer",
  closed: "the connection was closed",
  certificateBefore: "is the one from before",
  certificateElse: "is for other names",
  certificateOwn: "is signed by no public authority, but by {server} or by itself",
  certificateTime: "is not valid now (until {to})",
  otherCertificate: "{server} at {where} shows another certificate than the route's",
  twoTexts:
    "a file of the configuration has the line `# configuration file {file}:`, which looks like one that the checker prints, so it cannot be told which files are loaded; remove that line",
  tooOld: "this {server} is older than {version}, and does not know {word}; install {version} or later ({where})",
  showsSecrets:
    "{server} shows its configuration at {address} to every user of the machine, and with it the secrets of all routes",
  nestedImport:
    "{server} takes a handle_errors only in a site block itself, and our files have one: so the line `{line}` must stand in the site block itself, not in a handle or route",
  noJson: "the checker printed no configuration as JSON",
  otherWayBack:
    "the file {undo} was not written by this version, which therefore cannot undo the change that was cut off; put back by hand what is in {work}, then remove both",
  linkedWayBack:
    "the file {undo} names a place behind a symbolic link; put back by hand what is in {work}, then remove both",
  strangerListens: "a program of another user ({user}) listens at {where}, so it was not sent the secret",
  nobodyListens: "nothing listens at {where} by the machine's own list of sockets, so the secret was not sent",
  seeLog: "if it does not run the new configuration, the reason stands in {log}",
  logSays: "in {log} stands: {said}",
  listensThere: "{why}. Another program{named} listens at {where}",
  named: " ({name}, process {process})",
  unchanged: "Nothing was changed.",
  adminForbids: "the admin API of {server} at {place} answers 403 to the host {host}",
  oldAdmin: "the {server} at {place} is older than {version}",
  adminSilent: "the admin API of {server} at {place} does not answer: {why}",
  runByFile:
    "{server} (process {process}) runs without --resume, with {file}, so what its admin API is told is gone with its next start or reload",
  unkept: "the configuration of {server} has {setting}, so what its admin API is told is gone with its next start",
  busyAdmin: "somebody else changed the configuration each time, {times} times",
  notLoadedNow: "{server} does not load {file}. {cure}",
  leakingLog:
    "{logs} in logging.logs of the configuration of {server} gets requests with all headers, and so the secret; nothing is sent to the route while that is so",
  toStart: "{problem}; start {server} if it does not run",
  stillThere: "{server} still answers for the route of {hostname}",
  actsBeforeAnswer: "{problem}; by the configuration, these directives act before our answer: {places}",
  otherText: "{server} at {where} does not give the answer to the challenge of {name}: it answered {status}",
  stillAnswered: "{server} still answers the challenge of {name}",
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
      "SSH to the proxy's machine fails, or the connection ended while a command ran. If it ended during a change, the machine undoes the change, unless the server had taken it already: the message says which.",
    cure: "See that the machine is up, that host, port, user and key are right, and that a login over SSH runs the command that it is given: the last part of the message says which. After a connection that was cut, run `pulumi up` again.",
    messages: {
      otherHostKey:
        "{machine} shows another host key than on.ssh.hostKey: it was rebuilt, or somebody is in between; compare the key on the machine's console before you change hostKey.",
      denied: "{machine} does not let user {user} in ({said}); give the privateKey of a user who may log in.",
      otherProgram:
        'the login of user {user} at {machine} ended with code {code} before our shell was ready; it printed: "{printed}". See what runs there instead of the command that ssh is given: ForceCommand in sshd_config, command= in authorized_keys, or the user\'s login shell.',
      unreachable:
        "{machine} cannot be reached at port {port} ({said}); see that it is up and that host and port are right.",
      cut: "{machine} cut the connection ({said}); the machine undoes the change that was under way.",
      notReady:
        "{machine} had no shell ready within {seconds} s; see that a login runs the command that is given to it: `ssh <user>@{machine} true`.",
      unproved:
        "the connection to {machine} ended after {server} had taken the change, but before the route was proved. Run pulumi up again: it proves the route.",
      notReadyInTime: "{machine} had no shell ready before the operation's deadline.",
      notUnderstood:
        "the connection to {machine} was ended, since {why}; the machine undoes the change that was under way.",
      keyNotRead:
        "on.ssh.privateKey cannot be used for {machine} ({said}); give a key without a password, or leave it out and add the key to your agent (ssh-add).",
      notStarted: "{machine} cannot be reached, since a program did not start ({said}); install OpenSSH's client.",
      noForward: "{machine} does not forward its socket {file}: {why}.",
    },
  },
  MACHINE_FORWARDS_NOT: {
    means:
      "SSH to the machine works, but its sshd does not open the connection to the route's own address that the proof needs. The proxy server itself may work.",
    cure: "Allow it in sshd_config for this user: `AllowTcpForwarding local`, no `DisableForwarding`, and if there is a `PermitOpen`, the route's address in it. In authorized_keys the key must have neither `restrict` nor `no-port-forwarding`. Then run `pulumi up` again.",
    messages: {
      forbidden:
        "sshd on {machine} opens no connection to {where} ({said}), so it cannot be proved that the route is in force; see AllowTcpForwarding, DisableForwarding and PermitOpen in its sshd_config, and the options of the key in authorized_keys",
      unproved: "{problem}.{now}",
    },
  },
  PROXY_REFUSED: {
    means: "The change could not be made on the machine, or the server refuses it. The server runs what it ran before.",
    cure: "Correct what the message names: a line of the server's configuration, or the owner or mode of a file or folder on the machine. Then run `pulumi up` again.",
    messages: {
      notMade: "The folder of {server} could not be made: {said}. Nothing was changed.",
      notTidied: "The folder of {server} could not be tidied up: {said}. Nothing was changed.",
      notConcluded: "The change of {server} could not be concluded: {said}.{now}",
      foreignFolder:
        "{path} on {machine} belongs to {owner}, who could place files or links there that {user} then writes to or follows. Nothing was changed. Look at what is in it, then `chown {user}: {path}`.",
      foreignOurs:
        "{path} on {machine} belongs to {owner}, who could place files or links there that {user} then writes to or follows. Nothing was changed. Remove {undo} and {work} if they are there, look at what else is in it, then `chown {user}: {path}`.",
      foreignWayBack:
        "{path} on {machine} belongs to {owner}, who could place files or links there that {user} then writes to or follows. Nothing was changed. Do not `chown` it: remove {undo} and {work}, and put back by hand what is missing.",
      openWayBack:
        "{path} on {machine} may be written by others than {user} (mode {mode}), who could place files or links there that {user} then writes to or follows. Nothing was changed. Do not `chmod` it: remove {undo} and {work}, and put back by hand what is missing.",
      untrusted:
        "{path} on {machine} belongs to others than {user} and root, or may be written by others, or is a symbolic link. Nothing was changed. Look at what is in it, then give it to {user} alone.",
      openFolder:
        "{path} on {machine} may be written by others than {user} (mode {mode}). Nothing was changed. Look at what is in it, then `chmod go-w {path}`.",
      linkedFolder:
        "{path} on {machine} is a symbolic link, which could lead elsewhere at any time. Nothing was changed. Give the path that it leads to.",
      notRead: "The folder of {server} could not be read: {said}. Nothing was changed.",
      notSeen: "{directory} cannot be read: {said}.",
      locked:
        "{directory} on {machine} has been locked by another run for more than {waited} s. Nothing was changed. Run pulumi up again when that run has ended.",
      notLocked: "{directory} on {machine} could not be locked: {said}. Nothing was changed.",
      notWritten: "the files of {server} could not be written on {machine}: {said}. Nothing was changed.",
      alreadyBroken: "`{command}` fails on what is there already: {said}. Nothing was changed. Put that right first.",
      notLoaded: "{server} does not load our files. {cure}.{now}",
      refused: "{server} refuses the new configuration: {said}.{now}",
      warned: "{server} warns of the new configuration: {said}.{now}",
      handedDown:
        "the configuration around the route keeps updates from the bot: {obstacles}. Put that right, and run pulumi up again.{now}",
      notTakenUp: "{problem}.{now}",
      unfitAdmin: "{problem}. Nothing was changed. {cure}.",
      adminUnclear: "what answers at {place} is not the admin API of {server}, since {why}. Nothing was changed.",
      busyAdmin:
        "the configuration of {server} was changed by somebody else each of {times} times that it was about to be written. Nothing was changed. Run pulumi up again.",
      openSocket:
        "every user of the machine can use the socket {socket} and read the secrets of all routes. Nothing was changed. {cure}.",
      openSocketFolder:
        "{path}, which leads to the socket of an admin API, may be written by others (mode {mode}), who could put a socket of their own there and receive the secrets. Nothing was changed. Run `chmod go-w {path}`.",
      foreignSocket:
        "{path}, which leads to the socket of an admin API, belongs to the user {owner}. It must belong to root, to the user who logs in or to {user}. Nothing was changed. If {server} runs as that user, give it in `user`.",
      linkedSocket:
        "{path} is a symbolic link, which could lead elsewhere at any time. Nothing was changed. Give the path that it leads to.",
      openAdmin:
        "{server} shows its configuration at {address} to every user of the machine, and with it the secrets of all routes. Nothing was changed. {cure}.",
    },
  },
  ROUTE_NOT_FREE: {
    means:
      "Something else has this address and port, or a listener of ours that cannot take this route. Some servers' listeners take either routes with TLS or routes without TLS, and serve an IP address with TLS alone. Nothing was changed.",
    cure: 'Take another address or port. If your own configuration of the server listens there, use `attach: "location"`, which puts the route into that listener.',
    messages: {
      served:
        '{listen} is served by {place} already; use attach "location" there, or another address or port. Nothing was changed.',
      servedByServer:
        "{listen} is served by the server {name} of the configuration of {server}. Nothing was changed. Take another address or port, or let that server listen elsewhere.",
      overlaps:
        "{listen} overlaps with {other}, on which other routes listen. Nothing was changed. Give that address in listen.",
      inUse: "{listen} is in use by another program{named}; see `ss -ltnp` on the machine. Nothing was changed.",
      otherKind:
        "the listener {listen} is there already for {has}, and this route wants it for {wanted}. Nothing was changed. Take another address or port, or take down the routes that are there first.",
      inUseOrOwn:
        '{listen} is in use{named}, and not by a listener of ours. If that is {server}, take attach "location" in its own configuration; else see `ss -ltnp` on the machine, or take another address or port. Nothing was changed.',
    },
  },
  ROUTE_NOT_OURS: {
    means:
      "Another stack owns the route at this path, or the listener that this route would change. If the message has two values of `routeId`, the file has this stack's name, but another resource than the one in the state wrote it. Nothing was changed.",
    cure: "Take another path or hostname, or set `takeover: true`, which takes effect once. A stack that was renamed needs it too, since its files have the old name. With two values of `routeId`, see first that no other resource, and no stack of the same name in another backend, declares the same route.",
    messages: {
      foreign:
        "{file} is the route of {owner} at this path. Nothing was changed. Take another path, or set takeover: true to replace it.",
      listener:
        "the listener of {hostname} at {listen} is of {owner}, and this route would change it ({changed}). Nothing was changed. Declare the same tls and server, take another hostname, or set takeover: true.",
    },
  },
  ROUTE_NOT_IN_FORCE: {
    means: "The server accepted the new configuration, but does not serve the route as it was written.",
    cure: "Look into the log, the site or the file that the message names: the reason is there. If the message lists what the route needs of your own configuration, add what is missing. If the server gets its certificate itself, its own log says what kept it from that. Then run `pulumi up` again.",
    messages: {
      unproved: "{problem}. {server} took the {change}; {why}.{now}",
      noCertificate:
        "{label}: {server} has no certificate of {directoryUrl} for {hostname} by the operation's deadline: {problem}. What went wrong stands in the log of {server} (loggers tls.obtain and tls.issuance.acme). customTimeouts sets the deadline.{now}",
      unprovedOrNotLoaded:
        "{problem}. {server} took the {change}; {why}. What the route needs of the configuration, where that is not done yet: {cures}.{now}",
    },
  },
  CHALLENGE_NOT_ANSWERED: {
    means:
      "The server or folder that `http01` names cannot answer the challenge of an ACME server as it is configured. Nothing was changed, and no certificate was ordered anew.",
    cure: "Change the server's configuration or the folder as the message says, give `http01.webroot` a folder that your site serves already, or prove the name by `dns01`. Then run `pulumi up` again.",
    messages: {
      noInclude:
        "the server block of {name} ({place}) answers at {listen}, and no line of it includes our answer to the challenge. Nothing was changed. Add `{line}` to that block, or give http01.webroot in place of http01.server.",
      returns:
        "the `return` at {place} answers every request for {name} at {listen} before a location is looked for. Nothing was changed. Put it into `location /`, and add `{line}` to the server block.",
      noWebroot:
        "http01.webroot {webroot} does not exist on {machine}, or may not be entered ({said}). Nothing was changed. Give the folder that your site serves, as it is called on that machine.",
      linked:
        "{place} on {machine} is a symbolic link, which could lead elsewhere at any time. Nothing was changed. Make it a folder, or give http01.server in place of http01.webroot.",
      notWritten:
        "the answer could not be written below {webroot} on {machine}: {said}. Let the user who logs in write there.",
      notRemoved: "the answer could not be removed from {webroot} on {machine}: {said}.",
      noDefault:
        "at {listen} no server block has default_server, so {server} would take our server block for {name}, which it reads first, for every other host too. Nothing was changed. Add default_server to a `listen` there, such as in the block at {place}.",
    },
  },
});
