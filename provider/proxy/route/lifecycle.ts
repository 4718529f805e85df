// The order of events of a route: bring it into force and prove it, say what somebody changed, remove only what is ours.
import { isFailure } from "../../core/failure";
import type { Applied, OperationContext, Lifecycle, Read } from "../../core/logic";
import type { Edge, EdgeState } from "../servers/edge";
import { routeIdOf } from "../servers/nginx-files";
import { idOf } from "./fields";
import type { RouteFacts, RouteInputs, RouteState } from "./fields";

export function routeLifecycle(edge: Edge): Lifecycle<RouteInputs, RouteFacts> {
  return { apply, read, remove };

  async function apply(
    _old: RouteState | undefined,
    inputs: RouteInputs,
    context: OperationContext,
  ): Promise<Applied<RouteInputs, RouteFacts>> {
    const sight = await edge.apply(inputs, context);
    return { id: idOf(inputs) ?? "", inputs, facts: factsOf(inputs, sight) };
  }

  async function read(old: RouteState, context: OperationContext): Promise<Read<RouteInputs, RouteFacts>> {
    try {
      const sight = await edge.look(old, old.sha256, context);
      for (const problem of sight.problems)
        context.log(`ProxyRoute ${context.name}: ${problem}. pulumi up repairs it.`);
      return { inputs: old, facts: { ...factsOf(old, sight), sha256: old.sha256 } };
    } catch (error) {
      if (!isFailure(error)) throw error;
      return { unreadable: `ProxyRoute ${context.name} could not be looked at: ${error.message}` };
    }
  }

  async function remove(old: RouteState, context: OperationContext): Promise<void> {
    await edge.remove(old, context);
  }
}

function factsOf(inputs: RouteInputs, { sha256, certificateSha256, problems }: EdgeState): RouteFacts {
  return {
    routeId: routeIdOf(inputs),
    sha256,
    ...(certificateSha256 !== undefined && { certificateSha256 }),
    verified: problems.length === 0,
    ...(problems.length > 0 && { verificationProblem: `${problems.join("; ")}.` }),
  };
}
