// The pages of the site: which there are, in which group of the navigation each stands, and its title.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Groups in the order of the navigation. A page of docs/ that stands in none comes last in Operation. */
const groups = {
  Start: ["docs/which-topology", "docs/platforms", "docs/migration", "testing/README", "docs/glossary"],
  Components: ["docs/bot-endpoint", "docs/lambda-endpoint", "docs/worker-endpoint", "docs/tunnel-endpoint"],
  Resources: [
    "docs/telegram-webhook",
    "docs/webhook-secret",
    "docs/tls-certificate",
    "docs/certificate-authority",
    "docs/acme",
    "docs/acme-account",
    "docs/dns-record",
    "docs/proxy-route",
    "docs/nginx",
    "docs/haproxy",
    "docs/caddy",
    "docs/ssh",
    "docs/certbot",
    "docs/proxy-servers",
  ],
  Frameworks: below("docs/presets").map((name) => `docs/presets/${path.parse(name).name}`),
  Operation: [
    "docs/doctor",
    "docs/troubleshooting",
    "docs/messages",
    "docs/runbook",
    "docs/gitops",
    "docs/secrets",
    "docs/threat-model",
    "docs/telegram-behaviour",
    "docs/performance",
  ],
  Examples: below("examples")
    .filter((name) => existsSync(`examples/${name}/README.md`))
    .map((name) => `examples/${name}/README`),
  Development: ["CONTRIBUTING", "DESIGN", "SECURITY", "CHANGELOG"],
};

export const groupNames = Object.keys(groups);

/** Every page but the front page, in the order of the navigation; `name` is its path without `.md`. */
export function sitePages() {
  const known = new Set(Object.values(groups).flat());
  const others = below("docs").flatMap((file) => (file.endsWith(".md") ? [`docs/${path.parse(file).name}`] : []));
  const all = { ...groups, Operation: [...groups.Operation, ...others.filter((name) => !known.has(name))] };
  return Object.entries(all).flatMap(([group, names]) =>
    names.map((name) => ({ name, group, file: `${name}.md`, title: titleOf(`${name}.md`) })),
  );
}

/** The first heading, without marks of code. */
function titleOf(file) {
  const [, heading] = /^# (.+)$/m.exec(readFileSync(file, "utf8")) ?? [];
  if (heading === undefined) throw new Error(`${file} has no heading`);
  return heading.replaceAll("`", "");
}

function below(folder) {
  return readdirSync(folder).sort();
}
