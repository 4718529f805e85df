// What a framework cannot do of what an endpoint asks of it: warnings of the preview.
import type { SharedPlan } from "./plan";

/**
 * Sentences; none for a program without a preset. What is an output is not looked at. `unchecked` is told where the framework
 * checks no secret and no edge does it before.
 */
export function adviceOf({ preset, webhook }: SharedPlan, unchecked?: (preset: string) => string): string[] {
  if (preset === undefined) return [];
  const { name, kinds, mostConnections = Infinity, checksSecret } = preset;
  const { maxConnections, allowedUpdates } = webhook;
  const advice: string[] = [];
  if (typeof maxConnections === "number" && maxConnections > mostConnections) {
    advice.push(`webhook.maxConnections: ${name} is safe with at most ${mostConnections}; got ${maxConnections}`);
  }
  if (preset.allowedUpdates !== "default" && allowedUpdates === "default") {
    advice.push(
      `webhook.allowedUpdates: "default" brings kinds that ${name} cannot parse; leave it out, or list kinds`,
    );
  }
  const listed: unknown[] = Array.isArray(allowedUpdates) ? allowedUpdates : [];
  const strange = listed.filter((kind) => typeof kind === "string").filter((kind) => kinds?.includes(kind) === false);
  if (strange.length > 0) {
    advice.push(`webhook.allowedUpdates: ${name} cannot parse ${strange.join(", ")}; leave it out`);
  }
  if (!checksSecret && unchecked) advice.push(unchecked(name));
  return advice;
}
