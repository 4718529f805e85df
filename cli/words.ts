// The checks speak to a program, in names of arguments; the doctor speaks to a person, in options of its own.

/** Each argument that a sentence of the checks may name, as whoever calls the doctor knows it. */
const words: readonly (readonly [RegExp, string])[] = [
  [/\b[Ss]et allowPrivateAddresses\b/g, "give --allow-private-addresses"],
  [/\ballowPrivateAddresses\b/g, "--allow-private-addresses"],
  [/\bname one in nameServers\b/g, "name one with --name-server"],
  [/\bnameServers\b/g, "--name-server"],
  [/\bLeave certificate out, so that Telegram uses\b/g, "Leave --certificate out, and upload none: Telegram then uses"],
  [/\bas certificate\b/g, "with --certificate, and upload it"],
  [/\bleave this check out\b/g, "only Telegram can tell: ask it with --token-env"],
  [/`pulumi up` with another `reassertTrigger`/g, '`TELEGRAM_REASSERT="$(date +%s)" pulumi up`'],
  [/\bsecretToken\b/g, "secret token"],
  [/\bmaxConnections\b/g, "max_connections"],
  [/\b(?:the )?url\b/g, "the URL"],
];

/** A sentence in the words of the command line; what it quotes stays as it was said. */
export function inOptions(sentence: string): string {
  return sentence
    .split(/("[^"]*")/)
    .map((part, at) => (at % 2 === 1 ? part : words.reduce((text, [word, option]) => text.replace(word, option), part)))
    .join("");
}
