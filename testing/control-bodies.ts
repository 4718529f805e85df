// What each call of the control takes in its body and query: a misspelled key or a value of another type is refused, not ignored.

/** What a value may be, in the words of the refusal. */
type Shape = "a text" | "a number" | "true or false" | "true" | "an object" | "an id" | "a number or null" | "texts";

const checks: Readonly<Record<Shape, (value: unknown) => boolean>> = {
  "a text": isText,
  "a number": isNumber,
  "true or false": (value) => typeof value === "boolean",
  true: (value) => value === true,
  "an object": isObject,
  "an id": (value) => isText(value) || isNumber(value),
  "a number or null": (value) => value === null || isNumber(value),
  texts: (value) => isObject(value) && Object.values(value).every(isText),
};

/** The keys of a body, or "anything" where Telegram's own keys stand in it. */
export type Body = Readonly<Record<string, Shape>> | "anything";

export const environmentBody = { test: "true or false" } as const;

export const bodies = {
  nothing: {},
  bot: { id: "a number", token: "a text", username: "a text", name: "a text" },
  message: { ...environmentBody, text: "a text", chatId: "a number", from: "an object" },
  lastError: { ...environmentBody, message: "a text", date: "a number" },
  lastSynchronizationError: { ...environmentBody, date: "a number or null" },
  fault: {
    botId: "an id",
    method: "a text",
    times: "a number",
    kind: "a text",
    when: "a text",
    retryAfter: "a number",
    milliseconds: "a number",
    code: "a number",
    description: "a text",
    headers: "texts",
  },
  host: {
    shown: "a text",
    connect: "a text",
    aaaaOnly: "true",
    none: "true",
    error: "a text",
    delayMilliseconds: "a number",
  },
  trust: { pem: "a text" },
  advance: { seconds: "a number" },
} as const satisfies Record<string, Body>;

/** The sentence with which a call is refused; nothing when its body and its query are as they should be. */
export function requestProblem(
  body: Readonly<Record<string, unknown>>,
  takes: Body,
  query: URLSearchParams,
  queryTakes: readonly string[],
): string | undefined {
  const strange = [...query.keys()].find((name) => !queryTakes.includes(name));
  if (strange !== undefined) return `The query has ${shown(strange)}; ${listOf(queryTakes)}.`;
  if (takes === "anything") return undefined;
  for (const [name, value] of Object.entries(body)) {
    const shape = Object.hasOwn(takes, name) ? takes[name] : undefined;
    if (shape === undefined) return `The body has ${shown(name)}; ${listOf(Object.keys(takes))}.`;
    if (!checks[shape](value))
      return `In the body ${name} must be ${shape === "texts" ? "an object of texts" : shape}.`;
  }
  return undefined;
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? "this call takes none" : `this call takes ${names.join(", ")}`;
}

/** A key of somebody else's, as JSON and not for ever. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
