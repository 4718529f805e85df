// What nginx's configuration around a route hands down to it: the table of all directives, and how the blocks are followed.
import { readFileSync } from "node:fs";
import {
  accessLines,
  harmless,
  passLines,
  refusedByName,
  replaced,
} from "../../../provider/proxy/servers/nginx/handed-down";
import { replacedWhereUsed } from "../../../provider/proxy/servers/nginx/handed-down";
import { filesOf, placesOf } from "../../../provider/proxy/servers/nginx/files";
import type { NginxSettings } from "../../../provider/proxy/servers/nginx";
import { handedTo, linesAgainst, surroundingsOf } from "../../../provider/proxy/servers/nginx/surroundings";
import { routeOf } from "../../support/routes";

const directory = "/etc/nginx/ours";
const listen = { address: "0.0.0.0", port: 443 };
const file = `${directory}/locations/bots.example.com/1.conf`;
const place = { file, directory, listen };
const include = `include ${directory}/locations/bots.example.com/*.conf;`;
const main = "/etc/nginx/nginx.conf";
const loaded = (texts: Record<string, string>) => new Map(Object.entries(texts));
const at = (text: string, more: Record<string, string> = {}) => loaded({ [main]: text, ...more });
const namesIn = (text: string, more?: Record<string, string>) =>
  handedTo(place, at(text, more)).map(({ words }) => words.join(" "));
const around = (text: string, more: { text?: string; isTls?: boolean; files?: Record<string, string> } = {}) =>
  surroundingsOf({ ...place, isTls: more.isTls ?? true, text: more.text ?? "" }, at(text, more.files));

/** Blocks, and what stands in the location alone, are handed to nobody. */
const blocks = ["server", "location", "upstream", "map", "geo", "split_clients"];
const handedDirectives = () => {
  const text = readFileSync("test/fixtures/nginx-directives.txt", "utf8");
  const groups = [...text.matchAll(/([a-z_0-9, ]+) \(([hsli]+)\)/g)];
  const found = groups.filter(([, , where = ""]) => /[hs]/.test(where)).flatMap(([, names = ""]) => names.split(/, */));
  return found.map((name) => name.trim()).filter((name) => !blocks.includes(name));
};
const ofNoModuleOfNginx = ["auth_jwt", "modsecurity"];

test("every directive of nginx that may stand around a location has its row in the table, and one only", () => {
  const rows = [
    ...replaced,
    ...replacedWhereUsed.map(({ directive }) => directive),
    ...refusedByName.map(({ directive }) => directive),
    ...harmless.flatMap(({ directives }) => directives.split(/\s+/)),
  ];
  expect([...rows].sort()).toEqual([...new Set([...handedDirectives(), ...ofNoModuleOfNginx])].sort());
});

test("what the table calls replaced stands in a route's location", () => {
  const settings = { directory, accessLog: "/var/log/x" } as NginxSettings;
  const args = { hostname: "bots.example.com", path: "/tg/b1", upstream: "http://127.0.0.1:1", secretTokens: ["x"] };
  const route = routeOf({ ...args, server: { nginx: {} }, attach: "location" });
  const stamp = { owner: "a/b/c", routeId: "0123456789ab", generation: "abc" };
  const against = replacedWhereUsed.map(({ line }) => line);
  const text = filesOf(settings, route, stamp, against).get(placesOf(settings, route).route) ?? "";
  const noEffect = ["deny", "auth_basic_user_file"];
  for (const name of replaced.filter((one) => !noEffect.includes(one))) expect(text).toContain(` ${name} `);
  const [, probed = ""] = text.split("location @");
  for (const line of [...accessLines, ...against]) expect(text.split(`\n    ${line}\n`).length).toBe(3);
  for (const line of accessLines) expect(probed).toContain(line);
  for (const line of passLines) expect(text).toContain(line);
});

