// The list of proxy servers: who may know a server by its name, that the arguments have every server of the list, and when one is asked.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { checkInputs } from "../../../provider/core/fields";
import { optional, text, withDefault } from "../../../provider/core/leaf";
import type { ServerArgs } from "../../../provider/proxy/route/resource";
import { server, serverFindings } from "../../../provider/proxy/servers";
import type { Server } from "../../../provider/proxy/servers";
import type { Answerer, Edge } from "../../../provider/proxy/servers/edge";
import { serverModule } from "../../../provider/proxy/servers/module";
import { logics } from "../../../provider/registry";

const folder = path.join(__dirname, "../../../provider/proxy");
const names = /\b(?:nginx|haproxy|caddy)\b/i;

test("a server's name stands in its own folder and in the list, and nowhere else", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const naming = files
    .map((file) => file.split(path.sep).join("/"))
    .filter((file) => !/^servers\/(?:nginx|haproxy|caddy)\//.test(file))
    .filter((file) => names.test(withoutComments(readFileSync(path.join(folder, file), "utf8"))));
  expect(naming.sort()).toEqual(["servers/index.ts"]);
});

test("every server that has a folder is on the list", () => {
  const entries = readdirSync(path.join(folder, "servers"), { withFileTypes: true });
  const found = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const accepted = found.filter((name) => !("problem" in server.parse({ [name]: {} })));
  expect(accepted).toEqual(found);
  expect(found).toContain("nginx");
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|(?<!:)\/\/.*$/gm, "");
}

test("the arguments take every server of the list, with its settings", () => {
  const given = (server: Server): ServerArgs => server; // a server that the arguments do not have does not compile
  const one: Server = { nginx: { directory: "/x", accessLog: "off", check: ["true"], reload: ["true"] } };
  expect(given(one)).toBe(one);
});

describe("a preview that does not know every setting yet", () => {
  const context = { isUnknown: (value: unknown) => value === "?", unknown: "?", now: new Date(0) };
  const seenOf = (nginx: object) => checkInputs(logics.ProxyRoute, { ...route, server: { nginx } }, context);
  const route = {
    attach: "location",
    hostname: "a.example.com",
    path: "/x",
    upstream: "http://a",
    secretTokens: ["s"],
  };

  test("asks the server what it cannot do, with the settings that are known", () => {
    const asked: unknown[] = [];
    const modest = serverModule({
      name: "nginx",
      settings: { directory: withDefault(text(), "/x"), accessLog: optional(text()) },
      installation: () => "/x",
      cannot: ({ known }, settings) => {
        asked.push(settings);
        return known.onlyTelegram ? [] : [{ field: "onlyTelegram", says: "must be true", level: "problem" }];
      },
      edge: () => ({}) as Edge,
      answerer: () => ({}) as Answerer,
    });
    const { seen } = seenOf({ directory: "?", accessLog: "off", check: ["true"] });
    expect(seen.unknown.has("server")).toBe(true);
    expect(serverFindings(seen, [modest])).toEqual([{ field: "onlyTelegram", says: "must be true", level: "problem" }]);
    expect(asked).toEqual([{ accessLog: "off", check: ["true"], reload: ["nginx", "-s", "reload"] }]);
  });

  test("knows what would replace the route unless it hangs on such a setting", () => {
    expect(seenOf({ accessLog: "?" }).inputs).toMatchObject({ installation: "nginx in /etc/nginx/pulumi-telegram" });
    expect(seenOf({ directory: "?" }).inputs).toMatchObject({ installation: "?" });
  });
});
