// Circumstances of an operation in real time, with a deadline of a minute; what is said is dropped.
import { realTime as within } from "../../provider/core/execution-context";
import type { ExecutionContext } from "../../provider/core/logic";

export const realTime = (): ExecutionContext => within(60, { log: () => undefined, warn: () => undefined });
