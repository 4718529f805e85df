// nginx answers http-01 challenges of a real Pebble: the contract of all servers, and what only its own configuration can be like.
import * as fs from "node:fs";
import { createServer } from "node:http";
import type { ChallengeProof, Solver } from "../../provider/acme/solver";
import { httpSolver } from "../../provider/proxy/challenge";
import { got, http01Contract, proofOf } from "../support/contract-http01";
import { filesBelow, startNginx } from "../support/nginx";
import type { Nginx } from "../support/nginx";
import { contextOf, hurried } from "../support/routes";

http01Contract("nginx", "127.0.42.1");

describe("a site of the user's own", () => {
  const [address, port] = ["127.0.42.2", 8080];
  const redirects = "return 301 https://$host$request_uri;";
  let nginx: Nginx;
  beforeAll(async () => {
    const listen = `listen ${address}:${port};`;
    const include = (name: string) => `include {directory}/locations/${name}/*.conf;`;
    nginx = await startNginx(`
server { ${listen} server_name moved.example.test; ${include("moved.example.test")} ${redirects} }
server { ${listen} server_name fit.example.test; ${include("fit.example.test")} location / { ${redirects} } }
server { ${listen} server_name certbot.example.test; ${include("certbot.example.test")}
  if ($host = certbot.example.test) { ${redirects} } }
server { ${listen} server_name *.plain.example.test; auth_basic closed; auth_basic_user_file /none; }
server { ${listen} server_name guarded.example.test; deny all; ${include("guarded.example.test")} }`);
  });
  afterAll(() => nginx?.dispose());

  const solver = (listen = `${address}:${port}`): Solver =>
    httpSolver({ server: { nginx: nginx.settings }, listen }, contextOf([], 200));
  const present = (name: string, listen?: string, context = contextOf([], 200)) => {
    const proof = proofOf(name);
    return { proof, done: solver(listen).present([proof], context) };
  };
  const answered = ({ name, token }: ChallengeProof) =>
    got(address, port, name, `/.well-known/acme-challenge/${token}`);
  const ours = () => Object.keys(filesBelow(nginx.settings.directory)).filter((file) => file !== "lock");
  const text = () => fs.readFileSync(nginx.config, "utf8");
  const lineOf = (part: string) =>
    `${nginx.config}:${
      text()
        .split("\n")
        .findIndex((line) => line.includes(part)) + 1
    }`;

  test.each(["fit.example.test", "guarded.example.test"])(
    "that redirects in a location, or refuses every client, has its answer: %s",
    async (name) => {
      const { proof, done } = present(name);
      await done;
      expect(await answered(proof)).toMatchObject({ status: 200, body: proof.keyAuthorization });
      await solver().cleanUp([proof], contextOf([], 200));
      expect(ours()).toEqual([]);
    },
  );

  test.each([
    [
      "moved.example.test",
      () =>
        `the \`return\` at ${lineOf("server_name moved")} answers every request for moved.example.test at ${address}:${port} before a location is looked for. Nothing was changed. Put it into \`location /\``,
    ],
    [
      "bots.plain.example.test",
      () =>
        `the server block of bots.plain.example.test (${lineOf("server_name *.plain")}) answers at ${address}:${port}, and no line of it includes our answer to the challenge. Nothing was changed. Add \`include ${nginx.settings.directory}/locations/bots.plain.example.test/*.conf;\` to that block, or give http01.webroot`,
    ],
    [
      "fresh.example.test",
      () =>
        `at ${address}:${port} no server block has default_server, so nginx would take our server block for fresh.example.test, which it reads first, for every other host too. Nothing was changed. Add default_server to a \`listen\` there, such as in the block at ${lineOf("server_name moved")}.`,
    ],
  ])("in whose way our answer would not be found is refused with the cure: %s", async (name, says) => {
    const reloads = nginx.reloads();
    await expect(present(name).done).rejects.toMatchObject({
      code: "CHALLENGE_NOT_ANSWERED",
      message: expect.stringContaining(says()) as string,
    });
    expect([ours(), nginx.reloads()]).toEqual([[], reloads]);
  });

  test("whose condition redirects is named, and its configuration is as before", async () => {
    const { proof, done } = present("certbot.example.test", undefined, hurried(contextOf([], 200)));
    await expect(done).rejects.toMatchObject({
      code: "ROUTE_NOT_IN_FORCE",
      message: expect.stringContaining(
        `nginx at ${address}:${port} does not give the answer to the challenge of certbot.example.test: it answered 301; by the configuration, these directives act before our answer: if (${lineOf("if ($host")})`,
      ) as string,
    });
    expect(ours()).toEqual([]);
    expect((await answered(proof)).status).toBe(301);
  });

  test("does not hide that another program has the port", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, "127.0.42.3", resolve));
    try {
      await expect(present("taken.example.test", `127.0.42.3:${port}`).done).rejects.toMatchObject({
        code: "ROUTE_NOT_FREE",
        message: expect.stringContaining(`127.0.42.3:${port} is in use by another program (node, process`) as string,
      });
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });
});
