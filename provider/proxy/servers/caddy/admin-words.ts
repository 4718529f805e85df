// What Caddy says against a configuration, without the values of that configuration, which may be secrets. Pure.
import { isObject } from "../../../core/rules";

/** Values under these keys are no secrets, and say where the mistake is. */
const plain =
  /^(?:@id|handler|host|listen|module|format|output|protocol|protocols|network|address|filename|dial|level|issuer)$/;
const shortest = 4;
const hidden = "…";

/** Every text of the configuration that stands in the words is left out, but for what is no secret by its key. */
export function withoutValues(words: string, config: unknown): string {
  const shown = new Set<string>();
  const values = new Set<string>();
  for (const waiting: { key: string; value: unknown }[] = [{ key: "", value: config }]; waiting.length > 0;) {
    const { key, value } = waiting.pop() ?? { key: "" };
    if (typeof value === "string") (plain.test(key) ? shown : values).add(value);
    else if (Array.isArray(value)) waiting.push(...value.map((one: unknown) => ({ key, value: one })));
    else if (isObject(value)) waiting.push(...Object.entries(value).map(([name, one]) => ({ key: name, value: one })));
  }
  const secret = [...values].filter((value) => value.length >= shortest && !shown.has(value) && words.includes(value));
  return secret.sort((a, b) => b.length - a.length).reduce((text, value) => text.replaceAll(value, hidden), words);
}
