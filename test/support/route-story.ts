// The story behind the questions about routes: one stack with a route on a host of its own for each question, changed step by step.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { placeIdOf } from "../../provider/proxy/route/fields";
import type { RouteInputs } from "../../provider/proxy/route/fields";
import { statusOf } from "./attacks";
import { filesBelow, locationRoute, startBot, startNginx } from "./nginx";
import type { Bot, Nginx } from "./nginx";
import { routeProject } from "./route-projects";
import type { Declared, RouteProject } from "./route-projects";
import { startSshd } from "./sshd";
import type { Sshd } from "./sshd";
import { setUp, step, tearDown } from "./story";
import { until } from "./until";
import { both } from "./webhooks";

export const address = "127.0.7.20";
export const secret = "the-secret-of-this-route-0123456789";
const newer = "a-newer-secret-of-it-0123456789";
const upstreamSecret = "the-upstream-secret-0123456789";
const ofOther = "secret-of-b10";

/**
 * Each nginx with its hosts, one for each question. Those that a question stops, breaks or empties have one of their own, and
 * those that are refused: what came together with them would be tried once more, one by one.
 */
const sites = {
  main: [
    "made",
    "changed",
    "moved",
    "moved-on",
    "edited",
    "emptied",
    "removed",
    "slow",
    "unknown",
    "reached",
    "killed",
  ],
  foreign: ["ours"],
  taken: ["taken"],
  refused: ["refused"],
  broken: ["masked"],
  stopped: ["stopped"],
  emptied: ["gone"],
} as const;
type Site = keyof typeof sites;
type Name = (typeof sites)[Site][number];
const names: readonly Name[] = Object.values(sites).flat();
const siteNames = Object.keys(sites) as Site[];
const siteOf = (name: Name) => siteNames.find((site) => (sites[site] as readonly Name[]).includes(name)) as Site;
const portOf = (name: Name) => 8081 + siteNames.indexOf(siteOf(name));
export const hostOf = (name: Name): string => `${name}.example.com`;
export const listenOf = (name: Name): string => `${address}:${portOf(name)}`;

/** All routes at once: what comes together is one change of a server. */
const previewed = ["--yes", "--parallel", "32"];

type Program = Record<string, Declared>;
type Args = Record<string, unknown>;

