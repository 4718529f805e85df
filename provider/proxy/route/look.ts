// Looks at the upstreams of routes that come together: one run on their machine, since its connection has one at a time.
import { isFailure, wordsOf } from "../../core/failure";
import type { OperationContext } from "../../core/logic";
import type { Machine } from "../machine";
import { upstreamPlace } from "../upstream";
import type { UpstreamPlace } from "../upstream";
import { upstreamScript, upstreamSeen } from "./upstream";
import type { UpstreamSeen } from "./upstream";

const gatherSeconds = 0.1;
/** Past it the connection to the machine ends, and others wait for that, so it is long. */
const lookSeconds = 60;

interface Look {
  /** By their texts, each once. */
  places: Map<string, UpstreamPlace>;
  said: Promise<string>;
}

const gathering = new Map<string, Look>();

/** Never fails: nothing of a route depends on it. */
export async function lookAtUpstream(
  machine: Machine,
  upstream: string,
  context: OperationContext,
): Promise<UpstreamSeen> {
  const place = upstreamPlace(upstream);
  const key = JSON.stringify(place);
  const look = gathering.get(machine.key) ?? begin(machine, context);
  look.places.set(key, place);
  try {
    const said = await look.said;
    return upstreamSeen(place, said, [...look.places.keys()].indexOf(key));
  } catch (error) {
    if (!isFailure(error) && !context.signal.aborted) throw error;
    return { unknown: wordsOf(error).replace(/\.$/, "") };
  }
}

function begin(machine: Machine, context: OperationContext): Look {
  const places: Look["places"] = new Map();
  const ask = async () => {
    await context.sleep(gatherSeconds).finally(() => gathering.delete(machine.key));
    const signal = AbortSignal.timeout(lookSeconds * 1000);
    return (await (await machine.connect(signal)).run(upstreamScript([...places.values()]), signal)).stdout;
  };
  const look = { places, said: ask() };
  gathering.set(machine.key, look);
  return look;
}
