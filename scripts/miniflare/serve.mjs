// Serves a Worker in workerd until it is ended. Standard input has, as JSON, miniflare's folder, the Worker's settings as miniflare takes
// them, and those of Workers that it is bound to. Prints the port of 127.0.0.1 at which workerd itself answers.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const { miniflare, worker, others } = JSON.parse(await text(process.stdin));
const { Miniflare } = createRequire(import.meta.url)(miniflare);
// Not the port of miniflare's own, behind which a Worker of miniflare's rewrites requests.
const workers = [
  { modules: true, ...worker, name: "gate", unsafeDirectSockets: [{ host: "127.0.0.1" }] },
  ...others.map((other) => ({ modules: true, ...other })),
];
const running = new Miniflare({ host: "127.0.0.1", port: 0, workers });
const { port } = await running.unsafeGetDirectURL("gate");
console.log(`serving on port ${port}`);
