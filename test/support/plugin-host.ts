// A second host for the same Logic: what a provider plugin would do with it, in one file, to see that no decision is lost.
import { checkInputs, diffInputs, inputsOf, loadState, secretNames } from "../../provider/core/fields";
import { withCode } from "../../provider/core/failure";
import type { Logic, OperationContext, SharedServices, Sources } from "../../provider/core/logic";
import { isUnknown, unknownValue } from "../../provider/host/unknown";

type Values = Record<string, unknown>;

/** What the engine gives a plugin in CheckConfig and Configure. A secret of the configuration comes marked. */
export interface PluginConfig {
  values: Record<string, string>;
  secretKeys: readonly string[];
  environment: Record<string, string>;
}

export interface PluginChecked {
  inputs: Values;
  failures: { property: string; reason: string }[];
  /** Logged with the resource's URN, as a plugin can and the dynamic host cannot. */
  warnings: string[];
  /** What the plugin seals before it answers: whole names, and leaves of choices. */
  secrets: string[];
}

export function pluginHost<I extends object, F extends object & { [K in keyof I]?: never }>(
  logic: Logic<I, F>,
  config: PluginConfig,
  services: SharedServices,
) {
  const sources: Sources = {
    config: (key) => config.values[key],
    secret: (key) => config.values[key],
    isInClear: (key) => config.values[key] !== undefined && !config.secretKeys.includes(key),
    environment: (name) => config.environment[name],
  };
  const context = { isUnknown, unknown: unknownValue, now: new Date(0) };
  return {
    check(given: Values): PluginChecked {
      const settled = logic.settle?.(given, sources) ?? { values: {}, findings: [] };
      const { inputs, findings } = checkInputs(logic, { ...given, ...settled.values }, context);
      const all = [...settled.findings, ...findings];
      const leaves = Object.entries(logic.fields as Record<string, { choice?: { secretPaths: readonly string[] } }>);
      return {
        inputs,
        failures: all
          .filter(({ level }) => level === "problem")
          .map(({ field, says }) => ({ property: field, reason: `${field} ${says}` })),
        warnings: all.filter(({ level }) => level === "warning").map(({ field, says }) => `${field} ${says}.`),
        secrets: [
          ...secretNames(logic),
          ...leaves.flatMap(([name, { choice }]) => (choice?.secretPaths ?? []).map((leaf) => `${name}.${leaf}`)),
        ],
      };
    },
    diff: (state: Values, inputs: Values) => diffInputs(logic, loadState(logic, state), inputs, context),
    async create(inputs: Values, operation: OperationContext) {
      const { id, unfinished, ...made } = await logic
        .lifecycle(services)
        .apply(undefined, inputsOf(logic.fields, inputs), operation);
      return { id, state: { ...made.inputs, ...made.facts }, failed: unfinished?.map(withCode) };
    },
    find: (id: string, operation: OperationContext) => logic.lifecycle(services).find?.(id, operation),
  };
}
