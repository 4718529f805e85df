// What is told while a certificate is ordered: warnings and lines of the log.
import { declareParts } from "../core/failure";
import { declareLines, declareWarnings } from "../core/notice";

export const warnings = declareWarnings({
  leftBehind: {
    text: "{name}: what answered the challenge for {names} could not be removed: {said} It proves nothing any more; remove it by hand, or let the next run do it.",
    means:
      "The proof is over. The record or file that was published for it is harmless, and useless without the account's key.",
    cure: "Remove it by hand, or run `pulumi up` again when the next certificate is due.",
  },
});

export const lines = declareLines({
  resumed: {
    text: "{name}: this run goes on with the order that an earlier run left ({status}).",
    means: "An earlier run ended half-way. Its order and its key are used, so nothing is ordered twice.",
  },
  shared: {
    text: "{name}: another run ordered the same names with this account at the same time and has the certificate of that order; a new order is made.",
    means:
      "Two runs with one account were given one order by the server. Each has a certificate of its own in the end.",
  },
  anew: {
    text: "{name}: the order that an earlier run left cannot be used ({why}); a new one is made.",
    means: "An earlier run ended half-way. Its order has expired or failed since, or cannot be read.",
  },
});

export const noticeParts = declareParts({
  proving: "{name}: waiting for {server} to prove {names}",
  issuing: "{name}: waiting for {server} to issue the certificate for {names}",
  ended: "it is {status}",
  old: "it is of {begunAt}",
  elsewhere: "it is of another server",
  otherNames: "it is of other names",
  otherKind: "it is of another profile or keyType",
  pending: "{names} not proved yet.",
  order: "the order is {status}.",
  notChanged: "it said that the key was changed, and then knew no account with the new key",
});
