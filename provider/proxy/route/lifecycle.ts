// The order of events of a route: bring it into force and prove it, say what somebody changed, remove only what is ours.
import { isFailure } from "../../core/failure";
import type { Applied, OperationContext, Lifecycle, Read } from "../../core/logic";
import { machineOf } from "../machine";
import { lines, noticeParts, warnings } from "../notices";
import type { Claimant, Edge, EdgeState } from "../servers/edge";
import type { Server } from "../servers";
import { idOf } from "./fields";
import type { RouteFacts, RouteInputs, RouteState } from "./fields";
import { lookAtUpstream } from "./look";

export function routeLifecycle(edgeOf: (server: Server) => Edge): Lifecycle<RouteInputs, RouteFacts> {
  return { apply, read, remove };

  async function apply(
    old: RouteState | undefined,
    inputs: RouteInputs,
    context: OperationContext,
  ): Promise<Applied<RouteInputs, RouteFacts>> {
    // It counts once: two stacks that both declare it for ever would take the route from each other for ever.
    const mayTakeOver = inputs.takeover && old?.takeover !== true;
    const state = await edgeOf(inputs.server).apply(inputs, { ...claimantOf(old, context), mayTakeOver }, context);
    if (!inputs.maintenance) await tellOfUpstream(inputs, context);
    return { id: context.id ?? idOf(inputs, state.routeId), inputs, facts: routeFactsOf(state) };
  }

  async function read(old: RouteState, context: OperationContext): Promise<Read<RouteInputs, RouteFacts>> {
    try {
      const state = await edgeOf(old.server).inspect(old, claimantOf(old, context), context);
      const [{ name }, { cure }] = [context, state];
      for (const problem of state.problems) {
        if (cure === undefined) context.log(lines.drift({ name, problem }));
        else context.log(lines.foreignDrift({ name, problem, cure }));
      }
      for (const problem of state.obstacles ?? []) context.log(lines.obstacle({ name, problem }));
      return { inputs: old, facts: { ...routeFactsOf(state), sha256: old.sha256 } };
    } catch (error) {
      if (!isFailure(error)) throw error;
      return { unreadable: noticeParts.unreadable({ name: context.name, said: error.message }) };
    }
  }

  async function remove(old: RouteState, context: OperationContext): Promise<void> {
    await edgeOf(old.server).remove(old, claimantOf(old, context), context);
  }
}

/** The route is in force whatever comes of it: a bot may start later. */
async function tellOfUpstream({ on, upstream }: RouteInputs, context: OperationContext): Promise<void> {
  const { name } = context;
  const machine = machineOf(on);
  const seen = await lookAtUpstream(machine, upstream, context);
  if ("unknown" in seen) context.log(lines.upstreamUnknown({ name, machine: machine.name, why: seen.unknown }));
  else for (const what of seen.warnings) context.warn(warnings.upstream({ name, machine: machine.name, what }));
}

function claimantOf(old: RouteState | undefined, { owner }: OperationContext): Claimant {
  return { owner, mayTakeOver: false, ...(old && { routeId: old.routeId, sha256: old.sha256 }) };
}

function routeFactsOf({ routeId, sha256, certificateSha256, ...seen }: EdgeState): RouteFacts {
  const problems = [...seen.problems, ...(seen.obstacles ?? [])];
  return {
    routeId,
    sha256,
    ...(certificateSha256 !== undefined && { certificateSha256 }),
    verified: problems.length === 0,
    ...(problems.length > 0 && { verificationProblem: `${problems.join("; ")}.` }),
  };
}
