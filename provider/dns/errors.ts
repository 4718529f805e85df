// What can go wrong with DNS records: each code with its meaning, its cure and its messages.
import { declareFailures, declareParts } from "../core/failure";

const refused = '{vendor}: to {what} was refused ({status}): "{said}". Nothing was written.{cure}';
const updateRefused = "{server}: to {what} the {record} was refused ({code}){meaning}. Nothing was written.";

/** What a message is filled with. */
export const parts = declareParts({
  remembersText: "A resolver that asked before remembers for up to {seconds} s that there is no such name.",
  remembers:
    "A resolver that asked before remembers for up to {seconds} s that there is no such name, and so does Telegram.",
});

export const errors = declareFailures({
  DNS_NOT_OURS: {
    means: "The name has a record that this resource did not set, or a record of another type that excludes this one.",
    cure: "Declare the values that are there to adopt them, remove the record there, set `takeover: true`, or take another name. If somebody changed a record of this stack, `pulumi up --refresh` shows and repairs it.",
    messages: {
      foreign:
        "The {record} exists at {vendor} with {values}, which this resource did not set. Nothing was written. Declare these values to adopt it, remove it there, or set takeover: true to replace it.",
      foreignSince:
        "The {record} exists at {vendor} with {values}, which this resource did not set. Nothing was written. Somebody else set it since the last refresh: pulumi up --refresh shows and repairs it.",
      besideCname:
        "{server}: to {what} the {record} was not done: this name has a CNAME to {target}, and a name with a CNAME can have no other record. Nothing was written. Remove the CNAME first, or take another name.",
      cnameBeside:
        "{server}: to {what} the {record} was not done: this name has other records, or its CNAME has changed, and a name with a CNAME can have no other record. Nothing was written. See which records the name has, and run pulumi up again.",
      raced:
        "{server}: to {what} the {record} was not done: somebody else changed it at this very moment. Nothing was written. Run pulumi up again.",
    },
  },
  DNS_REFUSED: {
    means: "The vendor or the name server refused the change, or does not have the zone.",
    cure: "Correct the zone, the name, the values or the permissions of the credential: the message says which. Then run `pulumi up` again.",
    messages: {
      refused,
      updateRefused,
      zone: "{vendor}: zone {zone} for the {record}: {why}. Nothing was written.",
      tooManyValues:
        "{vendor}: the {record} has more than {most} values. Nothing was written. Give fewer values, or remove some there.",
      cannotStay:
        "{vendor}: the {record} exists at {vendor} with {value}, a kind of value that only {vendor} itself can write. Nothing was written. Remove it there, or take another name.",
      cnameLeads:
        "The name {fqdn} needs a TXT record for the challenge of the ACME server, and it is a CNAME to {target}. Nothing was written. Set delegate to {target}, and zone, if it is given, to the zone of that name; or remove the CNAME.",
      otherZone:
        "cloudflare: zoneId belongs to another zone than {zone}: the record was made as {name}, and was removed again. Correct zoneId, or leave it out.",
      script:
        "nsupdate was not started: line {line} of its script would be too long or hold a character that cannot be printed. Nothing was written. Correct the zone, the name or the key.",
      unsent:
        "{server}: to {what} the {record} was not sent, since nsupdate refuses it: {said}. Nothing was written. Correct what it names; the name of an A record may have letters, digits and hyphens only.",
      noZone:
        "{server} has no zone {zone} ({rcode}). Nothing was written. Correct zone, or name the zone's primary in server.",
      answered:
        "{server} answered {rcode} about {fqdn}. Nothing was written. Name the primary server of the zone {zone} in server.",
      challengeOutside:
        "The TXT record {fqdn} of the ACME challenge is not in the zone {zone}. Nothing was written. Give the zone that it is in; or give in delegate the name in {zone} to which a CNAME at _acme-challenge leads.",
      noZoneOf:
        "The zone of the TXT record {fqdn} of the ACME challenge could not be found: {says}. Nothing was written. Give the zone's name as challenge.dns01.zone.",
      noAuthority:
        "{server} is not authoritative for {fqdn}. Nothing was written. Name the primary server of the zone {zone} in server.",
    },
  },
  DNS_CREDENTIAL_DEAD: {
    means: "The credential for the vendor or the name server is missing, wrong, expired or deleted.",
    cure: "Give a valid credential in the setting or the variable that the message names, then run `pulumi up` again. Nothing was written.",
    messages: {
      refused,
      updateRefused,
      noApiToken: "{vendor}: there is no API token. {cure}.",
      noKey: "{vendor}: there is no key. {cure}.",
      oddKey: "{server}: a key cannot be used: {problem}. Nothing was written. Correct it.",
    },
  },
  DNS_UNREACHABLE: {
    means:
      "The vendor or the name server gave no answer, or one that cannot be trusted. A change that was sent may have been applied or not.",
    cure: "See whether the server can be reached, then run `pulumi up` again: it first reads what was applied.",
    messages: {
      unanswered:
        "{vendor}: to {what} got no usable answer ({why}). A change that was sent may have been applied or not.",
      updateUnanswered:
        "{server}: to {what} the {record} got no answer ({said}). The change may have been applied or not.",
      silent: "{server} {silence} when it was asked for the {record}. Nothing was written.",
      unsigned:
        "{server} {silence} when it was asked for the {record} with the key {key}. An unsigned answer may come from anyone, so it was not used. Nothing was written. Let the server sign its answers for this key, and see that nothing between it and this machine answers in its place.",
    },
  },
  DNS_NOT_PUBLISHED: {
    means: "The record is written, but not every name server of the zone answered with it in time.",
    cure: "Run `pulumi up` again: it waits again. If it stays so, see why the record does not reach these servers, raise `waitSeconds`, or name the servers that count in `nameServers`.",
    messages: {
      lagging:
        "The {record} is written, but after {waited} s not every name server of {zone} answers with it: {lagging}. {remembers} Run pulumi up again: it waits again. If it stays so, see why the record does not reach these servers, raise waitSeconds, or name the servers that count in nameServers.",
      challenge:
        "The {record} of the ACME challenge is written, but after {waited} s not every name server of {zone} answers with it: {lagging}. {remembers} Run pulumi up again. If it stays so, see why the record does not reach these servers, raise challenge.dns01.waitSeconds, or give the zone's servers in challenge.dns01.nameServers.",
    },
  },
  DNS_HALF_WRITTEN: {
    means:
      "The vendor writes the values of a record one by one, and a call failed before the last one. What was written belongs to this stack. The vendors of this version write all values at once, so this failure does not come from them.",
    cure: "Run `pulumi up` again: it goes on from the values that were written.",
    messages: {
      stands:
        "{failure} The {record} was written in part. It has these values now: {values}. The next pulumi up goes on from there.",
      unknown:
        "{failure} The {record} was written in part. Which values it has now could not be read. The next pulumi up goes on from there.",
    },
  },
  PACKAGE_MISSING: {
    means: "The chosen vendor needs an optional package or program that is not installed.",
    cure: "Install it with the command in the message. For `nsupdate` this is the command of Debian and Ubuntu. On Alpine the package is `bind-tools`; macOS has the program.",
    messages: {
      npm: "This record needs the package {name}: npm install {name}@{range}",
      nsupdate: "This record needs the program nsupdate: apt-get install bind9-dnsutils",
    },
  },
});
