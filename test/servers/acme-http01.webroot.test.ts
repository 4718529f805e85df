// http-01 in a folder that a site serves, on this machine and over SSH: files that are there while they are needed, and what was there before stays.
import * as fs from "node:fs";
import http from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import type { Solver } from "../../provider/acme/solver";
import type { On } from "../../provider/proxy/route/choices";
import { namesIn, ordersAt, proofOf, watched } from "../support/contract-http01";
import type { Orders } from "../support/contract-http01";
import { startSshd } from "../support/sshd";
import type { Sshd } from "../support/sshd";

const [address, sshAddress] = ["127.0.42.4", "127.0.42.5"];
const folder = ".well-known/acme-challenge";
let orders: Orders;
let sshd: Sshd;
let site: http.Server;
let webroot: string;
beforeAll(async () => {
  orders = await ordersAt(address);
  sshd = await startSshd(sshAddress);
  site = http.createServer(({ url = "" }, response) => {
    const file = path.join(webroot, path.normalize(url));
    if (!fs.existsSync(file)) response.writeHead(404).end();
    else response.end(fs.readFileSync(file));
  });
  await new Promise<void>((resolve) => site.listen(orders.pebble.httpPort, address, resolve));
});
afterAll(async () => {
  await new Promise((resolve) => site?.close(resolve));
  await sshd?.dispose();
  await orders?.close();
});
beforeEach(() => (webroot = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-webroot-"))));
afterEach(() => fs.rmSync(webroot, { recursive: true, force: true }));

const overSsh = (): On => {
  const { port, hostKey, privateKey } = sshd;
  return { ssh: { host: sshAddress, port, user: "root", hostKey, privateKey } };
};
const machines = { "this machine": () => undefined, "a machine over SSH": overSsh };
const solver = (on?: On, name?: string): Solver => orders.solver({ webroot, ...(on && { on }) }, name);
const below = () => fs.readdirSync(webroot, { recursive: true, encoding: "utf8" }).sort();
const context = () => orders.context();

test.each(Object.entries(machines))(
  "on %s a name is proved, and the folders that were made go again",
  async (_, on) => {
    const seen = watched(solver(on()), async ([proof]) => {
      const file = path.join(webroot, folder, proof?.token ?? "");
      expect(fs.readFileSync(file, "utf8")).toBe(proof?.keyAuthorization);
      expect(fs.statSync(file).mode & 0o777).toBe(0o644);
      for (const one of [".well-known", folder]) expect(fs.statSync(path.join(webroot, one)).mode & 0o777).toBe(0o755);
      return Promise.resolve();
    });
    expect(namesIn(await orders.issue(seen, ["folder.example.test"]))).toEqual(["folder.example.test"]);
    expect(below()).toEqual([]);
  },
);

test.each(Object.entries(machines))(
  "on %s folders and files of the user's own stay, though they are empty",
  async (_, on) => {
    fs.mkdirSync(path.join(webroot, folder), { recursive: true });
    fs.writeFileSync(path.join(webroot, ".well-known/security.txt"), "own");
    const before = below();
    const proofs = [proofOf("folder.example.test"), proofOf("folder.example.test")];
    await solver(on()).present(proofs, context());
    await solver(on()).present(proofs, context()); // what is there already is no fault
    expect(below()).toEqual([...before, ...proofs.map(({ token }) => `${folder}/${token}`)].sort());
    await solver(on()).cleanUp(proofs, context());
    await solver(on()).cleanUp(proofs, context()); // nor what is gone
    expect(below()).toEqual(before);
  },
);

test("orders that begin and end at once do not take each other's folder away", async () => {
  await Promise.all(
    Array.from({ length: 8 }, async (_, at) => {
      const proof = proofOf("folder.example.test");
      const own = solver(at % 2 === 0 ? undefined : overSsh(), `site-${at}`);
      await own.present([proof], context());
      expect(fs.readFileSync(path.join(webroot, folder, proof.token), "utf8")).toBe(proof.keyAuthorization);
      await own.cleanUp([proof], context());
    }),
  );
  expect(below()).toEqual([]);
});

test("a folder that is not there is refused and not made, and its answers are gone", async () => {
  const proof = proofOf("folder.example.test");
  fs.rmdirSync(webroot);
  await expect(solver().present([proof], context())).rejects.toMatchObject({
    code: "CHALLENGE_NOT_ANSWERED",
    message: expect.stringMatching(
      new RegExp(
        `^http01\\.webroot ${webroot} does not exist on this machine, or may not be entered \\(.*\\)\\. Nothing was changed\\. Give the folder that your site serves`,
      ),
    ) as string,
  });
  await solver().cleanUp([proof], context());
  expect(fs.existsSync(webroot)).toBe(false);
});

test.each([".well-known", folder])("a link that could lead elsewhere is not followed: %s", async (place) => {
  const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-elsewhere-"));
  try {
    fs.mkdirSync(path.dirname(path.join(webroot, place)), { recursive: true });
    fs.mkdirSync(path.join(elsewhere, "acme-challenge"));
    fs.symlinkSync(elsewhere, path.join(webroot, place));
    const proof = proofOf("folder.example.test");
    await expect(solver().present([proof], context())).rejects.toMatchObject({
      code: "CHALLENGE_NOT_ANSWERED",
      message: expect.stringContaining(`${webroot}/${place} on this machine is a symbolic link`) as string,
    });
    expect(fs.readdirSync(elsewhere, { recursive: true })).toEqual(["acme-challenge"]);
  } finally {
    fs.rmSync(elsewhere, { recursive: true });
  }
});

test("a link in the place of an answer is replaced and not followed", async () => {
  const proof = proofOf("folder.example.test");
  const target = path.join(webroot, "target");
  fs.writeFileSync(target, "own");
  fs.mkdirSync(path.join(webroot, folder), { recursive: true });
  for (const name of [proof.token, `.${proof.token}.new`]) fs.symlinkSync(target, path.join(webroot, folder, name));
  await solver().present([proof], context());
  expect(fs.readFileSync(target, "utf8")).toBe("own");
  expect(fs.readFileSync(path.join(webroot, folder, proof.token), "utf8")).toBe(proof.keyAuthorization);
});
