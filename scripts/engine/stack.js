// An empty stack in a file backend: what `pulumi stack init` would write, without its 0.4 seconds and its file in the work tree.
const fs = require("node:fs");
const path = require("node:path");

/** Belongs to the passphrase of engineEnvironment. */
const encryptionSalt = "v1:I8wwCJ4Z0rk=:v1:FLWMifLieDZ80Y5J:r/kYedjhuMX8j/YFwYhfMVkbaRuFRg==";

/** Makes the stack in the backend below `home` (the one of engineEnvironment) and gives the path of its file there. */
function createStack(home, project, stack) {
  const backend = path.join(home, "state", ".pulumi");
  const file = path.join(backend, "stacks", project, `${stack}.json`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(path.join(backend, "meta.yaml"), "version: 1\n");
  const checkpoint = { stack: `organization/${project}/${stack}`, latest: null };
  fs.writeFileSync(file, JSON.stringify({ version: 3, checkpoint }));
  return file;
}

/** The text of Pulumi.<stack>.yaml; keys are `<project>:<name>`, values plain text. */
function stackSettings(config = {}) {
  const rows = Object.entries(config).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  return [`encryptionsalt: ${encryptionSalt}\n`, ...(rows.length > 0 ? ["config:\n", ...rows] : [])].join("");
}

module.exports = { createStack, encryptionSalt, stackSettings };
