// How a command was called wrongly.

/** One sentence, which begins with the option that it is about; the command ends with 2. */
export class Misuse extends Error {}
