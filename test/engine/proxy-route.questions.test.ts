// ProxyRoute answers the table of questions on the real engine, with a real nginx.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { statusOf } from "../support/attacks";
import { startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { answerAll } from "../support/questions";
import { routeProject } from "../support/route-projects";
import type { RouteProject } from "../support/route-projects";
import { startSshd } from "../support/sshd";
import { until } from "../support/until";

const address = "127.0.7.20";
const port = 8081;
const host = "bots.example.com";
let bot: Bot;
let nginx: Nginx;
const projects: RouteProject[] = [];

beforeAll(async () => {
  bot = await startBot();
});
beforeEach(async () => {
  nginx = await startNginx(`server { listen ${address}:${port}; server_name ${host} other.example.com;
    location / { return 200 own; } include {directory}/locations/*/*.conf; }`);
});
afterEach(async () => {
  await Promise.all(projects.splice(0).map((project) => project.dispose()));
  await nginx.dispose();
});
afterAll(() => bot.close());

const secret = "the-secret-of-this-route-0123456789";
const route = (more: Record<string, unknown> = {}) => ({
  type: "ProxyRoute" as const,
  args: {
    server: { nginx: nginx.settings },
    attach: "location",
    hostname: host,
    listen: `${address}:${port}`,
    tls: "none",
    path: "/tg/b1",
    upstream: bot.url,
    secretTokens: [secret],
    ...more,
  },
});

async function newProject(): Promise<RouteProject> {
  const project = await routeProject();
  projects.push(project);
  return project;
}

async function upWith(more: Record<string, unknown> = {}): Promise<RouteProject> {
  const project = await newProject();
  project.declare({ route: route(more) });
  await project.up();
  return project;
}

/** The status of an update at a path, with a secret. */
const status = (at = "/tg/b1", given = secret, name = host) => statusOf({ host: name, address, port, path: at }, given);

const both = ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr;
const folder = (name = host) => path.join(nginx.settings.directory, "locations", name);
const files = (name = host) =>
  existsSync(folder(name)) ? readdirSync(folder(name)).map((file) => path.join(folder(name), file)) : [];
const stored = (project: RouteProject) => project.state().resources.find(({ type }) => type.endsWith(":ProxyRoute"));

answerAll("ProxyRoute", {
  "it is made": async () => {
    const project = await upWith();
    expect(await status()).toBe(200);
    const { id, outputs = {} } = stored(project) ?? {};
    expect(id).toBe(`nginx/local/${address}:${port}/${host}/tg/b1`);
    expect(outputs).toMatchObject({ url: `https://${host}/tg/b1`, machine: "local", verified: true });
    expect(Object.keys(outputs).sort()).toEqual([
      ...["__provider", "attach", "declared", "hostname", "installation", "listen", "machine", "path", "routeId"],
      ...["schemaVersion", "secretTokens", "server", "sha256", "tls", "upstream", "url", "verified"],
    ]);
    expect(files()).toEqual([path.join(folder(), `${outputs["routeId"] as string}.conf`)]);
  },

  "a second run does nothing": async () => {
    const project = await upWith();
    const before = stored(project)?.outputs?.["sha256"];
    expect((await project.up(["--expect-no-changes"])).stdout).toContain("2 unchanged");
    await project.refresh(["--expect-no-changes"]);
    await project.preview(["--expect-no-changes"]);
    expect(stored(project)?.outputs?.["sha256"]).toBe(before);
    expect(nginx.reloads()).toBe(1);
  },

  "it is changed in place": async () => {
    const project = await upWith();
    project.declare({
      route: route({ secretTokens: ["newer-secret", secret], upstreamSecret: "stable", maxBodyBytes: 2048 }),
    });
    expect((await project.up()).stdout).toContain("1 updated");
    expect([await status(), await status("/tg/b1", "newer-secret")]).toEqual([200, 200]);
    expect(bot.requests.at(-1)?.headers["x-telegram-bot-api-secret-token"]).toBe("stable");
    project.declare({ route: route({ secretTokens: ["newer-secret"], maintenance: { retryAfterSeconds: 90 } }) });
    const said = both(await project.up());
    expect(said).toMatch(/warning: maintenance lets Telegram wait 90 s .*buttons.*payments/);
    expect([await status(), await status("/tg/b1", "newer-secret")]).toEqual([401, 503]);
    await project.preview(["--expect-no-changes"]);
  },

  "it is replaced": async () => {
    const project = await upWith();
    project.declare({ route: route({ path: "/tg/b2" }) });
    expect((await project.up()).stdout).toContain("1 replaced");
    const before = bot.requests.length;
    expect([await status(), await status("/tg/b2")]).toEqual([200, 200]);
    expect(bot.requests.slice(before).map(({ url }) => url)).toEqual(["/tg/b2"]);
    expect(files()).toHaveLength(1);
    project.declare({ route: route({ hostname: "other.example.com" }) });
    expect((await project.up()).stdout).toContain("1 replaced");
    expect([files(), files("other.example.com").length]).toEqual([[], 1]);
    expect(await status("/tg/b1", secret, "other.example.com")).toBe(200);
    expect(stored(project)?.outputs?.["url"]).toBe("https://other.example.com/tg/b1");
  },

  "a change by someone else is shown and repaired": async () => {
    const project = await upWith();
    const [file = ""] = files();
    const good = readFileSync(file, "utf8");
    writeFileSync(file, good.replace(secret, "somebody-elses-secret"));
    expect((await project.refresh()).stdout).toContain(`its file ${file} was edited`);
    expect(stored(project)?.outputs?.["verified"]).toBe(false);
    await project.up();
    expect(readFileSync(file, "utf8").replace(/Generation \w+/, "")).toBe(good.replace(/Generation \w+/, ""));
    expect(await status()).toBe(200);

    await nginx.stop();
    expect((await project.refresh()).stdout).toContain("connection refused");
    expect(both(await project.up([], { expect: 1 }))).toMatch(/nginx could not be reloaded: .*pid/);
    await nginx.restart();
    await project.up(["--refresh"]);
    expect(await status()).toBe(200);
    await project.refresh(["--expect-no-changes"]);
  },

  "a removal by someone else is shown and repaired": async () => {
    const project = await upWith();
    const [file = ""] = files();
    rmSync(file);
    expect((await project.refresh()).stdout).toContain(`its file ${file} is gone`);
    expect((await project.up()).stdout).toContain("1 updated");
    expect(existsSync(file)).toBe(true);
    expect(await status()).toBe(200);
    await project.refresh(["--expect-no-changes"]);
  },

  "it is removed": async () => {
    const project = await upWith();
    await project.destroy();
    expect(project.state().resources).toEqual([]);
    expect(readdirSync(nginx.settings.directory)).toEqual(["lock"]);
    const before = bot.requests.length;
    await status();
    expect(bot.requests.length).toBe(before);
  },

  "it is removed when it is already gone": async () => {
    const project = await upWith();
    rmSync(nginx.settings.directory, { recursive: true });
    await project.destroy();
    expect(project.state().resources).toEqual([]);
  },

  "what is not ours is left alone": async () => {
    const project = await newProject();
    const foreign = path.join(folder(), "theirs.conf");
    project.declare({ route: route(), other: route({ path: "/tg/b10", secretTokens: ["secret-of-b10"] }) });
    await project.up();
    expect(nginx.reloads()).toBe(1);
    writeFileSync(foreign, "location = /theirs { return 200 theirs; }\n");
    project.declare({ other: route({ path: "/tg/b10", secretTokens: ["secret-of-b10"] }) });
    await project.up();
    expect(await status("/tg/b10", "secret-of-b10")).toBe(200);
    expect(files()).toContain(foreign);
    await project.destroy();
    expect(files()).toEqual([foreign]);
    // A path that the user's own configuration has is not taken.
    writeFileSync(foreign, "location = /tg/b1 { return 200 theirs; }\n");
    project.declare({ route: route() });
    expect(both(await project.up([], { expect: 1 }))).toContain('duplicate location "/tg/b1"');
    expect(files()).toEqual([foreign]);
  },

  "a slow far side is waited for": async () => {
    const project = await newProject();
    const slow = path.join(nginx.home, "slow");
    writeFileSync(slow, `#!/bin/sh\nsleep 3\nexec "$@"\n`, { mode: 0o755 });
    project.declare({
      route: route({ server: { nginx: { ...nginx.settings, reload: [slow, ...nginx.settings.reload] } } }),
    });
    await project.up();
    expect(await status()).toBe(200);
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const project = await upWith();
    const [file = ""] = files();
    const good = readFileSync(file, "utf8");
    project.declare({ route: route({ upstream: "http://no-such-host.invalid:80" }) });
    expect(both(await project.up([], { expect: 1 }))).toMatch(
      /ProxyRoute route \(bots\.example\.com on this machine\): nginx refuses the new configuration: \[emerg\] host not found in upstream "no-such-host\.invalid" in .*\. What was there before is back\./,
    );
    expect([readFileSync(file, "utf8"), readdirSync(folder())]).toEqual([good, [path.basename(file)]]);
    expect(stored(project)?.outputs).toMatchObject({ upstream: bot.url, verified: true });
    expect(await status()).toBe(200);
    project.declare({ route: route() });
    await project.up(["--expect-no-changes"]);
  },

  "a wrong credential is named": async () => {
    const sshd = await startSshd(address);
    try {
      const project = await newProject();
      const { port: at, hostKey, privateKey, strangersKey } = sshd;
      const on = (key: string) => ({ ssh: { host: address, port: at, hostKey, privateKey: key } });
      project.declare({ route: route({ on: on(strangersKey) }) });
      const said = both(await project.up([], { expect: 1 }));
      expect(said).toContain(`ProxyRoute route (${host} on ${address}): ${address} does not let user root in`);
      expect(files()).toEqual([]);
      project.declare({ route: route({ on: on(privateKey) }) });
      await project.up();
      expect([await status(), stored(project)?.id]).toEqual([200, `nginx/${address}/${address}:${port}/${host}/tg/b1`]);
      await sshd.stop();
      expect(both(await project.refresh())).toMatch(
        /warning: ProxyRoute route could not be looked at: .* cannot be reached/,
      );
      expect(project.backendText()).not.toContain(privateKey.split("\n")[2]);
    } finally {
      await sshd.dispose();
    }
  },

  "an unknown value passes the preview": async () => {
    const project = await newProject();
    const later = (value: unknown) => ({ $later: value, after: "secret" });
    const declare = (more: Record<string, unknown> = {}) =>
      project.declare({
        secret: { type: "WebhookSecret", args: more },
        route: route({
          hostname: later(host),
          path: later("/tg/b1"),
          upstream: later(bot.url),
          secretTokens: { $of: "secret", output: "accepted" },
        }),
      });
    declare();
    expect((await project.preview()).stdout).toContain("3 to create");
    await project.up();
    expect(await status("/tg/b1", "wrong")).toBe(401);
    declare({ rotateTrigger: "a" });
    expect((await project.preview()).stdout).toContain("2 to update");
    expect((await project.up()).stdout).toContain("2 updated");
    expect((await project.outputs())["urls"]).toEqual({ route: `https://${host}/tg/b1` });
  },

  "a secret stays secret": async () => {
    const project = await newProject();
    const hidden = [secret, "the-upstream-secret-0123456789"];
    const said: Record<string, string> = {};
    const note = async (name: string, work: Promise<{ stdout: string; stderr: string }>) => {
      said[name] = both(await work);
    };
    project.declare({ route: route({ upstreamSecret: hidden[1] }) });
    await note("preview --diff", project.preview(["--diff"]));
    await note("up --diff", project.up(["--diff"]));
    const [file = ""] = files();
    writeFileSync(file, readFileSync(file, "utf8").replace("{ return 401; }", `{ return ${secret}; }`));
    await note("a broken one", project.refresh(["--diff"]));
    project.declare({ route: route({ upstreamSecret: hidden[1], upstream: "http://no-such-host.invalid" }) });
    await note("a refused up --diff", project.up(["--diff"], { expect: 1 }));
    await note("stack export", project.pulumi(["stack", "export"]));
    project.declare({ route: route({ upstreamSecret: hidden[1] }) });
    await note("up again", project.up(["--diff"]));
    await note("destroy --diff", project.destroy(["--diff"]));
    said["backend"] = project.backendText();
    const forms = hidden.flatMap((text) => [text, Buffer.from(text).toString("base64").slice(0, 16)]);
    expect(Object.keys(said).filter((name) => forms.some((form) => said[name]?.includes(form)))).toEqual([]);
    expect(said["up --diff"]).toMatch(/secretTokens\s*: \[secret\]/);
  },

  "it is killed half-way and run again": async () => {
    const project = await upWith();
    const [file = ""] = files();
    const good = readFileSync(file, "utf8");
    const reached = path.join(nginx.home, "reached");
    const slow = path.join(nginx.home, "slow");
    writeFileSync(slow, `#!/bin/sh\n[ -e ${reached} ] || { touch ${reached}; sleep 2; }\nexec "$@"\n`, { mode: 0o755 });
    const server = { nginx: { ...nginx.settings, reload: [slow, ...nginx.settings.reload] } };
    project.declare({ route: route({ server, secretTokens: ["newer-secret"] }) });
    const running = project.start(["up", "--yes", "--skip-preview"]);
    await until(() => existsSync(reached));
    expect(readFileSync(file, "utf8")).not.toBe(good);
    running.kill("SIGKILL");
    // The provider lives on for the operation that is under way, or the machine puts back what was there.
    await until(() => !existsSync(path.join(nginx.settings.directory, "undo")));
    const isNew = readFileSync(file, "utf8") !== good;
    expect([await status(), await status("/tg/b1", "newer-secret")]).toEqual(isNew ? [401, 200] : [200, 401]);
    await project.recover();
    await project.up();
    expect([await status(), await status("/tg/b1", "newer-secret")]).toEqual([401, 200]);
    await project.preview(["--expect-no-changes"]);
  },
});
