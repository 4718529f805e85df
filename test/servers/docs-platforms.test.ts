// docs/platforms.md: what the checks say of its platforms. A server here answers as the vendor of each documents it.
import type { ExecutionContext } from "../../provider/core/logic";
import { probeDns } from "../../provider/probe/dns";
import { probeHttp } from "../../provider/probe/http";
import { probeTls } from "../../provider/probe/tls";
import type { Verdict } from "../../provider/probe/verdict";
import { makeLeaf, serveTls } from "../support/certificates";
import { codeIn, piecesOf, read, rowsBelow } from "../support/pages";
import { realTime } from "../support/real-time";
import { startSmallDns } from "../support/small-dns";
import { endpoint } from "../unit/testing/raw";

const page = "docs/platforms.md";
const context: ExecutionContext = { ...realTime(), signal: new AbortController().signal };
const open: { close: () => unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** What the check of HTTP says of a server that gives this answer to whatever it is sent. */
const answering =
  (line: string, body = "", headers: Record<string, string> = {}) =>
  async (): Promise<Verdict> => {
    const lines = Object.entries({ ...headers, "Content-Length": body.length }).map((one) => `${one.join(": ")}\r\n`);
    const server = await endpoint(() => `HTTP/1.1 ${line}\r\n${lines.join("")}\r\n${body}`);
    open.push(server);
    const url = `http://bot.test:${server.port}/telegram`;
    const secretToken = "the-right-secret_0123456789";
    return probeHttp({ host: "bot.test", port: server.port, address: "127.0.0.1", url, secretToken }, context);
  };

const titled = (title: string) => `<!DOCTYPE html>\n<html><head><title>${title}</title></head></html>`;
const googleForbids =
  "<h1>Error: Forbidden</h1>\n<h2>Your client does not have permission to get URL <code>/telegram</code> from this server.</h2>";

/** The check of the name of an app at Fly that has an address of IPv6 only. */
async function withoutIpv4(): Promise<Verdict> {
  const server = await startSmallDns({
    ...{ zone: "fly.dev", address: "127.53.24.1", port: 53 },
    records: () => [
      { name: "fly.dev", type: "NS", ttl: 60, data: "ns1.fly.dev" },
      { name: "ns1.fly.dev", type: "A", ttl: 60, data: "127.53.24.1" },
      { name: "shop.fly.dev", type: "AAAA", ttl: 60, data: "2a09:8280:1::1" },
    ],
  });
  open.push(server);
  return probeDns("shop.fly.dev", { allowPrivateAddresses: false, nameServers: [server.address] }, context);
}

/** The check of TLS at an ingress-nginx that found no Secret with a certificate. */
async function ownCertificate(): Promise<Verdict> {
  const { certificate, key } = await makeLeaf({
    names: ["ingress.local"],
    cn: "Kubernetes Ingress Controller Fake Certificate",
  });
  const server = await serveTls({ chain: [certificate], key });
  open.push(server);
  return probeTls({ host: "bots.example.com", port: server.port, address: "127.0.0.1" }, context);
}

/** The tables of the page, by their marker: each row begins with how the endpoint is. */
const platforms: Record<string, Record<string, () => Promise<Verdict>>> = {
  "cloud run": {
    "wants a token of Google": answering("403 Forbidden", googleForbids),
    "does not exist, or takes internal requests only": answering(
      "404 Not Found",
      `${titled("404 Page not found")}The requested URL was not found on this server.`,
    ),
    "has no free instance": answering("429 Too Many Requests", "Rate exceeded."),
  },
  azure: {
    "wants the function key and gets none": answering("401 Unauthorized"),
    "is stopped, over its quota or closed to the public": answering("403 Forbidden", titled("Web App - Unavailable")),
    "is no app of this name": answering("404 Not Found", titled("Microsoft Azure Web App - Error 404")),
    "has a log-in of App Service in front": answering("302 Redirect", "", {
      Location: "https://login.windows.net/common/oauth2/authorize?response_type=code",
    }),
  },
  vercel: {
    "is a protected deployment (401)": answering("401 Unauthorized", titled("Authentication Required"), {
      "Set-Cookie": "_vercel_sso_nonce=abc; Path=/; Secure; HttpOnly",
    }),
    "is a protected deployment (302)": answering("302 Found", "", { Location: "https://vercel.com/sso-api?url=x" }),
    "is no deployment": answering("404 Not Found", "", { "X-Vercel-Error": "DEPLOYMENT_NOT_FOUND" }),
    "redirects to `www`": answering("308 Permanent Redirect", "", { Location: "https://www.example.com/telegram" }),
    "is under Attack Challenge Mode": answering("429 Too Many Requests", "", { "X-Vercel-Mitigated": "challenge" }),
  },
  fly: {
    "has no IPv4 address": withoutIpv4,
    "has no machine that answers": answering("503 Service Unavailable"),
  },
  kubernetes: {
    "serves the controller's own certificate": ownCertificate,
    "has no rule for the host or path": answering("404 Not Found", "default backend - 404"),
    "has no pod that is ready": answering("503 Service Temporarily Unavailable", titled("503")),
  },
};
const rows = Object.entries(platforms).flatMap(([platform, endpoints]) =>
  Object.entries(endpoints).map(([how, look]) => ({ platform, how, look })),
);

test.each(rows)("$platform: an endpoint that $how", async ({ platform, how, look }) => {
  const [, cell] = rowsBelow(page, `<!-- answers of ${platform} -->`).find(([first]) => first === how) ?? [];
  const { says } = await look();
  const pieces = codeIn(cell).flatMap(piecesOf);
  expect({ says, pieces: pieces.filter((piece) => says.includes(piece)) }).toEqual({ says, pieces });
  expect(pieces).not.toEqual([]);
});

test("every endpoint on the page is one of these", () => {
  const tables = [...read(page).matchAll(/^<!-- answers of (.+) -->$/gm)].map(([mark]) => mark);
  const told = tables.flatMap((mark) => rowsBelow(page, mark).map(([how = ""]) => how));
  expect(told).toEqual(rows.map(({ how }) => how));
});

test("a bot that compares nothing is warned of in the words of the page", async () => {
  const { warnings = [] } = await answering("200 OK")();
  expect(warnings).toHaveLength(1);
  expect(read(page)).toContain(`\n    ${warnings[0]}\n`);
});