test("the page of nginx has every directive that is replaced or refused", () => {
  const page = readFileSync("docs/nginx.md", "utf8");
  const names = [...replaced, ...[...replacedWhereUsed, ...refusedByName].map(({ directive }) => directive)];
  expect(names.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
});

describe("handed down is", () => {
  test("what stands in the http block and in the server block that leads to the route, and nothing of another one", () => {
    const text = `user x; http { limit_req zone=a; server { deny all; ${include} location / { mirror /m; } } server { auth_request /x; } }`;
    expect(namesIn(text)).toEqual(["deny all", "limit_req zone=a"]);
  });

  test("what stands in a file that is included there, also by a name below the main file's folder", () => {
    const text = `http { include conf.d/*.conf; }`;
    const more = {
      "/etc/nginx/conf.d/a.conf": `server { include snippets/sso; ${include} }`,
      "/etc/nginx/snippets/sso": "auth_request /sso;",
    };
    expect(namesIn(text, more)).toEqual(["auth_request /sso"]);
  });

  test("the inner one of two", () => {
    const text = `http { ssl_verify_client on; gzip on; server { ssl_verify_client off; ${include} } }`;
    expect(namesIn(text)).toEqual(["ssl_verify_client off", "gzip on"]);
    expect(around(text).obstacles).toEqual([]);
  });

  test("of several server blocks that lead to the route what those have that are asked on its address", () => {
    const text = `http { server { listen 80; return 301 https://$host; ${include} } server { listen 443 ssl; ${include} } }`;
    expect(namesIn(text)).toEqual(["listen 443 ssl"]);
    expect(around(text).obstacles).toEqual([]);
  });

  test("the http block alone while no server block leads to the route", () => {
    expect(namesIn("stream { limit_conn x 1; } http { limit_req zone=a; server { deny all; } }")).toEqual([
      "limit_req zone=a",
    ]);
  });

  test("nothing of our own files", () => {
    const own = { [`${directory}/http.conf`]: "log_format x y;" };
    expect(namesIn(`http { include ${directory}/*.conf; server { ${include} } }`, own)).toEqual([]);
  });
});

test("a line against a directive is written where that is handed down, and where nobody knows for what nearly every nginx has", () => {
  const handed = handedTo(place, at(`http { limit_req zone=a; server { auth_jwt x; ${include} } }`));
  expect(linesAgainst(handed)).toEqual(["limit_req_dry_run on;", "auth_jwt off;"]);
  expect(linesAgainst(handedTo(place, at(`http { server { ${include} } }`)))).toEqual([]);
  expect(linesAgainst(undefined)).toEqual(["limit_req_dry_run on;", "limit_conn_dry_run on;", "mirror off;"]);
});

test("a directive without its line in the route's file keeps updates from it, with its place", () => {
  const text = `http {\n limit_req zone=a;\n server { ${include} } }`;
  expect(around(text).unguarded).toEqual([
    `\`limit_req\` (${main}:2) is inherited by the route, whose file does not override it`,
  ]);
  expect(around(text, { text: "    limit_req_dry_run on;" }).unguarded).toEqual([]);
});

test("what is about TLS is no obstacle to a server block that speaks plain http", () => {
  const text = `http { server { listen 443; ssl_verify_client on; ${include} } }`;
  expect(around(text).obstacles.length).toBe(1);
  expect(around(text, { isTls: false }).obstacles).toEqual([]);
});

test.each([
  ["by itself", "", "if ($remote_addr = 10.0.0.1) { return 403; }"],
  ["by geo", "geo $a { default 1; }", "if ($a) { return 403; }"],
  ["by geo and map", "geo $a { default 1; } map $a $b { 0 1; } map $b $c { 1 2; }", 'if ($c = "2") { rewrite ^ /x; }'],
  ["by a country", "", "if ($geoip_country_code != DE) { return 444; }"],
  ["by a country of geoip2", "geoip2 x.mmdb { $land country iso_code; }", "if ($land != DE) { return 444; }"],
  ["by set", "", "set $d $binary_remote_addr; if ($d) { return 403; }"],
  ["by set in a condition", "", "if ($remote_addr ~ ^10) { set $d 1; } if ($d) { return 403; }"],
])("a condition on the client's address is a doubt: %s", (_, http, server) => {
  const text = `http { ${http} server {\n ${server}\n ${include} } }`;
  expect(around(text).doubts).toEqual([`${main}:2`]);
});

test.each(["if ($host = a) { return 301 x; }", "if ($remote_addr = 1) { set $x 1; }", "set $x $remote_addr;"])(
  "no doubt: %s",
  (server) => expect(around(`http { server { ${server} ${include} } }`).doubts).toEqual([]),
);

test("files that include each other are followed to an end", () => {
  const files = { "/etc/nginx/a": "include a; include b;", "/etc/nginx/b": "include a; include b; gzip on;" };
  expect(namesIn(`http { include a; server { ${include} } }`, files)).toContain("gzip on");
});
