// docs/certbot.md: the hooks of certbot and acme.sh do what the page says, with the servers' commands as stand-ins.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { blocksOf } from "../support/pages";
import { run } from "../support/process";

const hooks = blocksOf("docs/certbot.md", "sh").filter((text) => /RENEWED_LINEAGE|nginx -s reload/.test(text));
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-hooks-"));
  for (const [name, text] of Object.entries({ fullchain: "CHAIN\n", privkey: "KEY\n" })) {
    fs.writeFileSync(path.join(folder, `${name}.pem`), text);
  }
  // Each says what it was called with. `install` has no other user here to give a file to.
  const says = (name: string, more = "") => `#!/bin/sh\necho "${name} $*" >> "${folder}/calls"\n${more}`;
  const stands = {
    nginx: says("nginx"),
    systemctl: says("systemctl"),
    "acme.sh": says("acme.sh"),
    install: says("install"),
  };
  fs.mkdirSync(path.join(folder, "bin"));
  for (const [name, text] of Object.entries(stands)) {
    fs.writeFileSync(path.join(folder, "bin", name), text, { mode: 0o755 });
  }
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Runs it in a world whose /etc is the folder; what it called. */
async function called(hook: string): Promise<string[]> {
  const input = hook.replaceAll("/etc/haproxy", folder);
  const env = { PATH: `${path.join(folder, "bin")}:/usr/bin:/bin`, RENEWED_LINEAGE: folder };
  const { code, stderr } = await run("sh", [], { input, env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return fs.readFileSync(path.join(folder, "calls"), "utf8").trim().split("\n");
}

test("there is one for each server, and a command of acme.sh", () => {
  expect(hooks).toHaveLength(4);
});

test("nginx is reloaded only with a configuration that it takes", async () => {
  expect(await called(hooks[0] ?? "")).toEqual(["nginx -t -q", "nginx -s reload"]);
  fs.rmSync(path.join(folder, "calls"));
  fs.writeFileSync(path.join(folder, "bin", "nginx"), `#!/bin/sh\necho "nginx $*" >> "${folder}/calls"\nexit 1\n`);
  const env = { PATH: `${path.join(folder, "bin")}:/usr/bin:/bin` };
  expect((await run("sh", [], { input: hooks[0] ?? "", env })).code).toBe(1);
  expect(fs.readFileSync(path.join(folder, "calls"), "utf8")).toBe("nginx -t -q\n");
});

test("haproxy gets certificate and key in one file, which only its owner reads, and is reloaded", async () => {
  expect(await called(hooks[1] ?? "")).toEqual(["systemctl reload haproxy"]);
  const file = path.join(folder, "bots.pem");
  expect(fs.readFileSync(file, "utf8")).toBe("CHAIN\nKEY\n");
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.existsSync(`${file}.new`)).toBe(false);
});

test("Caddy's own user gets both files, and Caddy is started again", async () => {
  expect(await called(hooks[2] ?? "")).toEqual([
    "install -d -o caddy -g caddy -m 700 /var/lib/caddy/bots",
    `install -o caddy -g caddy -m 600 ${folder}/fullchain.pem ${folder}/privkey.pem /var/lib/caddy/bots`,
    "systemctl restart caddy-api",
  ]);
});

test("acme.sh is told both files, and the command that reloads nginx", async () => {
  const [line = ""] = await called(hooks[3] ?? "");
  expect(line).toBe(
    "acme.sh --install-cert -d bots.example.com --fullchain-file /etc/nginx/bots/fullchain.pem --key-file /etc/nginx/bots/key.pem --reloadcmd nginx -t -q && nginx -s reload",
  );
});
