// The order of events of a route: bring it into force and prove it, say what somebody changed, remove only what is ours.
import { isFailure } from "../../core/failure";
import type { Applied, OperationContext, Lifecycle, Read } from "../../core/logic";
import { lines, noticeParts } from "../notices";
import type { Edge, EdgeState } from "../servers/edge";
import type { Server } from "../servers";
import { idOf, routeIdOf } from "./fields";
import type { RouteFacts, RouteInputs, RouteState } from "./fields";

export function routeLifecycle(edgeOf: (server: Server) => Edge): Lifecycle<RouteInputs, RouteFacts> {
  return { apply, read, remove };

  async function apply(
    _old: RouteState | undefined,
    inputs: RouteInputs,
    context: OperationContext,
  ): Promise<Applied<RouteInputs, RouteFacts>> {
    const state = await edgeOf(inputs.server).apply(inputs, context);
    return { id: idOf(inputs) ?? "", inputs, facts: routeFactsOf(inputs, state) };
  }

  async function read(old: RouteState, context: OperationContext): Promise<Read<RouteInputs, RouteFacts>> {
    try {
      const state = await edgeOf(old.server).inspect(old, old.sha256, context);
      for (const problem of state.problems) context.log(lines.drift({ name: context.name, problem }));
      return { inputs: old, facts: { ...routeFactsOf(old, state), sha256: old.sha256 } };
    } catch (error) {
      if (!isFailure(error)) throw error;
      return { unreadable: noticeParts.unreadable({ name: context.name, said: error.message }) };
    }
  }

  async function remove(old: RouteState, context: OperationContext): Promise<void> {
    await edgeOf(old.server).remove(old, context);
  }
}

function routeFactsOf(inputs: RouteInputs, { sha256, certificateSha256, problems }: EdgeState): RouteFacts {
  return {
    routeId: routeIdOf(inputs),
    sha256,
    ...(certificateSha256 !== undefined && { certificateSha256 }),
    verified: problems.length === 0,
    ...(problems.length > 0 && { verificationProblem: `${problems.join("; ")}.` }),
  };
}
