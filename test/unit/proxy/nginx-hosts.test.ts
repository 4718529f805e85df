// Which server block of nginx answers for a host, and which text answers a challenge beside it, by configurations alone.
import type { Disk } from "../../../provider/proxy/servers/scripts";
import { nginxAnswers } from "../../../provider/proxy/servers/nginx/answers";
import { serversIn } from "../../../provider/proxy/servers/nginx/blocks";
import { blockNaming, listenersAt } from "../../../provider/proxy/servers/nginx/hosts";

const main = "/etc/nginx/nginx.conf";
const directory = "/etc/nginx/pulumi-telegram";
const all = { address: "0.0.0.0", port: 80 };
const settings = { directory, accessLog: "off", check: ["nginx", "-T"], reload: ["nginx", "-s", "reload"] };

const loadedOf = (http: string) => new Map([[main, `http {\n${http}\n}\n`]]);
const listenersOf = (http: string, wanted = all) => listenersAt(serversIn(loadedOf(http), ""), wanted);

test.each([
  ["a wildcard is met by all addresses", "listen 10.0.0.5:80;", all, ["10.0.0.5:80"]],
  ["a port alone is all addresses", "listen 80 default_server;", all, ["80"]],
  ["no listen is port 80", "server_name a.example;", all, ["80"]],
  ["of an address, all addresses serve it too", "listen *:80;", { address: "10.0.0.5", port: 80 }, ["*:80"]],
  [
    "of an address, its own listener comes before that of all",
    "listen 80; listen 10.0.0.5:80;",
    { address: "10.0.0.5", port: 80 },
    ["10.0.0.5:80"],
  ],
  ["IPv6 of the same block is listened on too", "listen 80; listen [::]:80;", all, ["80", "[::]:80"]],
  ["IPv6 that takes IPv4 is one listener", "listen [::]:80 ipv6only=off;", all, ["[::]:80"]],
  ["IPv6 alone is none", "listen [::]:80;", all, []],
  ["of a range of ports the one that is asked", "listen 10.0.0.5:79-81;", all, ["10.0.0.5:80"]],
  ["another port and a socket are none", "listen 8080; listen 443 ssl; listen unix:/run/a;", all, []],
])("where a block listens: %s", (_, given, wanted, values) => {
  expect(listenersOf(`server { ${given} }`, wanted).map(({ value }) => value)).toEqual(values);
});

test("a listener knows whether one of its blocks is the default, and whether it takes the PROXY protocol", () => {
  const [one, two] = listenersOf(
    "server { listen 10.0.0.1:80; } server { listen 10.0.0.1:80 default_server; } server { listen 10.0.0.2:80 proxy_protocol; }",
  );
  expect(one).toMatchObject({ hasDefault: true, takesProxyProtocol: false });
  expect(two).toMatchObject({ hasDefault: false, takesProxyProtocol: true });
});

const named = (...names: string[]) => names.map((name) => `server { listen 80; server_name ${name}; }`).join("\n");

test.each([
  ["bots.example.com", named("*.example.com", "bots.example.com"), "bots.example.com"],
  ["bots.example.com", named("~^bots", "*.com", "*.example.com", "bots.*"), "*.example.com"],
  ["bots.example.com", named("bots.*", "bots.example.*"), "bots.example.*"],
  ["bots.example.com", named("~^other", "~^(?P<name>bots)\\.", "~^bots"), "~^(?P<name>bots)\\."],
  ["bots.example.com", named(".example.com"), ".example.com"],
  ["example.com", named("*.example.com", ".example.com"), ".example.com"],
  ["bots.example.com", named("other.example.com", "_", "BOTS.example.com"), "BOTS.example.com"],
  ["203.0.113.7", named("_", "203.0.113.7"), "203.0.113.7"],
  ["bots.example.com", named("_", "example.com", "*.bots.example.com"), undefined],
])("%s is answered as nginx chooses: %#", (host, http, name) => {
  const [listener] = listenersOf(http);
  const block = listener && blockNaming(host, listener);
  expect(block?.given.find(({ words }) => words[0] === "server_name")?.words[1]).toBe(name);
});

const token = "x".repeat(43);
const wanted = {
  listen: "0.0.0.0:80",
  answers: [{ name: "bots.example.com", token, text: `${token}.${"y".repeat(43)}` }],
  owner: "organization/project/stack",
  keeper: "0123456789ab",
};
const diskOf = (http: string, names: string[] = []): Disk => ({
  names: new Set(names),
  texts: new Map(),
  owners: new Map(),
  loaded: loadedOf(http),
});
const planFor = (disk: Disk) => nginxAnswers(settings).withAnswers(wanted, disk);
const site = `${directory}/sites/0.0.0.0_80_bots.example.com`;

test("a server block of ours listens where the user's do, and owns no address then", () => {
  const plan = planFor(diskOf("server { listen 80 default_server; listen [::]:80 default_server; }"));
  expect(plan.files.get(`${site}.conf`)).toContain(
    "    listen 80;\n    listen [::]:80;\n    server_name bots.example.com;\n",
  );
  expect(plan.listen).toBeUndefined();
  expect(plan.askedAt).toEqual([{ address: "127.0.0.1", port: 80 }]);
});

test("where nobody listens it owns the address", () => {
  const plan = planFor(diskOf("server { listen 443 ssl; server_name bots.example.com; }"));
  expect(plan.files.get(`${site}.conf`)).toContain("    listen 0.0.0.0:80;\n");
  expect(plan.listen).toBe("0.0.0.0:80");
});

test("IPv6 without a default is told as well", () => {
  expect(() => planFor(diskOf("server { listen 80 default_server; listen [::]:80; }"))).toThrow("default_server");
});

test("the answers of other certificates stay, and the block goes with the last of all", () => {
  const file = (keeper: string, hash: string) => `${site}/acme_${keeper}_${hash}.conf`;
  const [stale, other] = [file(wanted.keeper, "000000000000"), file("ba9876543210", "000000000000")];
  const { files } = planFor(diskOf("", [stale, other, `${site}.conf`]));
  expect([files.has(stale), files.get(stale), files.has(other)]).toEqual([true, undefined, false]);
  const own = [...files.keys()].find((name) => name.includes(`acme_${wanted.keeper}`) && name !== stale) ?? "";
  const http = `${directory}/http.conf`;
  const without = (names: string[]) => [
    ...nginxAnswers(settings).withoutAnswers(wanted, diskOf("", names)).files.keys(),
  ];
  expect(without([own, other, `${site}.conf`, http])).toEqual([own]);
  expect(without([own, `${site}.conf`, http])).toEqual([own, `${site}.conf`, http]);
  expect(without([own, `${site}.conf`, http, `${directory}/locations/a.example/0.conf`])).toEqual([
    own,
    `${site}.conf`,
  ]);
  expect(without([other, `${site}.conf`, http])).toEqual([]);
});
