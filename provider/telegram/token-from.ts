// Where the provider finds a bot's token at each operation: a variable or a file.
import { choice } from "../core/choice";
import { isVariableName } from "../core/grammar";
import { example, text } from "../core/leaf";
import { holdsToken } from "./addresses";

export const tokenFrom = choice({
  /** Name of an environment variable where `pulumi` runs. */
  env: example('"NAME"', text(envProblem)),
  /** Path of a file where `pulumi` runs. */
  file: example('"/path"', text(fileProblem)),
});

function envProblem(name: string): string | undefined {
  if (holdsToken(name)) return "must say where the token is; got the token itself";
  if (isVariableName(name)) return undefined;
  return "must be an environment variable's name: letters, digits and _, not beginning with a digit";
}

function fileProblem(file: string): string | undefined {
  if (holdsToken(file)) return "must say where the token is; got the token itself";
  return file.trim() === "" || file.includes("\0") ? "must be a file's path; got an empty or unusable one" : undefined;
}
