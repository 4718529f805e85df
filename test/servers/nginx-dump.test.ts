// What the real `nginx -T` prints, and what is made of it: which files are loaded, and who listens where.
import * as fs from "node:fs";
import * as os from "node:os";
import path from "node:path";
import { checkedOf } from "../../provider/proxy/servers/nginx/check";
import { listensIn } from "../../provider/proxy/servers/nginx/directives";
import { run } from "../support/process";

const homes: string[] = [];
afterAll(() => homes.forEach((home) => fs.rmSync(home, { recursive: true, force: true })));

/** Writes files below a new folder, `{home}` in them standing for it, and runs `nginx -T` on its nginx.conf. */
async function dumpOf(files: Record<string, string>) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "nginx-dump-"));
  homes.push(home);
  const all = { ...files, "nginx.conf": `pid {home}/pid;\nevents {}\n${files["nginx.conf"] ?? ""}` };
  for (const [name, text] of Object.entries(all)) {
    fs.mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
    fs.writeFileSync(path.join(home, name), text.replaceAll("{home}", home));
  }
  const ran = await run("nginx", ["-T", "-c", `${home}/nginx.conf`, "-p", home, "-e", "stderr"], {
    env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` },
  });
  const checked = checkedOf({ code: ran.code ?? -1, stdout: ran.stdout, stderr: ran.stderr }, `${home}/ours/http.conf`);
  const short = (name: string) => name.replace(`${home}/`, "");
  return { home, ran, checked, names: [...checked.loaded.keys()].map(short) };
}

test("a file is printed once, behind the one that includes it, with an empty line after it", async () => {
  const { home, ran, checked, names } = await dumpOf({
    "nginx.conf": "http {\n  include sites/*.conf;\n  include {home}/sites/a.conf;\n}\n",
    "sites/a.conf": "include deep/?.inc;\n",
    "sites/b.conf": "",
    "sites/.hidden.conf": "nonsense",
    "deep/x.inc": 'index "a";',
  });
  const header = (name: string) => `# configuration file ${home}/${name}:\n`;
  expect(ran.stdout.slice(ran.stdout.indexOf(header("sites/a.conf")))).toBe(
    `${header("sites/a.conf")}include deep/?.inc;\n\n${header("deep/x.inc")}index "a";\n${header("sites/b.conf")}\n`,
  );
  expect(names).toEqual(["nginx.conf", "sites/a.conf", "deep/x.inc", "sites/b.conf"]);
  expect(checked.isGood).toBe(true);
});

test("a line in a comment or a text that looks like nginx's own makes no file", async () => {
  const spoof = "# configuration file {home}/ours/http.conf:";
  const { names } = await dumpOf({
    "nginx.conf": `http {\n${spoof}\n  include sites/*.conf;\n}\n${spoof}\n`,
    "sites/a.conf": `map $uri $x { default "\n${spoof}\ninclude {home}/ours/*.conf;\n"; }\n${spoof}\n`,
  });
  expect(names).toEqual(["nginx.conf", "sites/a.conf"]);
});

test("a line that looks like one of a file that is loaded is refused, since nobody can tell which of the two is the file", async () => {
  const { home, checked } = await dumpOf({
    "nginx.conf": "http { include ours/*.conf; }\n# configuration file {home}/ours/a.conf:\n# as it was last year\n",
    "ours/a.conf": "server { listen 127.0.0.1:18443; }\n",
  });
  expect(checked).toMatchObject({
    isGood: false,
    complaints: [
      `a file of the configuration has the line \`# configuration file ${home}/ours/a.conf:\`, which looks like one that the checker prints, so it cannot be told which files are loaded; remove that line`,
    ],
  });
});

test("a listener behind a line that looks like one of a file of ours is not ours", async () => {
  const { home, checked } = await dumpOf({
    "nginx.conf": "http { include ours/*.conf; include sites/*.conf; }\n",
    "sites/a.conf": "# configuration file {home}/ours/made-up.conf:\nserver { listen 127.0.0.1:18443; }\n",
  });
  expect(listensIn(checked.loaded, (file) => !file.startsWith(`${home}/ours/`))).toEqual([
    { file: `${home}/nginx.conf`, address: "127.0.0.1", port: 18443 },
  ]);
});

test.each([
  ["18080", "0.0.0.0:18080"],
  ["*:18080", "0.0.0.0:18080"],
  ["127.0.0.1:18080", "127.0.0.1:18080"],
  ['"18080"', "0.0.0.0:18080"],
  ["localhost:18080", "127.0.0.1:18080"],
  ["18080-18082", "0.0.0.0:18080-18082"],
  ["127.0.0.1:18080-18081", "127.0.0.1:18080-18081"],
  ["127.1:18080", "127.0.0.1:18080"],
  ["0x7f000001:18080", "127.0.0.1:18080"],
  ["2130706433:18080", "127.0.0.1:18080"],
  ["0:18080", "0.0.0.0:18080"],
  ["018080", "0.0.0.0:18080"],
  ["[::]:18080", "none"],
  ["[::1]:18080", "none"],
  ["unix:{home}/s", "none"],
  ["[::]:18080 ipv6only=off", "0.0.0.0:18080"],
  ["[::0]:18080 reuseport 'ipv6only=off'", "0.0.0.0:18080"],
  ["[::]:18080-18081 ipv6only=off", "0.0.0.0:18080-18081"],
  ["[::1]:18080 ipv6only=off", "none"],
  ["[::ffff:127.0.0.1]:18080 ipv6only=off", "127.0.0.1:18080"],
])("nginx takes `listen %s`, which meets %s of IPv4", async (value, expected) => {
  const { checked } = await dumpOf({ "nginx.conf": `http { server { listen ${value}; } }\n` });
  expect(checked).toMatchObject({ isGood: true, complaints: [] });
  const [found] = listensIn(checked.loaded);
  const ports = found && [found.port, ...(found.lastPort === undefined ? [] : [found.lastPort])].join("-");
  expect(found ? `${found.address}:${ports}` : "none").toBe(expected);
});