/** Registers the hooks and gives the steps, in their order. */
export function routeStory() {
  const servers = {} as Record<Site, Nginx>;
  let bot: Bot;
  let sshd: Sshd;
  let project: RouteProject;
  /** What each command printed, for the question about secrets. */
  const said: Record<string, string> = {};
  jest.setTimeout(600_000); // the first question waits for the steps that it needs, each command with a deadline of its own

  setUp(async () => {
    bot = await startBot();
    sshd = await startSshd(address);
    for (const site of siteNames) {
      const blocks = sites[site].map(
        (name) => `server { listen ${listenOf(name)}; server_name ${hostOf(name)};
          location / { return 200 own; } include {directory}/locations/${hostOf(name)}/*.conf; }`,
      );
      servers[site] = await startNginx(blocks.join("\n"));
    }
    project = await routeProject();
  });
  tearDown(async () => {
    await project.dispose();
    for (const site of siteNames) await servers[site].dispose();
    await sshd.dispose();
    await bot.close();
  });

  const nginxOf = (name: Name) => servers[siteOf(name)];
  const folderOf = (name: Name) => path.join(nginxOf(name).settings.directory, "locations", hostOf(name));
  const theirs = (name: Name) => path.join(folderOf(name), "theirs.conf");
  /** The file of a route on the machine. */
  const fileOf = (name: string) => {
    const found = project.state().resources.find(({ urn }) => urn.endsWith(`::${name}`));
    const recorded = found?.outputs as unknown as RouteInputs;
    const host = names.find((one) => hostOf(one) === recorded.hostname) as Name;
    return path.join(folderOf(host), `${placeIdOf(recorded)}.conf`);
  };
  const script = (name: string, text: string) => {
    const file = path.join(servers.main.home, name);
    writeFileSync(file, `#!/bin/sh\n${text}\nexec "$@"\n`, { mode: 0o755 });
    return file;
  };
  /** The settings of the main nginx with a reload that goes through a script. */
  const reloadedBy = (file: string) => {
    const { settings } = servers.main;
    return { server: { nginx: { ...settings, reload: [file, ...settings.reload] } } };
  };

  /** What an update gets: with the secret, with the newer one, at the second path, and at the other route's with its own. */
  const answersOf = async (name: Name) => {
    const at = { host: hostOf(name), address, port: portOf(name) };
    const status = (given: string, where = "/tg/b1") => statusOf({ ...at, path: where }, given).catch(() => 0);
    return {
      ...{ b1: await status(secret), newer: await status(newer), wrong: await status("wrong") },
      ...{ b2: await status(secret, "/tg/b2"), b10: await status(ofOther, "/tg/b10") },
    };
  };

  /** Takes a command and gives what it printed, what is recorded and on the machine after it, and what updates then get. */
  const seeing = async (command: string, work: () => Promise<{ stdout: string; stderr: string }>) => {
    const text = both(await work());
    said[command] = text;
    const { resources } = project.state();
    const before = bot.requests.length;
    const byName = async <T>(of: (name: Name) => T | Promise<T>) => {
      const entries: [Name, T][] = [];
      for (const name of names) entries.push([name, await of(name)]);
      return Object.fromEntries(entries) as Record<Name, T>;
    };
    const answers = await byName(answersOf);
    const requests = bot.requests.slice(before);
    const [preview = "", update = ""] = text.split("Updating (");
    return {
      ...{ text, preview, update, resources, answers },
      stored: (name: string) => resources.find(({ urn }) => urn.endsWith(`::${name}`)),
      /** The texts of all that is in the folder of a host, by path. */
      files: await byName((name) => {
        const found = Object.entries(filesBelow(folderOf(name)));
        return Object.fromEntries(found.map(([file, content]) => [path.join(folderOf(name), file), content]));
      }),
      /** Which of the updates reached the bot. */
      reached: await byName((name) => requests.filter(({ headers }) => headers.host === hostOf(name))),
      reloads: servers.main.reloads(),
    };
  };

  const route = (name: Name, more: Args = {}): Declared => {
    const place = { hostname: hostOf(name), listen: listenOf(name), upstream: bot.url };
    return {
      type: "ProxyRoute",
      args: locationRoute(nginxOf(name).settings, { ...place, secretTokens: [secret], ...more }),
    };
  };
  const routes = (...some: Name[]) => Object.fromEntries(some.map((name) => [name, route(name)]));
  const viaSsh = (privateKey: string) =>
    route("reached", { on: { ssh: { host: address, port: sshd.port, hostKey: sshd.hostKey, privateKey } } });
  const later = (value: unknown) => ({ $later: value, after: "secret" });
  const nowhere = { upstream: "http://no-such-host.invalid:80" };

  const first = (): Program => ({
    secret: { type: "WebhookSecret", args: {} },
    unknown: route("unknown", {
      ...{ hostname: later(hostOf("unknown")), path: later("/tg/b1"), upstream: later(bot.url) },
      secretTokens: { $of: "secret", output: "accepted" },
    }),
    ...routes(
      "made",
      "changed",
      "moved",
      "edited",
      "emptied",
      "removed",
      "killed",
      "refused",
      "stopped",
      "gone",
      "ours",
    ),
    other: route("ours", { path: "/tg/b10", secretTokens: [ofOther] }),
    masked: route("masked", { upstreamSecret }),
    slow: route("slow", reloadedBy(script("slow", "sleep 1"))),
  });
  const second = (): Program => {
    const { ours, gone, removed, ...rest } = first();
    void [ours, gone, removed];
    return {
      ...rest,
      secret: { type: "WebhookSecret", args: { rotateTrigger: "a" } },
      changed: route("changed", { secretTokens: [newer, secret], upstreamSecret: "stable", maxBodyBytes: 2048 }),
      moved: route("moved", { path: "/tg/b2" }),
      refused: route("refused", nowhere),
      masked: route("masked", { upstreamSecret, ...nowhere }),
      reached: viaSsh(sshd.privateKey),
    };
  };
  const third = (): Program => ({
    ...{ ...second(), ...routes("refused"), masked: route("masked", { upstreamSecret }), moved: route("moved-on") },
    changed: route("changed", { secretTokens: [newer], maintenance: { retryAfterSeconds: 90 } }),
  });

  const made = step("an up in which a path is taken and a key is a stranger's", async () => {
    mkdirSync(folderOf("taken"), { recursive: true });
    writeFileSync(theirs("taken"), "location = /tg/b1 { return 200 theirs; }\n");
    project.declare({ ...first(), ...routes("taken"), reached: viaSsh(sshd.strangersKey) });
    return seeing("up", () => project.pulumi(["up", ...previewed, "--diff", "--continue-on-error"], { expect: 1 }));
  });

  const again = step("an up that does nothing", async () => {
    await made();
    project.declare(first());
    return seeing("up again", () =>
      project.pulumi(["up", ...previewed, "--skip-preview", "--refresh", "--expect-no-changes"]),
    );
  });

  const shown = step("a refresh, after others have edited, removed and stopped", async () => {
    const { files } = await again();
    const edit = (name: Name, from: string, to: string) => {
      writeFileSync(fileOf(name), (files[name][fileOf(name)] ?? "").replace(from, to));
    };
    edit("edited", secret, "somebody-elses-secret");
    rmSync(fileOf("emptied"));
    // What nginx says of it has the secret in it, which nobody may see.
    edit("masked", "{ return 401; }", `{ return ${secret}; }`);
    await servers.stopped.stop();
    return seeing("a refresh --diff of what is broken", () => project.refresh(["--diff"]));
  });

  const changed = step("an up that changes, replaces, repairs, removes and is refused", async () => {
    await shown();
    writeFileSync(theirs("ours"), "location = /theirs { return 200 theirs; }\n");
    rmSync(servers.emptied.settings.directory, { recursive: true });
    project.declare(second());
    const args = ["up", ...previewed, "--diff", "--continue-on-error"];
    return seeing("a refused up --diff", () => project.pulumi(args, { expect: 1 }));
  });

  const mended = step("an up that mends what was refused, changes and replaces", async () => {
    await changed();
    await servers.stopped.restart();
    project.declare(third());
    return seeing("up --diff --refresh", () => project.pulumi(["up", ...previewed, "--diff", "--refresh"]));
  });

  const unreachable = step("a refresh that shows nothing, and one machine cannot be reached", async () => {
    await mended();
    await sshd.stop();
    const seen = await seeing("refresh", () => project.refresh(["--expect-no-changes"]));
    await sshd.restart();
    return seen;
  });

  const killed = step("an up that is killed while nginx is reloaded", async () => {
    const { files } = await unreachable();
    const [begun, go] = [path.join(servers.main.home, "begun"), path.join(servers.main.home, "go")];
    const held = script("held", `touch ${begun}; until [ -e ${go} ]; do sleep 0.1; done`);
    project.declare({ ...third(), killed: route("killed", { ...reloadedBy(held), secretTokens: [newer] }) });
    return seeing("a killed up", async () => {
      const running = project.start(["up", "--yes", "--skip-preview"]);
      await until(() => existsSync(begun));
      expect(filesBelow(folderOf("killed"))).not.toEqual(files.killed);
      running.kill("SIGKILL");
      writeFileSync(go, "");
      // The provider lives on for the operation that is under way, or the machine puts back what was there.
      await until(() => !existsSync(path.join(servers.main.settings.directory, "undo")));
      return { stdout: running.output(), stderr: "" };
    });
  });

  const recovered = step("the up after it", async () => {
    await killed();
    await project.recover();
    return seeing("up after the kill", () => project.up());
  });

  const settled = step("a preview that shows nothing", async () => {
    await recovered();
    return seeing("preview", () => project.preview(["--expect-no-changes"]));
  });

  const exported = step("outputs and an export", async () => {
    await settled();
    const outputs = await project.outputs();
    said["stack output"] = JSON.stringify(outputs);
    said["stack export"] = both(await project.pulumi(["stack", "export"]));
    return outputs;
  });

  const ended = step("a destroy", async () => {
    await exported();
    const seen = await seeing("destroy --diff", () => project.destroy(["--diff", "--parallel", "32"]));
    said["backend"] = project.backendText();
    const left = readdirSync(servers.main.settings.directory);
    return { ...seen, left, said, hidden: [secret, newer, upstreamSecret], privateKey: sshd.privateKey };
  });

  const steps = { made, again, shown, changed, mended, unreachable, killed, recovered, settled, exported, ended };
  return { ...steps, bot: () => bot, theirs };
}
