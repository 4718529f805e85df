// Runs what was uploaded to a stand-in cloud, as a process of its own: a function with an event, or a Worker with a request. Takes
// JSON on standard input and answers with JSON.
/* global Request, Response */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const { code, file, entry, environment, event, request, bindings } = JSON.parse(await text(process.stdin));
const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-upload-"));
const at = path.join(folder, path.basename(file));
let answer;
try {
  writeFileSync(at, code);
  Object.assign(process.env, environment);
  const module = await import(`${pathToFileURL(at).href}?${randomUUID()}`);
  answer =
    request === undefined ? await (module[entry] ?? module.default[entry])(event) : await fetched(module.default);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(JSON.stringify(answer ?? null));

/** What a Worker answers, and what it fetches meanwhile or sends to a service binding. */
async function fetched(worker) {
  const handed = [];
  const take = (to, sent) => {
    handed.push({ handedTo: to ?? sent.url, headers: Object.fromEntries(sent.headers) });
    return new Response("{}");
  };
  globalThis.fetch = async (...args) => take(undefined, new Request(...args));
  const bound = bindings.map(({ name, text: value, service }) => [
    name,
    service === undefined ? value : { fetch: async (...args) => take(service, new Request(...args)) },
  ]);
  const context = { waitUntil: () => undefined, passThroughOnException: () => undefined };
  const { url, ...how } = request;
  const { status } = await worker.fetch(new Request(url, how), Object.fromEntries(bound), context);
  return { status, ...handed[0] };
}
