// A made-up proxy server with what the first real one has not: no list of loaded files, files that routes share, a
// certificate and its key in one file, a socket beside the reload. And its module: how the transaction is told of it.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Duplex } from "node:stream";
import { ownerLine } from "../../provider/core/owner-mark";
import { placeIdOf } from "../../provider/proxy/route/fields";
import type { RouteInputs } from "../../provider/proxy/route/fields";
import type { RouteFiles } from "../../provider/proxy/servers/route-files";
import { reloadProblem } from "../../provider/proxy/servers/program";
import type { Activation, ServerProgram } from "../../provider/proxy/servers/program";
import type { FileChange, Disk } from "../../provider/proxy/servers/scripts";
import { listenAddressOf } from "../../provider/proxy/rules";
import { start } from "./process";

export interface MadeUp {
  home: string;
  directory: string;
  /** What it was told, since the last time this was asked: "reload", "set values". */
  told(): string[];
  /** "stuck": it takes nothing up. "no": it refuses what comes over the socket. "": it does as it is told. */
  mood(mood: "stuck" | "no" | ""): void;
  /** As the provider knows it. */
  files(more?: Partial<ServerProgram>): RouteFiles;
  dispose(): Promise<void>;
}

export async function startMadeUp(): Promise<MadeUp> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-made-up-"));
  const directory = path.join(home, "ours");
  const running = start(process.execPath, [path.join(__dirname, "../fixtures/made-up-server/server.cjs"), home]);
  await running.waitFor(/^ready$/);
  fs.writeFileSync(path.join(home, "check"), checker(directory), { mode: 0o755 });
  let seen = 0;
  const journal = () => (fs.existsSync(`${home}/journal`) ? fs.readFileSync(`${home}/journal`, "utf8") : "");
  return {
    home,
    directory,
    told: () => {
      const lines = journal().split("\n").slice(0, -1);
      const fresh = lines.slice(seen);
      seen = lines.length;
      return fresh;
    },
    mood: (mood) => fs.writeFileSync(path.join(home, "mood"), mood),
    files: (more = {}) => madeUpFiles({ ...programIn(home, directory, running.pid), ...more }, directory),
    dispose: async () => {
      await running.stop();
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
}

/** It knows hosts by a list of its own, and complains of a listener without a certificate. */
const checker = (directory: string) => `#!/bin/sh
cd ${directory} 2>/dev/null || exit 0
grep -l forbidden routes/* 2>/dev/null | while read -r file; do echo "forbidden host in ${directory}/$file" >&2; done
grep -q forbidden routes/* 2>/dev/null && exit 1
[ ! -f listeners ] || while read -r listen host pem; do [ -f "$pem" ] || { echo "no $pem" >&2; exit 1; }; done <listeners
`;

function programIn(home: string, directory: string, pid: number): ServerProgram {
  const program: ServerProgram = {
    name: "made-up",
    key: home,
    directory,
    checker: {
      command: [path.join(home, "check")],
      read: ({ code, stderr }) => ({ isGood: code === 0, complaints: stderr.trim().split("\n"), warnings: [] }),
    },
    reload: `kill -HUP ${pid}`,
    activate: (activation) =>
      activation.changes.length > 0 && activation.changes.every(isValue)
        ? setEach(home, directory, activation)
        : reloadProblem(program, activation),
    listening: (_checked, { names }) =>
      [...names].flatMap((file) => {
        const [, listen] = /\/certs\/([\d.:]+)_/.exec(file) ?? [];
        return listen === undefined ? [] : [{ file, ...listenAddressOf(listen) }];
      }),
    log: "its journal",
  };
  return program;
}

/** The socket takes new texts of these, and no new files. */
const isValue = ({ file, existed, text }: FileChange) =>
  existed && text !== undefined && /\/(?:values|certs)\/[^/]+$/.test(file);

async function setEach(home: string, directory: string, { connection, context, changes }: Activation) {
  for (const { file } of changes) {
    const stream = await connection.dialSocket(path.join(home, "control.sock"), context.signal);
    const answer = await exchange(stream, `set ${path.relative(directory, file)}\n`);
    if (answer !== "ok") return `made-up did not take ${file}: ${answer}`;
  }
  return undefined;
}

function exchange(stream: Duplex, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    stream.on("data", (part: Buffer) => (said += part.toString()));
    stream.once("error", reject).once("close", () => resolve(said.trim()));
    stream.write(line);
  });
}

function madeUpFiles(program: ServerProgram, directory: string): RouteFiles {
  const list = `${directory}/listeners`;
  const site = ({ listen, hostname }: RouteInputs) => `${listen}_${hostname}`;
  const certificate = (route: RouteInputs) => `${directory}/certs/${site(route)}.pem`;
  const file = (route: RouteInputs) => `${directory}/routes/${site(route)}_${placeIdOf(route)}`;
  const values = (route: RouteInputs) => file(route).replace("/routes/", "/values/");
  const line = (route: RouteInputs) =>
    `${route.listen} ${route.hostname} ${path.relative(directory, certificate(route))}\n`;
  const lines = ({ texts }: Disk) => (texts.get(list) ?? "").split(/(?<=\n)/);
  return {
    program,
    own: (route) => [values(route), file(route)],
    shared: (route) => [list, certificate(route)],
    withRoute: (route, { owner, routeId, generation }, disk) => {
      const pem = typeof route.tls === "object" && "pem" in route.tls ? route.tls.pem : undefined;
      return new Map([
        [file(route), `${route.listen} ${route.hostname} ${route.path}\n`],
        [values(route), [generation, ...route.secretTokens, ownerLine(owner), `# route ${routeId}`, ""].join("\n")],
        [list, [...new Set([...lines(disk), line(route)])].sort().join("")],
        [certificate(route), pem && `${pem.privateKeyPem.trim()}\n${pem.certificatePem.trim()}\n`],
      ]);
    },
    withoutRoute: (route, disk) => {
      const gone = new Map<string, string | undefined>([
        [file(route), undefined],
        [values(route), undefined],
      ]);
      const isLastOfSite = ![...disk.names].some(
        (name) => name !== file(route) && name.startsWith(`${directory}/routes/${site(route)}_`),
      );
      if (isLastOfSite) {
        const others = lines(disk).filter((one) => one !== line(route));
        gone.set(certificate(route), undefined).set(list, others.join("") || undefined);
      }
      return { files: gone, folders: ["routes", "values", "certs"].map((name) => `${directory}/${name}`) };
    },
    stampIn: (route, texts) => {
      const text = texts.get(values(route));
      const routeId = /^# route ([0-9a-f]{12})$/m.exec(text ?? "")?.[1];
      return { ...(text !== undefined && { generation: text.split("\n")[0] ?? "" }), ...(routeId && { routeId }) };
    },
    certificateIn: (route, texts) => /-----BEGIN CERTIFICATE-[^]*/.exec(texts.get(certificate(route)) ?? "")?.[0],
    needs: (route) => [{ file: list, cure: `Start made-up with the folder of ${route.hostname}` }],
  };
}
