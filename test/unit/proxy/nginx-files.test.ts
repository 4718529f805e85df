// nginx's files for a route, as texts: where they lie, what stands in them, and that nothing odd comes through.
import { directivesIn, listensIn } from "../../../provider/proxy/servers/nginx/directives";
import { filesOf, isHttpFileNewer, placesOf, stampIn } from "../../../provider/proxy/servers/nginx/files";
import type { RouteInputs } from "../../../provider/proxy/route/fields";
import { placeIdOf } from "../../../provider/proxy/route/fields";
import type { NginxSettings } from "../../../provider/proxy/servers/nginx";
import { routeOf } from "../../support/routes";

const nginx = { directory: "/etc/nginx/pulumi-telegram", accessLog: "/var/log/nginx/telegram.log" } as NginxSettings;
const args = {
  hostname: "bots.example.com",
  path: "/tg/shop",
  upstream: "http://127.0.0.1:8080",
  secretTokens: ["current-secret", "previous-secret"],
  server: { nginx: {} },
  attach: "listener",
  tls: { files: { certificateFile: "/etc/ssl/bots.pem", keyFile: "/etc/ssl/bots.key" } },
};
const route = (more: Record<string, unknown> = {}): RouteInputs => routeOf({ ...args, ...more });
const stamp = { owner: "organization/shop/prod", routeId: "0123456789ab", generation: "abc123" };
const textOf = (one: RouteInputs, which: "route" | "http" | "addresses", settings = nginx) =>
  filesOf(settings, one, stamp).get(placesOf(settings, one)[which]);
const line = (text: string | undefined, start: string) =>
  (text ?? "")
    .split("\n")
    .find((one) => one.trim().startsWith(start))
    ?.trim();

test("a route of a listener of its own lies in the folder of its site", () => {
  const one = route();
  const { site, folder, route: file, http } = placesOf(nginx, one);
  expect(http).toBe("/etc/nginx/pulumi-telegram/http.conf");
  expect(site?.file).toBe(`/etc/nginx/pulumi-telegram/sites/${one.listen.replace(":", "_")}_bots.example.com.conf`);
  expect(file).toBe(`${folder}/${placeIdOf(one)}.conf`);
  expect(`${folder}.conf`).toBe(site?.file);
});

test("a route in a server block of somebody else has no site", () => {
  const one = route({ attach: "location", tls: undefined });
  const places = placesOf(nginx, one);
  expect(places.site).toBeUndefined();
  expect(places.folder).toBe("/etc/nginx/pulumi-telegram/locations/bots.example.com");
  expect([...filesOf(nginx, one, stamp).keys()]).toEqual([places.http, places.route, places.addresses]);
});

