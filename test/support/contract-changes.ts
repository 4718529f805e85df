// The contract of changes, on a real proxy server in both ways of attaching: all of a change is in force, or all is as it was before.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect as connectTls } from "node:tls";
import type { OperationContext } from "../../provider/core/logic";
import type { RouteState } from "../../provider/proxy/route/fields";
import { request } from "./attacks";
import { attachesOf, contractTable } from "./contract";
import type { ContractTable } from "./contract";
import { startEdge, takenPath } from "./edges";
import type { Attach, ServerName, TestEdge } from "./edges";
import { certificateFor, exchange, filesBelow, headOf, startBot, writeRequest } from "./nginx";
import type { Bot } from "./nginx";
import { run } from "./process";
import {
  applyIn,
  applyInProcess,
  contextOf,
  hurried,
  inTheEnd,
  readIn,
  routeLifecycle,
  routeOf,
  saidBy,
  thisStack,
} from "./routes";
import { until } from "./until";

const host = "bots.example.com";
const addresses = { nginx: "127.0.7.120", haproxy: "127.0.7.121", caddy: "127.0.7.122" };
const [sitePort, listenerPort] = [8081, 8443];
const pems = Promise.all([certificateFor(host), certificateFor(host)]);
/** What is said only where a machine is slow. */
const isOfWaiting = (line: string) => /: waiting for another run| takes up its new configuration /.test(line);

/** How a checker says that it warns. */
const warning = {
  nginx: "nginx: [warn] something new",
  haproxy: "[WARNING]  (1) : config : something new",
  caddy: '{"level":"warn","ts":1.5,"msg":"something new"}',
};
/** What the preview lets through and the checker refuses, with what it says. */
const unresolved = { more: { upstream: "http://no-such-host.invalid" }, words: "no-such-host\\.invalid" };
const refused = {
  nginx: unresolved,
  haproxy: unresolved,
  // It looks no name up; the user's own site has a matcher with the name of this route's.
  caddy: { more: { path: takenPath }, words: "matcher is defined more than once: @pulumi_telegram_" },
};
/** What breaks the user's own configuration. */
const nonsense = { nginx: "nonsense\n", haproxy: "nonsense\n", caddy: "}\n" };
/** What the file for all is called, and how a generation stands in a file. */
const baseName = { nginx: "http.conf", haproxy: "00-pulumi-telegram.cfg", caddy: undefined };
const generation = {
  nginx: /(Generation )\w+/g,
  haproxy: /((?:current|previous)\.)\w+/g,
  caddy: /(Generation )\w+/g,
};

/** Declares the tests of one server. */
export function contractOfChanges(name: ServerName): void {
  const table = contractTable("a change");
  let bot: Bot;
  beforeAll(async () => {
    bot = await startBot();
  });
  afterAll(async () => {
    await bot.close();
    table.print();
  });
  describe.each(attachesOf(name))("attach %s:", (attach) => changes(name, attach, table, () => bot));
}

