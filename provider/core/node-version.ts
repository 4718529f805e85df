// Refuses a Node.js that is too old, when anything of the package is loaded: later it would end an `up` half-way.

/** As `engines` of package.json says; undici uses what Node.js 18 does not have. */
export const oldest = [20, 19] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  const says = `pulumi-telegram needs Node.js ${oldest.join(".")} or later, and this is ${process.versions.node}: install a later one from https://nodejs.org, and run the command again.`;
  // With this mark, and without a stack, Pulumi prints one sentence.
  throw Object.assign(new Error(says), { stack: says, __pulumiRunError: true });
}