test("only the secrets of the route let a request in, the first as the current one", () => {
  const text = textOf(route(), "route") ?? "";
  expect(text.match(/if \(\$http_x_telegram_bot_api_secret_token = .*/g)).toEqual([
    'if ($http_x_telegram_bot_api_secret_token = "current-secret") { set $pulumi_telegram_secret current; }',
    'if ($http_x_telegram_bot_api_secret_token = "previous-secret") { set $pulumi_telegram_secret previous; }',
  ]);
  expect(text.indexOf("secret = none) { return 401")).toBeLessThan(text.indexOf("http_x_pulumi_telegram_probe"));
});

test("the bot behind it never sees the edge's secret", () => {
  expect(line(textOf(route(), "route"), "proxy_set_header X-Telegram-Bot-Api-Secret-Token")).toMatch(/ "";$/);
  const own = route({ upstreamSecret: "behind-the-edge" });
  expect(line(textOf(own, "route"), "proxy_set_header X-Telegram-Bot-Api-Secret-Token")).toMatch(
    / "behind-the-edge";$/,
  );
});

test("maintenance answers 503 with Retry-After, and asks no upstream", () => {
  const text = textOf(route({ maintenance: { retryAfterSeconds: 90 } }), "route");
  expect(line(text, "add_header Retry-After")).toBe("add_header Retry-After 90 always;");
  expect(text).toContain("return 503;");
  expect(text).not.toContain("proxy_pass");
});

test("an upstream is an address or a unix socket", () => {
  expect(line(textOf(route(), "route"), "proxy_pass ")).toBe("proxy_pass http://127.0.0.1:8080;");
  const socket = route({ upstream: "unix:/run/bot.sock" });
  expect(line(textOf(socket, "route"), "proxy_pass ")).toBe("proxy_pass http://unix:/run/bot.sock;");
});

test("behind other proxies a route has a list of addresses of its own, and otherwise none", () => {
  expect(textOf(route(), "addresses")).toBeUndefined();
  const behind = route({ clientAddress: { trustedProxies: ["10.0.0.0/8"] }, onlyTelegram: true });
  expect(line(textOf(behind, "addresses"), "proxy 10")).toBe("proxy 10.0.0.0/8;");
  expect(textOf(behind, "route")).toContain(`$pulumi_telegram_sender_${placeIdOf(behind)} = 0`);
});

test("a location and a listener at one place share no file but the one for all routes, and no variable", () => {
  const behind = { clientAddress: { trustedProxies: ["10.0.0.0/8"] }, onlyTelegram: true };
  const two = [route(behind), route({ ...behind, attach: "location", tls: undefined })];
  const [listener = [], location = []] = two.map((one) => [...filesOf(nginx, one, stamp).keys()]);
  expect(listener.filter((file) => location.includes(file))).toEqual([placesOf(nginx, route()).http]);
  const names = two.map((one) => line(textOf(one, "addresses"), "geo $pulumi_telegram_sender_"));
  expect(names[0]).not.toBe(names[1]);
  for (const one of two) {
    const variable = line(textOf(one, "addresses"), "geo ")?.split(" ")[1] ?? "none";
    expect(textOf(one, "route")).toContain(`if (${variable} = 0) { return 403; }`);
  }
});

test("a log that is off is off", () => {
  expect(line(textOf(route(), "route", { ...nginx, accessLog: "off" }), "access_log")).toBe("access_log off;");
  expect(line(textOf(route(), "route"), "access_log")).toBe("access_log /var/log/nginx/telegram.log pulumi_telegram;");
});

test("a file tells whose it is, its id and its generation, and a later package's static file is known as one", () => {
  expect(stampIn(textOf(route(), "route"))).toEqual(stamp);
  expect(stampIn("nothing of ours")).toEqual({});
  const http = textOf(route(), "http") ?? "";
  expect(isHttpFileNewer(http)).toBe(false);
  expect(isHttpFileNewer(http.replace(/# version \d+/, "# version 99"))).toBe(true);
  expect(isHttpFileNewer(undefined)).toBe(false);
});

test.each([
  ["path", '/a"; return 200; #'],
  ["hostname", "bots.example.com; include /etc/passwd"],
  ["upstream", "http://127.0.0.1:8080;evil"],
  ["upstreamSecret", 'x"y'],
])("a %s that check must have refused writes nothing", (field, value) => {
  expect(() => filesOf(nginx, { ...route(), [field]: value }, stamp)).toThrow("nothing was written");
  expect(() => filesOf(nginx, { ...route(), secretTokens: ["a$b"] }, stamp)).toThrow("nothing was written");
});

describe("nginx's directives are read", () => {
  const words = (text: string) => directivesIn(text).map((one) => one.words);

  test("by word, with quotes, comments and braces", () => {
    expect(words(`server { # listen 1;\n  listen "80" ssl;\n  return 200 'a;b {}';\n}`)).toEqual([
      ["server"],
      ["listen", "80", "ssl"],
      ["return", "200", "a;b {}"],
      [],
    ]);
  });

  test("with the line on which each begins, also after a text of several lines", () => {
    const text = "a;\nb 'one\ntwo'\n  c;\nd;";
    expect(directivesIn(text).map(({ words: [name], line: at }) => [name, at])).toEqual([
      ["a", 1],
      ["b", 2],
      ["d", 5],
    ]);
  });

  test("who listens where on IPv4", () => {
    const text =
      "listen 80; listen *:81; listen 10.0.0.1; listen 10.0.0.1:82 ssl; listen localhost:83; listen [::]:84; listen unix:/x;";
    expect(listensIn(new Map([["a.conf", text]])).map(({ address, port }) => `${address}:${port}`)).toEqual([
      "0.0.0.0:80",
      "0.0.0.0:81",
      "10.0.0.1:80",
      "10.0.0.1:82",
      "127.0.0.1:83",
    ]);
  });
});

test("neither the route's id nor its access log says anything of the path", () => {
  const text = textOf(route(), "route") ?? "";
  expect(line(text, "set $pulumi_telegram_route")).toBe("set $pulumi_telegram_route 0123456789ab;");
  expect(text).not.toContain(placeIdOf(route()));
});

test("an owner that is no mark writes nothing", () => {
  for (const owner of ["", "a b", "a\nlocation / {}", "a;b", "é"]) {
    expect(() => filesOf(nginx, route(), { ...stamp, owner })).toThrow("nothing was written");
  }
});