function changes(name: ServerName, attach: Attach, table: ContractTable, bot: () => Bot): void {
  const address = addresses[name];
  const port = attach === "listener" ? listenerPort : sitePort;
  const site = { listen: `${address}:${sitePort}`, host };
  let edge: TestEdge;
  let states: RouteState[] = [];
  let lines: string[] = [];
  beforeAll(async () => {
    edge = await startEdge[name](site);
  });
  afterAll(() => edge.dispose());
  beforeEach(() => {
    [states, lines] = [[], []];
  });
  const behaviour = (what: string, work: () => Promise<unknown>) =>
    test(what, () => table.cell(what, name, attach, work));
  const ofListener = attach === "listener" ? behaviour : () => undefined;

  async function args(more: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const [pem] = await pems;
    return {
      ...{ server: edge.server(), attach, hostname: host, listen: `${address}:${port}`, path: "/tg/b1" },
      ...{ tls: attach === "listener" ? { pem } : "none", upstream: bot().url, secretTokens: ["secret-of-b1"] },
      ...more,
    };
  }
  async function apply(
    more: Record<string, unknown> = {},
    owner = thisStack,
    old?: RouteState,
    context = contextOf(lines, 100, owner),
  ): Promise<RouteState> {
    const state = await applyIn(context, routeOf(await args(more)), old);
    states.push(state);
    return state;
  }
  const read = (state: RouteState, owner = thisStack) => readIn(contextOf(lines, 100, owner), state);
  const remove = (state: RouteState, owner = thisStack) =>
    routeLifecycle.remove(state, contextOf(lines, 100, owner), false);
  const clear = async () => void (await Promise.all(states.splice(0).map((state) => remove(state))));
  const files = () => filesBelow(edge.settings.directory);

  function send(text: string): Promise<string> {
    if (attach === "location") return exchange(address, port, text);
    const options = { host: address, port, servername: host, rejectUnauthorized: false };
    const socket = connectTls(options, () => writeRequest(socket, text));
    return headOf(socket);
  }
  async function status(secret = "secret-of-b1", at = "/tg/b1"): Promise<number> {
    const target = { host, port, path: at, otherSecret: "", longerPath: "" };
    const text = request({ ...target, secrets: [secret, secret] });
    return Number(/^HTTP\/1.1 (\d+)/.exec(await send(text))?.[1] ?? 0);
  }
  const script = (called: string, text: string) => {
    const file = path.join(edge.home, called);
    writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return file;
  };

  /** One route is in force; a change of it must fail, with these words, and leave everything as it was. */
  async function failing(change: () => Record<string, unknown>, words: RegExp, context?: OperationContext) {
    await apply();
    const before = files();
    const said = await saidBy(apply({ secretTokens: ["newer"], ...change() }, thisStack, undefined, context));
    expect(said).toMatch(words);
    expect(said).toMatch(/^ProxyRoute route \(bots\.example\.com on this machine\): [^\n]*\.$/);
    expect(files()).toEqual(before);
    expect(await inTheEnd(async () => [await status(), await status("newer")], [200, 401])).toEqual([200, 401]);
    await clear();
  }

  behaviour("it is made, changed, looked at and removed, and leaves nothing", async () => {
    const state = await apply();
    expect(state).toMatchObject({ verified: true });
    expect(await read(state)).toEqual(state);
    const reloads = edge.reloads();
    expect({ ...(await apply({}, thisStack, state)) }).toEqual(state);
    expect(edge.reloads()).toBe(reloads); // nothing was to be done
    const rotated = await apply({ secretTokens: ["newer", "secret-of-b1"] }, thisStack, state);
    expect(await inTheEnd(async () => [await status(), await status("newer")], [200, 200])).toEqual([200, 200]);
    expect(await read(rotated)).toEqual(rotated);
    await remove(rotated);
    expect(files()).toEqual({ lock: "" });
    await remove(rotated); // there is nothing any more
    expect(lines.filter((line) => !isOfWaiting(line))).toEqual([]);
  });

  behaviour("the checker refuses the change", () =>
    failing(
      () => refused[name].more,
      new RegExp(`refuses the new configuration: .*${refused[name].words}.*What was there before is back\\.$`),
    ),
  );

  behaviour("the checker warns of something new", () =>
    failing(() => {
      const text = `[ -e ${edge.settings.directory}/undo ] && echo '${warning[name]}' >&2; exec "$@"`;
      return { server: edge.server({ check: [script("warns", text), ...edge.settings.check] }) };
    }, /warns of the new configuration: \[warn(?:ing)?\] something new\. What was there before is back\.$/i),
  );

  behaviour("the checker refuses what is there already", async () => {
    await apply();
    const before = files();
    const own = readFileSync(edge.config, "utf8");
    appendFileSync(edge.config, nonsense[name]);
    expect(await saidBy(apply({ secretTokens: ["newer"] }))).toMatch(
      /fails on what is there already: .*Nothing was changed\. Put that right first\.$/,
    );
    writeFileSync(edge.config, own);
    expect(files()).toEqual(before);
    expect(await status()).toBe(200);
    await clear();
  });

  behaviour("the reload fails", () =>
    failing(() => {
      const text = `[ -e ${edge.settings.directory}/undo ] && [ ! -e ${edge.home}/tried ] && { touch ${edge.home}/tried; echo 'no signal' >&2; exit 1; }; exec "$@"`;
      return { server: edge.server({ reload: [script("no", text), ...edge.settings.reload] }) };
    }, /could not be reloaded: no signal\. What was there before is back\.$/),
  );

  behaviour("the reload says yes and does nothing", () =>
    failing(
      () => ({ server: edge.server({ reload: ["true"] }) }),
      /: it answered 401\. \w+ took the reload; .*What was there before is back\.$/,
      hurried(contextOf(lines)),
    ),
  );

  behaviour("the disk is full", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-full-"));
    expect((await run("mount", ["-t", "tmpfs", "-o", "size=96k", "tmpfs", folder])).stderr).toBe("");
    const usual = edge;
    await usual.stop();
    try {
      edge = await startEdge[name](site, { folder });
      await apply();
      const before = files();
      await run("sh", ["-c", `cat /dev/zero > ${folder}/filler`]);
      expect(await saidBy(apply({ secretTokens: ["newer"] }))).toMatch(
        /could not be written on this machine: .*No space left on device\. Nothing was changed\.$/,
      );
      expect(files()).toEqual(before);
      expect([await status(), await status("newer")]).toEqual([200, 401]);
    } finally {
      await edge.stop();
      edge = usual;
      await usual.restart();
      await run("umount", [folder]);
      rmSync(folder, { recursive: true, force: true });
    }
  });

  ofListener("an address and port that another program has is not taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, address, resolve));
    const said = await saidBy(apply());
    other.close();
    expect(said).toMatch(/ is in use\b.*see `ss -ltnp` on the machine\b.*\. Nothing was changed\.$/);
    expect(files()).toEqual({ lock: "" });
  });

  ofListener("an address that is taken after the check is found by the proof", async () => {
    const [reached, go] = [path.join(edge.home, "reached"), path.join(edge.home, "go")];
    const text = `touch ${reached}; while [ ! -e ${go} ]; do sleep 0.1; done; exec "$@"`;
    const reload = [script("waits", text), ...edge.settings.reload];
    const failed = saidBy(apply({ server: edge.server({ reload }) }));
    await until(() => existsSync(reached));
    const taken = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => taken.listen(port, address, resolve));
    writeFileSync(go, "");
    const said = await failed;
    await new Promise((resolve) => taken.close(resolve));
    expect(said).toMatch(
      / does not answer for bots\.example\.com at .*took the reload;.*What was there before is back\.$/,
    );
    expect(files()).toEqual({ lock: "" });
  });

  behaviour("the machine puts back what was there when the provider dies", async () => {
    await apply();
    const before = files();
    const reached = path.join(edge.home, "died");
    const text = `[ -e ${reached} ] || { touch ${reached}; sleep 1; }; exec "$@"`;
    const reload = [script("slow", text), ...edge.settings.reload];
    const reloads = edge.reloads();
    const provider = applyInProcess(routeOf(await args({ secretTokens: ["newer"], server: edge.server({ reload }) })));
    await until(() => existsSync(reached));
    provider.kill("SIGKILL");
    await until(() => JSON.stringify(files()) === JSON.stringify(before));
    await until(() => edge.reloads() >= reloads + 1);
    expect(await inTheEnd(async () => [await status(), await status("newer")], [200, 401])).toEqual([200, 401]);
    await clear();
  });

  behaviour("the next run puts back what a loss of power left half done", async () => {
    await apply();
    const half = script("half", "kill -KILL $(ps -o ppid= -p $PPID); sleep 1");
    expect(await saidBy(apply({ secretTokens: ["newer"], server: edge.server({ reload: [half] }) }))).toContain(
      "this machine cut the connection (without a word); the machine undoes the change that was under way.",
    );
    expect(Object.keys(files())).toContain("undo");
    lines = [];
    const third = await apply({ secretTokens: ["third"] });
    expect(lines.filter((line) => !isOfWaiting(line))).toEqual([
      "this machine: an earlier run was cut off in the middle; what was there before it is back.",
    ]);
    const look = async () => [await status("third"), await status("newer"), await status()];
    expect(await inTheEnd(look, [200, 401, 401])).toEqual([200, 401, 401]);
    await remove(third);
    expect(files()).toEqual({ lock: "" });
  });

  ofListener("a hundred routes that come together are one reload, and leave nothing", async () => {
    const reloads = edge.reloads();
    const paths = Array.from({ length: 100 }, (_, at) => `/tg/b${at}`);
    await Promise.all(paths.map((one) => apply({ path: one })));
    expect(edge.reloads()).toBe(reloads + 1);
    for (const one of paths) expect(await status("secret-of-b1", one)).toBe(200);
    await clear();
    expect(files()).toEqual({ lock: "" });
    expect(edge.reloads()).toBe(reloads + 2);
  });

  behaviour("a bad one of several does not keep the good ones out", async () => {
    const ends = await Promise.allSettled([
      apply(),
      apply({ path: "/tg/b2", ...refused[name].more }),
      apply({ path: "/tg/b3" }),
    ]);
    expect(ends.map((end) => end.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect([await status(), await status("secret-of-b1", "/tg/b3")]).toEqual([200, 200]);
    await clear();
  });

  const ownSite = "the user's own site answers the same before, during and after";
  const ownSiteTest = async () => {
    let cut = 0;
    const ask = async (of: string): Promise<string> => {
      const text = `GET / HTTP/1.1\r\nHost: ${of}\r\nConnection: close\r\n\r\n`;
      const got = await exchange(address, sitePort, text).catch((error: unknown) => {
        if (!edge.cuts) throw error;
        return "";
      });
      if (got !== "" || !edge.cuts) return got.replace(/^Date.*\r\n/m, "");
      cut += 1;
      return ask(of);
    };
    const look = async () => [await ask("unknown.example.com"), await ask(host)];
    const before = await look();
    let isOver = false;
    const seen: string[][] = [];
    const watching = (async () => {
      while (!isOver) seen.push(await look());
    })();
    await apply();
    await clear();
    isOver = true;
    await watching;
    if (edge.cuts)
      process.stdout.write(`\n${name}: ${cut} of ${2 * seen.length} connections were cut at two changes\n`);
    expect(seen.length).toBeGreaterThan(10);
    for (const one of [...seen, await look()]) expect(one).toEqual(before);
  };
  test(ownSite, () => table.cell(ownSite, name, attach, ownSiteTest, edge.cuts ? "yes, some cut" : "yes"));

  behaviour("the server comes up again with the route, without us", async () => {
    await apply();
    await edge.stop();
    await edge.restart();
    expect(await inTheEnd(() => status().catch(() => 0), 200)).toBe(200);
    await clear();
  });

  describe("drift:", () => {
    const fileOf = (state: RouteState, part: RegExp) => {
      const found = Object.keys(files()).find((file) => part.test(file));
      return path.join(edge.settings.directory, found ?? `none of ${state.routeId}`);
    };
    const own = { nginx: /\/[0-9a-f]{12}\.conf$/, haproxy: /^20-route-[0-9a-f]{12}\.cfg$/, caddy: /\.caddy$/ }[name];
    const stamped = { nginx: own, haproxy: /\.secrets$/, caddy: own }[name];
    const edit = (file: string, change: (text: string) => string) =>
      writeFileSync(file, change(readFileSync(file, "utf8")));
    const base = baseName[name];
    type Drift = [string, (state: RouteState) => void, RegExp];
    const drifts: Drift[] = [
      ["an edited file", (state) => edit(fileOf(state, own), (text) => `${text}# x\n`), /was edited/],
      ["a file that is gone", (state) => rmSync(fileOf(state, own)), /is gone/],
      ...(base === undefined
        ? []
        : [["the file for all", () => rmSync(path.join(edge.settings.directory, base)), /is gone/] satisfies Drift]),
      [
        "an older generation",
        (state) => edit(fileOf(state, stamped), (text) => text.replace(generation[name], "$1abcdef")),
        /was edited; .*still runs the route as it was before/,
      ],
    ];
    test.each(drifts)("%s is said and repaired", (what, harm, words) =>
      table.cell(`drift: ${what} is said and repaired`, name, attach, async () => {
        const state = await apply();
        harm(state);
        const seen = await read(state);
        expect([seen.verified, seen.sha256]).toEqual([false, state.sha256]);
        expect(seen.verificationProblem).toMatch(words);
        const repaired = await apply({}, thisStack, seen);
        expect(await read(repaired)).toEqual(repaired);
        expect(await status()).toBe(200);
        await clear();
      }),
    );
  });

  ofListener(
    "a certificate on disk and in force that is not ours is said and repaired; a new one is served",
    async () => {
      const [pem, other] = await pems;
      const state = await apply();
      for (const [file, text] of Object.entries(files())) {
        if (!file.endsWith(".pem")) continue;
        const full = path.join(edge.settings.directory, file);
        const swapped = text
          .replace(/-----BEGIN CERTIFICATE-[^]*$/, other.certificatePem)
          .replace(/-----BEGIN PRIVATE KEY-[^]*?-----END PRIVATE KEY-----\n/, other.privateKeyPem);
        writeFileSync(full, swapped);
      }
      const reloads = edge.reloads();
      const [command = "", ...words] = edge.settings.reload;
      await run(command, words);
      await until(() => edge.reloads() === reloads + 1);
      const seen = await inTheEnd(
        async () => /another certificate/.test((await read(state)).verificationProblem ?? ""),
        true,
      );
      expect(seen).toBe(true);
      expect((await read(state)).verificationProblem).toMatch(/certificate\.pem differs from what was written; /);
      const repaired = await apply({ tls: { pem } }, thisStack, state);
      expect(await read(repaired)).toEqual(repaired);
      const renewed = await apply({ tls: { pem: other } }, thisStack, repaired);
      expect([renewed.certificateSha256 === state.certificateSha256, renewed.verified]).toEqual([false, true]);
      await clear();
      expect(files()).toEqual({ lock: "" });
    },
  );

  behaviour("another stack's route is neither written over nor removed, and may be taken over", async () => {
    const [ours, theirs] = ["acme/bots/prod", "acme/shop/prod"];
    const mine = await apply({}, ours);
    const before = files();
    const foreign = { secretTokens: ["secret-of-theirs"] };
    expect(await saidBy(apply(foreign, theirs))).toMatch(
      / is the route of acme\/bots\/prod at this path\. Nothing was /,
    );
    expect(files()).toEqual(before);
    const taken = await apply({ ...foreign, takeover: true }, theirs);
    expect((await read(mine, ours)).verificationProblem).toMatch(/ is now the route of acme\/shop\/prod/);
    await remove(mine, ours);
    expect(await inTheEnd(() => status("secret-of-theirs"), 200)).toBe(200);
    await remove(taken, theirs);
    expect(files()).toEqual({ lock: "" });
  });
}
