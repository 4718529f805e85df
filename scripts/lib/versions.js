// Versions as programs print them.

/** The first `major.minor.patch` in a text. */
const versionOf = (text) => /\d+\.\d+(\.\d+)?/.exec(text)?.[0];

function isAtLeast(version, [major, minor]) {
  const [a = NaN, b = NaN] = (version ?? "").split(".").map(Number);
  return a > major || (a === major && b >= minor);
}

module.exports = { versionOf, isAtLeast };
