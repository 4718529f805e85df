// `npm run pictures`: draws the pictures of the pages, docs/pictures/*.svg. `-- --check` only says whether they are current.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import edgeCosts from "./pictures/edge-costs.js";
import endpoint from "./pictures/endpoint.js";
import folders from "./pictures/folders.js";
import refusal from "./pictures/refusal.js";
import rotation from "./pictures/rotation.js";
import secrets from "./pictures/secrets.js";
import webhookCosts from "./pictures/webhook-costs.js";

const folder = path.join(import.meta.dirname, "../docs/pictures");

const measured = [webhookCosts, edgeCosts.updates, edgeCosts.changes];
const stale = [endpoint, rotation, secrets, refusal, folders, ...measured].filter(({ file, draw }) => {
  const target = path.join(folder, file);
  return !existsSync(target) || readFileSync(target, "utf8") !== draw();
});
if (process.argv.includes("--check")) {
  for (const { file } of stale)
    console.error(`docs/pictures/${file} is not what scripts/pictures draws: run npm run pictures`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  mkdirSync(folder, { recursive: true });
  for (const { file, draw } of stale) writeFileSync(path.join(folder, file), draw());
}
