// Caddy's admin API without a Caddy: objects in a configuration; who may be asked; what may be quoted.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { withoutValues } from "../../../provider/proxy/servers/caddy/admin-words";
import { objectsIn, withObjects } from "../../../provider/proxy/servers/caddy/admin-config";
import { servingServer } from "../../../provider/proxy/servers/caddy/admin-listens";
import { machineScript, runProblem, socketTrustProblem } from "../../../provider/proxy/servers/caddy/admin-machine";
import { loggers } from "../../../provider/proxy/servers/caddy/admin-objects";
import { automatic, objectsOf, route } from "../../support/caddy-objects";
import { inTheEnd } from "../../support/routes";

const inOrder = (objects: Map<string, string>) => [...objects].sort(([a], [b]) => (a < b ? -1 : 1));

describe("objects in a configuration", () => {
  test.each([{}, { tls: "none" as const }, { tls: automatic }])("come out as they were put in: %j", (more) => {
    const objects = objectsOf(route(more));
    expect(inOrder(objectsIn(withObjects(null, objects)))).toEqual(inOrder(objects));
  });

  test("leave a user's configuration to the letter", () => {
    const config = {
      admin: { listen: "unix//run/caddy/admin.sock" },
      logging: { logs: { default: { exclude: ["admin.api"] }, mine: { include: ["http.log.access", "tls"] } } },
      apps: {
        http: { http_port: 80, servers: { own: { listen: [":443"] } } },
        tls: { certificates: { load_pem: [{ certificate: "c", key: "k" }], automate: ["example.com"] } },
      },
    };
    for (const more of [{}, { tls: automatic }]) {
      const made = withObjects(config, objectsOf(route(more)));
      expect(withObjects(made, new Map())).toEqual(config);
    }
    expect(withObjects(withObjects({}, objectsOf(route())), new Map())).toEqual({});
  });

  test("whose certificate Caddy gets come before the user's policies, and take no host of the user's away", () => {
    const host = "bots.example.com";
    const own = { certificates: { automate: [host, "example.com"] }, automation: { policies: [{ on_demand: true }] } };
    const made = withObjects({ apps: { tls: own } }, objectsOf(route({ tls: automatic })));
    const tls = (made["apps"] as Record<string, typeof own>)["tls"];
    expect([tls?.certificates.automate, tls?.automation.policies.length, tls?.automation.policies[1]]).toEqual([
      [host, "example.com", host],
      2,
      { on_demand: true },
    ]);
    expect(withObjects(made, new Map())).toEqual({ apps: { tls: own } });
  });

  const logsOf = (logs: object) =>
    (withObjects({ logging: { logs } }, objectsOf(route()))["logging"] as { logs: object }).logs;
  const [access, error, proxy, config] = loggers as [string, string, string, string];
  const shut = [access, error, proxy, `${proxy}.pulumi-telegram`, config, `${config}.pulumi-telegram`];
  test.each([
    ["none written", {}, { default: { exclude: shut } }],
    ["all", { mine: {} }, { default: { exclude: shut }, mine: { exclude: shut } }],
    [
      "a list with others",
      { default: { include: ["http.log", "tls"] } },
      { default: { include: ["http.log", "tls"], exclude: [access, error, "tls.pulumi-telegram"] } },
    ],
    ["one that has none of it", { default: { exclude: ["http"] } }, { default: { exclude: ["http"] } }],
    ["all but the modules", { default: { exclude: ["*"] } }, { default: { exclude: ["*"] } }],
    [
      "one that takes a part back",
      { default: { include: ["http.log.access"], exclude: ["http"] } },
      { default: { include: ["http.log.access"], exclude: ["http", access] } },
    ],
  ])("keep what is secret out of the user's logs, each by its own lists: %s", (_what, logs, wanted) => {
    const { "pulumi-telegram": _ours, ...others } = logsOf(logs) as Record<string, unknown>;
    expect(others).toEqual(wanted);
  });
});

test.each([
  [[":443"], "0.0.0.0:443", true],
  [["127.0.0.1:443"], "127.0.0.2:443", false],
  [["tcp/:8000-8100"], "127.0.0.1:8050", true],
  [["udp/:443"], "0.0.0.0:443", false],
  [["[::]:443"], "0.0.0.0:443", true],
  [["[::1]:443"], "0.0.0.0:443", false],
  [["localhost:443"], "127.0.0.1:443", true],
  [["{env.PLACE}", "unix//run/x.sock", 1], "0.0.0.0:443", false],
  [undefined, "0.0.0.0:443", true],
])("a server that listens at %j has %s: %s", (given, wanted, isTaken) => {
  const config = { apps: { http: { servers: { own: { ...(given && { listen: given }) } } } } };
  expect(servingServer(wanted, config)).toBe(isTaken ? "own" : undefined);
});

