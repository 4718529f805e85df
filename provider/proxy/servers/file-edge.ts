// An edge whose routes are files on the machine, for every server that says what its files are.
import { errors } from "../errors";
import { answererOver } from "./answerer";
import type { AnswerTexts } from "./answerer";
import type { Answerer, Edge } from "./edge";
import { check } from "./program";
import type { ServerProgram } from "./program";
import { routeEdge } from "./route-edge";
import type { RouteFiles } from "./route-files";
import { diskOf, lookAt } from "./scripts";
import type { Store } from "./store";
import { transact } from "./transaction";
import { untrusted } from "./trust";

export const fileEdge = (files: RouteFiles): Edge => routeEdge(files, fileStore(files.program));

export const fileAnswerer = (texts: AnswerTexts, program: ServerProgram): Answerer =>
  answererOver(texts, fileStore(program));

function fileStore(program: ServerProgram): Store {
  const { key, directory } = program;
  return {
    key,
    server: () => program,
    called: (file) => `file ${file}`,
    async look(machine, files, { signal }) {
      const connection = await machine.connect(signal);
      const ran = await connection.run(lookAt(program, files), signal);
      if (ran.code === 0) return diskOf(ran.stdout);
      throw (
        untrusted(ran, machine.name, directory) ?? errors.PROXY_REFUSED.notSeen({ directory, said: ran.stderr.trim() })
      );
    },
    // A configuration that is broken now is not the one that runs, so nothing is said of it.
    async loaded(connection, context) {
      const { isGood, loaded } = await check(program, connection, context);
      return isGood ? loaded : undefined;
    },
    transact: (machine, jobs, context) => transact(machine, program, jobs, context),
  };
}
