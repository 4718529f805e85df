// What nginx and the kernel say, read: whose line, who listens where, which files are loaded.
import { checkedOf } from "../../../provider/proxy/servers/nginx/check";
import { directivesIn, listensIn } from "../../../provider/proxy/servers/nginx/directives";
import { listenTaken, meets, socketsIn } from "../../../provider/proxy/servers/sockets";

const dump = `# configuration file /etc/nginx/nginx.conf:
http { include /ours/*.conf; include sites/*.conf; include /ours/sites/*.conf;
  # listen 1;
  server { listen 80; listen [::]:80; listen unix:/x.sock; listen *:81 default_server; }
  log_format x '$a; listen 9; }' "b
c";
  server {
    listen 10.0.0.1:8443 ssl; server_name "a b" ~^(?<x>.{1,3})$;
    if ($x ~ "listen 3;") { return 200 "}"; }
    listen localhost:82; listen 10.0.0.2;
  }
}

# configuration file /ours/sites/a.conf:
server { listen 0.0.0.0:443 ssl; }
`;
const checked = checkedOf({ code: 0, stdout: dump, stderr: "" }, "/ours/http.conf");

test("every listen is found with its file and line, and none in a text or a comment", () => {
  expect([...checked.loaded.keys()]).toEqual(["/etc/nginx/nginx.conf", "/ours/sites/a.conf"]);
  const main = (line: number, address: string, port: number) => ({
    file: "/etc/nginx/nginx.conf",
    line,
    address,
    port,
  });
  expect(listensIn(checked.loaded)).toEqual([
    main(3, "0.0.0.0", 80),
    main(3, "0.0.0.0", 81),
    main(7, "10.0.0.1", 8443),
    main(9, "127.0.0.1", 82),
    main(9, "10.0.0.2", 80),
    { file: "/ours/sites/a.conf", line: 1, address: "0.0.0.0", port: 443 },
  ]);
  expect(directivesIn('a "x;\\"}" {b;}').map(({ words, ends }) => [words, ends])).toEqual([
    [["a", 'x;\\"}'], "{"],
    [["b"], ";"],
    [[], "}"],
  ]);
});

test("places meet when one connection can ask both", () => {
  const at = (address: string, port = 443) => ({ address, port });
  expect(meets(at("0.0.0.0"), at("10.0.0.1"))).toBe(true);
  expect(meets(at("10.0.0.1"), at("10.0.0.1"))).toBe(true);
  expect(meets(at("10.0.0.1"), at("10.0.0.2"))).toBe(false);
  expect(meets(at("0.0.0.0"), at("0.0.0.0", 80))).toBe(false);
});

test("listening sockets are read from the kernel's table", () => {
  const table = `  sl  local_address rem_address   st
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 00000000:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1
   2: 0100007F:1F91 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 3 1
`;
  expect(socketsIn(table)).toEqual([
    { address: "127.0.0.1", port: 8080 },
    { address: "0.0.0.0", port: 443 },
  ]);
  const problem = (listen: string) =>
    listenTaken(listen, { ours: "/ours", listening: listensIn(checked.loaded) }, table, "")?.message;
  expect(problem("127.0.0.1:8080")).toBe(
    "127.0.0.1:8080 is in use by another program; see `ss -ltnp` on the machine. Nothing was changed.",
  );
  expect(problem("0.0.0.0:443")).toBeUndefined();
  expect(problem("10.0.0.9:443")).toBe(
    "10.0.0.9:443 overlaps with 0.0.0.0:443, on which other routes listen. Nothing was changed. Give that address in listen.",
  );
  expect(problem("0.0.0.0:8443")).toContain("is served by /etc/nginx/nginx.conf:7 already");
  expect(problem("127.0.0.9:9000")).toBeUndefined();
});

test("complaints and warnings are told apart, without the program's name, time and process", () => {
  const stderr = `2026/11/21 14:00:00 [warn] 12#12: "user" makes no sense in /etc/nginx/nginx.conf:1
nginx: [emerg] unknown directive "x" in /etc/nginx/nginx.conf:12
nginx: configuration file /etc/nginx/nginx.conf test failed
`;
  expect(checkedOf({ code: 1, stdout: "", stderr }, "/ours/http.conf")).toEqual({
    isGood: false,
    warnings: ['[warn] "user" makes no sense in /etc/nginx/nginx.conf:1'],
    complaints: ['[emerg] unknown directive "x" in /etc/nginx/nginx.conf:12'],
    loaded: new Map(),
  });
});
