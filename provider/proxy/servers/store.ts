// Where a server keeps what its routes are made of, as named texts: files on the machine, or the objects of an admin API.
import type { OperationContext } from "../../core/logic";
import type { Connection, Machine } from "../machine";
import type { ServerProgram } from "./program";
import type { Disk } from "./scripts";
import type { Job } from "./transaction";

export interface Store {
  /** Equal for what can be changed in one transaction. */
  key: string;
  /** Who answers for its routes, by what was found. */
  server(disk: Disk): Pick<ServerProgram, "name" | "owner">;
  /** What a thing is called in a sentence: "file /etc/nginx/…". */
  called(name: string): string;
  /** What is there now: all names, and the texts of these. Throws a failure where nobody can look. */
  look(machine: Machine, names: string[], context: OperationContext): Promise<Disk>;
  /** The texts of all that the server loads, if somebody can tell. */
  loaded?(connection: Connection, context: OperationContext): Promise<ReadonlyMap<string, string> | undefined>;
  /** Makes changes that come together. Throws, with nothing changed, or returns with all in force. */
  transact(machine: Machine, jobs: Job[], context: OperationContext): Promise<void>;
}
