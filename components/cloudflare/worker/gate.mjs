// The Worker of a WorkerEndpoint, uploaded as it stands: lets genuine updates through to the origin, with the process's own secret. One file, no imports.

/** Written here too, since an uploaded text imports nothing. */
const names = { secret: "X-Telegram-Bot-Api-Secret-Token", probe: "X-Pulumi-Telegram-Probe" };
/** All that the origin gets of a request's own headers. */
const passedHeaders = ["Content-Type", "Accept", "Accept-Encoding", "User-Agent"];

/**
 * @typedef {object} Bindings
 * @property {string} HOSTNAME The host of the webhook's URL, in lower case.
 * @property {string} PATH Its path, byte for byte.
 * @property {string} MAX_BODY_BYTES
 * @property {string} TIMEOUT_SECONDS For the origin to begin its answer. One that has begun may take longer.
 * @property {string} ACCEPTED_SHA256 SHA-256 of each accepted secret in hexadecimal, with commas between them.
 * @property {string} PROCESS_SECRET What the origin gets instead of Telegram's secret.
 * @property {string} ORIGIN_URL Where the update goes.
 * @property {{ fetch: typeof fetch }} [ORIGIN] The Worker that gets it; without one, the host of ORIGIN_URL.
 */

export default {
  /** @param {Request} request @param {Bindings} env */
  async fetch(request, env) {
    const { headers } = request;
    // Compared as it came: `new URL` would write "/x/../tg" as "/tg".
    const [, host = "", rest = ""] = /^https?:\/\/([^/?#]*)(.*)$/s.exec(request.url) ?? [];
    if (host.replace(/:\d+$/, "").toLowerCase() !== env.HOSTNAME || rest !== env.PATH) return answer(404);
    if (request.method !== "POST") return answer(405);
    if (!/^application\/json *(?:;|$)/i.test(headers.get("Content-Type") ?? "")) return answer(415);
    if (Number(headers.get("Content-Length") ?? 0) > Number(env.MAX_BODY_BYTES)) return answer(413);
    const secret = headers.get(names.secret);
    if (!secret || !(await isAccepted(secret, env.ACCEPTED_SHA256))) return answer(401);
    const nonce = headers.get(names.probe);
    if (nonce) return answer(204, { [names.probe]: nonce });
    const body = await bodyOf(request, Number(env.MAX_BODY_BYTES));
    return body === undefined ? answer(413) : passOn(request, body, env);
  },
};

/** @param {number} status @param {Record<string, string>} [headers] */
function answer(status, headers = {}) {
  return new Response(null, { status, headers });
}

/** Compares digests, all of them and each to its end. @param {string} secret @param {string} accepted */
async function isAccepted(secret, accepted) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret)));
  const given = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  let found = 0;
  for (const wanted of accepted.split(",")) {
    let difference = wanted.length ^ given.length;
    for (let at = 0; at < given.length; at += 1) difference |= wanted.charCodeAt(at) ^ given.charCodeAt(at);
    found |= Number(difference === 0);
  }
  return found === 1;
}

/** The whole body, so that no half of one gets to the origin; nothing if it is longer. @param {Request} request @param {number} most */
async function bodyOf(request, most) {
  const parts = [];
  let size = 0;
  for await (const part of request.body ?? []) {
    size += part.byteLength;
    if (size > most) return undefined;
    parts.push(part);
  }
  return new Blob(parts).arrayBuffer();
}

/** @param {Request} request @param {ArrayBuffer} body @param {Bindings} env */
async function passOn({ headers: given }, body, env) {
  const client = given.get("CF-Connecting-IP") ?? "";
  const headers = new Headers({ "X-Forwarded-For": client, "X-Real-IP": client, "X-Forwarded-Proto": "https" });
  for (const name of passedHeaders) if (given.has(name)) headers.set(name, given.get(name) ?? "");
  if (env.PROCESS_SECRET) headers.set(names.secret, env.PROCESS_SECRET);
  const signal = AbortSignal.timeout(Number(env.TIMEOUT_SECONDS) * 1000);
  try {
    const sending = { method: "POST", headers, body, redirect: /** @type {const} */ ("manual"), signal };
    return await (env.ORIGIN ?? globalThis).fetch(env.ORIGIN_URL, sending);
  } catch {
    return answer(signal.aborted ? 504 : 502);
  }
}
