// The answers of the Bot API: their JSON in the server's key order, and the sentences used in more than one place.

export type Answer =
  | { ok: true; result: unknown; description?: string }
  | { ok: false; code: number; description: string; retryAfter?: number };

export const done = (result: unknown, description?: string): Answer =>
  description === undefined ? { ok: true, result } : { ok: true, result, description };

export const refused = (code: number, description: string): Answer => ({ ok: false, code, description });
export const badRequest = (reason: string): Answer => refused(400, `Bad Request: ${reason}`);
export const conflict = (reason: string): Answer => refused(409, `Conflict: ${reason}`);
export const tooManyRequests = (retryAfter: number): Answer => ({
  ok: false,
  code: 429,
  description: `Too Many Requests: retry after ${retryAfter}`,
  retryAfter,
});

export const statusOf = (answer: Answer): number => (answer.ok ? 200 : answer.code);

/** The answer as an object with the server's keys in the server's order. */
function answerObject(answer: Answer): Record<string, unknown> {
  if (answer.ok) {
    const { result, description } = answer;
    return { ok: true, result, ...(description === undefined ? {} : { description }) };
  }
  const { code, description, retryAfter } = answer;
  return {
    ok: false,
    error_code: code,
    description,
    ...(retryAfter === undefined ? {} : { parameters: { retry_after: retryAfter } }),
  };
}

/**
 * JSON as the server writes it: \uXXXX for everything outside ASCII, `/` not escaped. Text that is no UTF-8 goes out as it
 * came in: its bytes, which are lone surrogates here, are latin-1 in the result.
 */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(/\\(?:\\|udc([89a-f][0-9a-f]))|\\ud[89ab]..\\ud[c-f]../g, (escape, byte?: string) =>
      byte === undefined ? escape : String.fromCharCode(parseInt(byte, 16)),
    );
}

/** JSON text that is to stand in an answer as it is (an update keeps its line break). */
export class RawJson {
  constructor(readonly text: string) {}
}

/** Encodes an answer; a list of `RawJson` is written as it is. */
export function encodeAnswer(answer: Answer): string {
  if (answer.ok && Array.isArray(answer.result) && answer.result.every((item) => item instanceof RawJson)) {
    return `{"ok":true,"result":[${answer.result.map((item: RawJson) => item.text).join(",\n")}]}`;
  }
  return encodeJson(answerObject(answer));
}