describe("who is at the other end of the socket", () => {
  const socket = "/run/caddy/admin.sock";
  const way = (rows: string[]) => rows.map((row) => `way ${row} 1 Jan  1 00:00 /x`).join("\n");
  const good = ["drwxr-xr-x 2 0 0 10", "drwxr-xr-x 2 0 0 10", "drwxr-xr-x 2 990 990 10", "srw------- 1 990 990 0"];
  const said = (rows: string[]) => ({ code: 0, stderr: "", stdout: `user 0\nuser 1000\nuser 990\n${way(rows)}` });
  const problem = (at: number, row: string) =>
    socketTrustProblem({ socket }, "caddy", said(good.map((one, index) => (index === at ? row : one))))?.message;
  test("is Caddy, by every folder on the way", () => {
    expect(socketTrustProblem({ socket }, "caddy", said(good))).toBeUndefined();
    expect(problem(1, "drwxrwxrwt 2 0 0 10")).toBeUndefined(); // as /tmp: nobody moves there what is another's
    expect(problem(3, "srw-rw---- 1 990 990 0")).toBeUndefined();
  });
  test.each([
    [
      "a stranger's socket",
      3,
      "srw------- 1 1001 1001 0",
      /^\/run\/caddy\/admin\.sock, .*belongs to the user 1001\. It must belong to root, to the user who logs in or to caddy\./,
    ],
    ["a stranger's folder", 2, "drwxr-xr-x 2 1001 1001 0", /^\/run\/caddy, .*belongs to the user 1001/],
    [
      "a folder that all may write",
      2,
      "drwxrwxrwx 2 990 990 0",
      /^\/run\/caddy, .*may be written by others \(mode rwxrwxrwx\).*`chmod go-w \/run\/caddy`\.$/,
    ],
    ["a link", 2, "lrwxrwxrwx 1 0 0 0", /^\/run\/caddy is a symbolic link/],
    [
      "a socket for all",
      3,
      "srw-rw-rw- 1 990 990 0",
      /^every user of the machine can use the socket \/run\/caddy\/admin\.sock and read/,
    ],
  ])("is not known: %s", (_what, at, row, words) => {
    expect(problem(at, row)).toMatch(words);
  });
});

describe("how Caddy was started", () => {
  const socket = "/run/caddy/admin.sock";
  const unix = `unix 000000008f0f5c7e: 00000002 00000000 00010000 0001 01 4711 ${socket}\n`;
  const process_ = (id: number, args: string, inodes: string) =>
    `caddy ${id} ${Buffer.from(args.replaceAll(" ", "\0")).toString("base64")} ${inodes}\n`;
  const problem = (text: string) => runProblem({ socket }, { code: 0, stderr: "", stdout: `${unix}${text}` });
  test("is told by the process that listens at the socket", () => {
    const byFile = process_(7, "caddy run --environ --config /etc/caddy/Caddyfile", "12,4711,");
    expect(problem(byFile)).toBe(
      "caddy (process 7) runs without --resume, with /etc/caddy/Caddyfile, so what its admin API is told is gone with its next start or reload",
    );
    expect(problem(byFile + process_(8, "caddy run --resume", "9,"))).toContain("process 7");
    expect(problem(process_(7, "caddy run", "4711,"))).toContain("with no file");
    expect(problem(process_(7, "caddy run --environ --resume", "4711,"))).toBeUndefined();
    expect(problem(process_(7, "caddy run -r", "4711,"))).toBeUndefined();
  });
  test("is told of a process that we may not look into, unless another one may be meant", () => {
    const byFile = process_(7, "/usr/bin/caddy run --config=/etc/caddy/caddy.json", "?");
    expect(problem(byFile)).toContain("with /etc/caddy/caddy.json");
    expect(problem(byFile + process_(8, "caddy run --resume", "?"))).toBeUndefined();
    expect(problem(process_(7, "caddy run", ""))).toBeUndefined(); // it has no socket: it is about to end
    expect(problem("")).toBeUndefined(); // in a container, or under another name
  });
  test("is not told of one that ends while it is looked at", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-ended-"));
    const program = path.join(folder, "caddy");
    fs.copyFileSync("/bin/sleep", program);
    fs.chmodSync(program, 0o755);
    // Its parent never asks for its end, so the ended process stays on the list of processes.
    const parent = spawn("/bin/sh", ["-c", `${program} 0 & echo $!; exec sleep 600`]);
    try {
      const [id = ""] = String((await once(parent.stdout, "data"))[0]).split("\n");
      const state = () => /^State:\s+(\w)/m.exec(fs.readFileSync(`/proc/${id}/status`, "utf8"))?.[1];
      expect(await inTheEnd(() => Promise.resolve(state() === "Z"), true)).toBe(true);
      const { stdout } = spawnSync("/bin/sh", ["-c", machineScript({ socket }, "root")], { encoding: "utf8" });
      expect(stdout).toMatch(/^user 0$/m);
      expect(stdout).not.toContain(`caddy ${id} `);
    } finally {
      parent.kill();
      fs.rmSync(folder, { recursive: true });
    }
  });
});

test("what Caddy says is quoted without the values of the configuration", () => {
  const config = {
    listen: ["127.0.0.1:1"],
    handler: "vars",
    any: [{ vars: { "{x}": ["a-secret"] } }],
    key: "-----BEGIN KEY",
  };
  const words = 'listening on 127.0.0.1:1: module vars: bad "a-secret" near -----BEGIN KEY';
  expect(withoutValues(words, config)).toBe('listening on 127.0.0.1:1: module vars: bad "…" near …');
});
