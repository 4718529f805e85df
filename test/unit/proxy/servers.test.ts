// The list of proxy servers: who may know a server by its name, and that the arguments have every server of the list.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ServerArgs } from "../../../provider/proxy/route/resource";
import { serverProblem } from "../../../provider/proxy/servers";
import type { Server } from "../../../provider/proxy/servers";

const folder = path.join(__dirname, "../../../provider/proxy");
const names = /\b(?:nginx|haproxy|caddy)\b/i;

test("a server's name stands in its own folder, in the list and in the arguments, and nowhere else", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const naming = files
    .map((file) => file.split(path.sep).join("/"))
    .filter((file) => !/^servers\/(?:nginx|haproxy|caddy)\//.test(file))
    .filter((file) => names.test(withoutComments(readFileSync(path.join(folder, file), "utf8"))));
  expect(naming.sort()).toEqual(["route/resource.ts", "servers/index.ts"]);
});

test("every server that has a folder is on the list", () => {
  const entries = readdirSync(path.join(folder, "servers"), { withFileTypes: true });
  const found = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const accepted = found.filter((name) => serverProblem({ [name]: {} }) === undefined);
  expect(accepted).toEqual(found);
  expect(found).toContain("nginx");
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|(?<!:)\/\/.*$/gm, "");
}

test("the arguments take every server of the list, with its settings", () => {
  const given = (server: Server): ServerArgs => server; // a server that the arguments do not have does not compile
  const server: Server = { nginx: { directory: "/x", accessLog: "off", check: ["true"], reload: ["true"] } };
  expect(given(server)).toBe(server);
});
