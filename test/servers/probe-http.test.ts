// The check of HTTP against real servers on loopback: what is sent, and the verdict on each kind of answer.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import type { ExecutionContext } from "../../provider/core/logic";
import { probeHttp } from "../../provider/probe/http";
import type { HttpVerdict } from "../../provider/probe/verdict";
import { signed } from "../unit/testing/certificates";
import { closedPort, endpoint } from "../unit/testing/raw";
import type { Endpoint, Responder } from "../unit/testing/raw";
import { start } from "../support/process";
import { realTime } from "../support/real-time";

const right = "the-right-secret_0123456789";
const path = "/tg/a-secret-path";

const open: Pick<Endpoint, "close">[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const executionContext = (signal = new AbortController().signal): ExecutionContext => ({ ...realTime(), signal });

async function serve(respond: Responder, secure?: Parameters<typeof endpoint>[1]): Promise<Endpoint> {
  const made = await endpoint(respond, secure);
  open.push(made);
  return made;
}

async function servePlainly(listener: http.RequestListener): Promise<AddressInfo> {
  const server = http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
  return server.address() as AddressInfo;
}

const target = (port: number, url = `http://bot.test:${port}${path}`) => {
  return { host: "bot.test", port, address: "127.0.0.1", url, secretToken: right };
};

/** The bytes of an answer; the body gets its length. */
function answer(status: string, body = "", headers: Record<string, string> = {}): string {
  const lines = Object.entries({ ...headers, "Content-Length": Buffer.byteLength(body) }).map(
    (entry) => `${entry.join(": ")}\r\n`,
  );
  return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n${body}`;
}

const isRight = (request: string) => request.includes(`X-Telegram-Bot-Api-Secret-Token: ${right}\r\n`);
/** Refuses a wrong secret, and answers the right one like this. */
const guarded =
  (text: string): Responder =>
  (request) =>
    isRight(request) ? text : answer("401 Unauthorized");

const page = (inside: string) => `<!DOCTYPE html>\n<html><head>${inside}</head><body></body></html>`;
const webmaster = page("<title>Welcome to nginx!</title>");

interface Row {
  name: string;
  respond: Responder;
  /** After "http://bot.test:<port> answers ", up to " to an empty POST with the right secret", and what follows. */
  status: string;
  then: string;
  verdict: Omit<HttpVerdict, "check" | "says">;
}

const accepted = { outcome: "pass", secret: "accepted" } as const;
const broken = (cure: string, secret: HttpVerdict["secret"] = "unknown") => ({
  outcome: "fail" as const,
  cure,
  secret,
});
const letIn = (who: string, what: string) =>
  `Make a rule in ${who} that lets POST requests from Telegram (149.154.160.0/20 and 91.108.4.0/22) to this path ${what}; if there is one, leave this check out, since it does not come from there.`;
const startIt = "Start the bot, and compare the address where it listens with the one that the proxy calls.";
const noUpdate = ", as a bot may that is given no update.";
const onlyTelegram = "If a firewall or proxy in front of the bot lets only Telegram in, leave this check out.";
const takesAll = (status: string) =>
  `A wrong secret is taken too (${status}): the endpoint does not check the secret, so whoever knows the URL can send updates to the bot.`;
const alike = (status: string) =>
  `A wrong secret is answered like the right one (${status}): the endpoint does not check the secret, or only after it has read an update.`;

const rows: Row[] = [
  // Bots
  {
    name: "a bot that checks its secret",
    respond: guarded(answer("200 OK")),
    status: "200 (OK)",
    then: ".",
    verdict: accepted,
  },
  {
    name: "a bot that answers a wrong secret with 404",
    respond: (request) => answer(isRight(request) ? "204 No Content" : "404 Not Found"),
    status: "204 (No Content)",
    then: ".",
    verdict: accepted,
  },
  {
    name: "a proxy that closes the connection on a wrong secret",
    respond: (request) => (isRight(request) ? answer("200 OK") : undefined),
    status: "200 (OK)",
    then: ".",
    verdict: accepted,
  },
  {
    name: "Flask, whose plain OK is text/html",
    respond: guarded(answer("200 OK", "OK", { "Content-Type": "text/html; charset=utf-8" })),
    status: "200 (OK)",
    then: ".",
    verdict: accepted,
  },
  {
    name: "Flask, whose error for a body that is no JSON is an HTML page",
    respond: guarded(answer("400 Bad Request", "<!doctype html>\n<html lang=en>\n<title>400 Bad Request</title>")),
    status: "400 (Bad Request)",
    then: noUpdate,
    verdict: accepted,
  },
  {
    name: "aiohttp, which fails on an empty body",
    respond: guarded(answer("500 Internal Server Error", "500 Internal Server Error\n\nServer got itself in trouble")),
    status: "500 (Internal Server Error)",
    then: noUpdate,
    verdict: accepted,
  },
  ...["411 Length Required", "413 Payload Too Large", "415 Unsupported Media Type", "422 Unprocessable Entity"].map(
    (line): Row => ({
      name: `a bot that answers ${line}`,
      respond: guarded(answer(line)),
      status: line.replace(/ (.*)/, " ($1)"),
      then: noUpdate,
      verdict: accepted,
    }),
  ),
  {
    name: "a bot that takes every secret",
    respond: () => answer("200 OK", "{}"),
    status: "200 (OK)",
    then: ".",
    verdict: { outcome: "pass", secret: "unchecked", warnings: [takesAll("200 (OK)")] },
  },
  {
    name: "a bot that fails on an empty body before it looks at the secret, or checks none",
    respond: () => answer("500 Internal Server Error"),
    status: "500 (Internal Server Error)",
    then: noUpdate,
    verdict: { outcome: "pass", secret: "unchecked", warnings: [alike("500 (Internal Server Error)")] },
  },
  {
    name: "a bot that came up between the two requests",
    respond: (request) => answer(isRight(request) ? "200 OK" : "502 Bad Gateway"),
    status: "200 (OK)",
    then: ".",
    verdict: { outcome: "pass", secret: "unknown" },
  },
  // Refusals
  ...["401 Unauthorized", "403 Forbidden"].map((line): Row => ({
    name: `a bot that answers the right secret with ${line}`,
    respond: () => answer(line),
    status: line.replace(/ (.*)/, " ($1)"),
    then: ": the secret is refused.",
    verdict: broken(`Give the bot the same secret as Telegram, and restart it. ${onlyTelegram}`, "refused"),
  })),
  {
    name: "a bare 403 that came through Cloudflare",
    respond: () => answer("403 Forbidden", "", { Server: "cloudflare" }),
    status: "403 (Forbidden)",
    then: ": the secret is refused.",
    verdict: broken(
      "Give the bot the same secret as Telegram, and restart it. If Cloudflare in front of the bot lets only Telegram in, leave this check out.",
      "refused",
    ),
  },
  {
    name: "a proxy that asks for a password",
    respond: () => answer("401 Unauthorized", "", { "WWW-Authenticate": 'Basic realm="staging"' }),
    status: "401 (Unauthorized)",
    then: ": it asks for a user name and password.",
    verdict: broken("Take the bot's path out of what the password protects: Telegram sends none."),
  },
  {
    name: "a path at which nothing is",
    respond: () => answer("404 Not Found", "nothing here"),
    status: "404 (Not Found)",
    then: ": there is nothing at this path.",
    verdict: broken("Compare url with the path that the bot or its proxy serves, letter by letter."),
  },
  ...["405 Method Not Allowed", "501 Not Implemented"].map((line): Row => ({
    name: `a file server: ${line}`,
    respond: () => answer(line, webmaster),
    status: line.replace(/ (.*)/, " ($1)"),
    then: ": POST is not served at this path.",
    verdict: broken("Give the path at which the bot takes POST, or let the proxy pass POST on."),
  })),
  {
    name: "a path that is gone",
    respond: () => answer("410 Gone"),
    status: "410 (Gone)",
    then: ": gone for good. Telegram removes a webhook that answers so for 23 hours.",
    verdict: broken("Give the path that the bot serves today, or remove what answers 410 for it."),
  },
  {
    name: "a server that does not know the name",
    respond: () => answer("421 Misdirected Request"),
    status: "421 (Misdirected Request)",
    then: ": the server does not serve this host name on this connection.",
    verdict: broken("Add the host name of url to the server's configuration, and to the certificate it shows for it."),
  },
  {
    name: "an interim answer",
    respond: () => `HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n${answer("200 OK")}`,
    status: "103 (Early Hints)",
    then: ", which Telegram takes for the final answer and an error.",
    verdict: broken("Let the proxy send no interim answers (early hints, upgrades) on this path."),
  },
  // Redirects
  {
    name: "a redirect to the path with a slash",
    respond: () => answer("308 Permanent Redirect", "", { Location: `${path}/` }),
    status: "308 (Permanent Redirect)",
    then: ": a redirect to the same path with a slash at its end, and Telegram never follows one.",
    verdict: broken("End the path of url with a slash."),
  },
  {
    name: "a redirect to https",
    respond: () => answer("301 Moved Permanently", "", { Location: `https://bot.test${path}` }),
    status: "301 (Moved Permanently)",
    then: ": a redirect to https://bot.test, and Telegram never follows one.",
    verdict: broken("Begin url with https://, or let the proxy pass this path on without TLS."),
  },
  {
    name: "a redirect to another host, whose path is not shown",
    respond: () => answer("302 Found", "", { Location: `http://user:pass@www.bot.test${path}?key=hidden` }),
    status: "302 (Found)",
    then: ": a redirect to http://www.bot.test, and Telegram never follows one.",
    verdict: broken("Write www.bot.test as the host of url, if the bot answers there."),
  },
  {
    name: "a redirect to a log-in page",
    respond: () => answer("303 See Other", "", { Location: "https://idp.test/login?next=/" }),
    status: "303 (See Other)",
    then: ": a redirect to a log-in page at https://idp.test, and Telegram never follows one.",
    verdict: broken("Take the bot's path out of what the log-in protects: Telegram cannot log in."),
  },
  {
    name: "a redirect to nowhere",
    respond: () => answer("307 Temporary Redirect"),
    status: "307 (Temporary Redirect)",
    then: ": a redirect to nowhere, and Telegram never follows one.",
    verdict: broken("Give the URL at which the bot itself answers."),
  },
  // Pages
  {
    name: "a web site",
    respond: () => answer("200 OK", `\n<!-- built today -->\n${webmaster}`),
    status: "200 (OK)",
    then: " and a web page: Telegram would take each update for delivered, and the bot would never see it.",
    verdict: broken("Give the URL of the bot's own path; a web site answers at this one."),
  },
  {
    name: "a log-in page",
    respond: () => answer("200 OK", page('<form><input name=p type="password"></form>')),
    status: "200 (OK)",
    then: ": a log-in page.",
    verdict: broken("Take the bot's path out of what the log-in protects: Telegram cannot log in."),
  },
  {
    name: "Cloudflare's challenge, by its header",
    respond: () => answer("429 Too Many Requests", "", { "cf-mitigated": "challenge", Server: "cloudflare" }),
    status: "429 (Too Many Requests)",
    then: ": a challenge of Cloudflare that only a browser can solve.",
    verdict: broken(letIn("Cloudflare", "pass without a challenge")),
  },
  {
    name: "Cloudflare's challenge, by its page",
    respond: () => answer("503 Service Unavailable", page("<title>Just a moment...</title>")),
    status: "503 (Service Unavailable)",
    then: ": a challenge of Cloudflare that only a browser can solve.",
    verdict: broken(letIn("Cloudflare", "pass without a challenge")),
  },
  {
    name: "Cloudflare's firewall",
    respond: () => answer("403 Forbidden", "error code: 1020", { Server: "cloudflare" }),
    status: "403 (Forbidden)",
    then: ": the firewall page of Cloudflare.",
    verdict: broken(letIn("Cloudflare", "pass")),
  },
  ...(
    [
      ["Akamai", "403 Forbidden", "<HTML><H1>Access Denied</H1>Reference #18.2f", { Server: "AkamaiGHost" }],
      ["Imperva", "200 OK", page('<script src="/_Incapsula_Resource?x=1"></script>'), {}],
      ["Sucuri", "403 Forbidden", page("<title>Sucuri WebSite Firewall - Access Denied</title>"), {}],
      ["AWS WAF (CloudFront)", "403 Forbidden", page("Request blocked. Generated by cloudfront (CloudFront)"), {}],
      [
        "F5 BIG-IP",
        "200 OK",
        "<html>The requested URL was rejected. Please consult with your administrator.</html>",
        {},
      ],
    ] as const
  ).map(([who, line, body, headers]): Row => ({
    name: `the firewall of ${who}`,
    respond: () => answer(line, body, headers),
    status: line.replace(/ (.*)/, " ($1)"),
    then: `: the firewall page of ${who}.`,
    verdict: broken(letIn(who, "pass")),
  })),
  {
    name: "AWS WAF's challenge",
    respond: () => answer("202 Accepted", "", { "x-amzn-waf-action": "challenge" }),
    status: "202 (Accepted)",
    then: ": a challenge of AWS WAF that only a browser can solve.",
    verdict: broken(letIn("AWS WAF", "pass without a challenge")),
  },
  {
    name: "Heroku without the app",
    respond: () =>
      answer("404 Not Found", page('<iframe src="//www.herokucdn.com/error-pages/no-such-app.html"></iframe>')),
    status: "404 (Not Found)",
    then: ': Heroku\'s page for "there is no such app".',
    verdict: broken("Use the address that `heroku info` shows, or add this host name to the app."),
  },
  {
    name: "ngrok without the tunnel",
    respond: () => answer("404 Not Found", "", { "Ngrok-Error-Code": "ERR_NGROK_3200" }),
    status: "404 (Not Found)",
    then: ': ngrok\'s page for "there is no such app".',
    verdict: broken(
      "Start the tunnel again, and use the address that it prints: without a reserved domain it is another one each time.",
    ),
  },
  {
    name: "Vercel without the deployment",
    respond: () => answer("404 Not Found", "", { "x-vercel-error": "DEPLOYMENT_NOT_FOUND" }),
    status: "404 (Not Found)",
    then: ': Vercel\'s page for "there is no such app".',
    verdict: broken("Use a domain that is assigned to the project's production deployment."),
  },
  {
    name: "nginx that wants TLS on this port",
    respond: () => answer("400 Bad Request", page("<title>400 The plain HTTP request was sent to HTTPS port</title>")),
    status: "400 (Bad Request)",
    then: ": the complaint of a server that wants TLS on this port.",
    verdict: broken("Write https:// in url."),
  },
  // Cannot tell
  ...["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"].map((line): Row => ({
    name: `a proxy without its bot: ${line}`,
    respond: () => answer(line, webmaster),
    status: line.replace(/ (.*)/, " ($1)"),
    then: ": the proxy answers, the bot behind it does not, yet.",
    verdict: { outcome: "cannot tell", secret: "unknown", cure: startIt, mayChange: true },
  })),
  {
    name: "Cloudflare without the machine behind it",
    respond: () => answer("521 Origin Down", "error code: 521"),
    status: "521",
    then: ": the proxy answers, the bot behind it does not, yet.",
    verdict: { outcome: "cannot tell", secret: "unknown", cure: startIt, mayChange: true },
  },
  {
    name: "a limit",
    respond: () => answer("429 Too Many Requests"),
    status: "429 (Too Many Requests)",
    then: ": something in front of the bot limits the request rate.",
    verdict: {
      outcome: "cannot tell",
      secret: "unknown",
      cure: "Let Telegram's requests pass without a limit; it opens up to 100 connections at the same time.",
    },
  },
  {
    name: "a teapot",
    respond: () => answer("418 I'm a Teapot"),
    status: "418 (I'm a Teapot)",
    then: "; nobody can tell from that what an update would be answered with.",
    verdict: { outcome: "cannot tell", secret: "unknown" },
  },
];

const lambdaRefuses = answer("403 Forbidden", '{"Message":"Forbidden"}', {
  "Content-Type": "application/json",
  "x-amzn-ErrorType": "AccessDeniedException",
});
const gatewayRefuses = (body: string, status = "403 Forbidden") =>
  answer(status, body, { "Content-Type": "application/json", "apigw-requestid": "Abc=" });
const googleRefuses = answer(
  "403 Forbidden",
  "<html><head><title>403 Forbidden</title></head><body><h1>Error: Forbidden</h1>\n<h2>Your client does not have permission to get URL <code>/</code> from this server.</h2></body></html>",
  { "Content-Type": "text/html; charset=UTF-8" },
);
const vercelCookie = { "Set-Cookie": "_vercel_sso_nonce=abc; Path=/; Secure; HttpOnly" };
const authorizer =
  "If an authorizer of the API compares the secret, give it the same secret as Telegram; otherwise take authorization off this route.";
const noClientCertificate =
  "Demand no client certificate for the bot's path, or for this host name: in nginx `ssl_verify_client optional` instead of `on`.";

rows.push(
  {
    name: "a Lambda function URL that wants signed requests is not told as a refused secret",
    respond: () => lambdaRefuses,
    status: "403 (Forbidden)",
    then: ": the refusal of Lambda for a function URL that wants signed requests, or that does not exist.",
    verdict: broken(
      "Set the auth type of the function URL to NONE, allow everybody to call it, and let the function compare the secret.",
    ),
  },
  {
    name: "Cloud Run that wants a token of Google is not told as a refused secret",
    respond: () => googleRefuses,
    status: "403 (Forbidden)",
    then: ": the refusal of Google's front end (Cloud Run, Cloud Functions) for requests without a token of Google.",
    verdict: broken(
      "Let the service be called without authentication (the role run.invoker for allUsers), and let the bot compare the secret.",
    ),
  },
  ...['{"message":"Forbidden"}', '{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke"}'].map(
    (body): Row => ({
      name: `API Gateway that refuses both secrets with ${body} is not told as a refused secret`,
      respond: () => gatewayRefuses(body),
      status: "403 (Forbidden)",
      then: ": the refusal of Amazon API Gateway.",
      verdict: broken(authorizer),
    }),
  ),
  {
    name: "a platform's refusal of a wrong secret and a bot's answer to the right one is a secret that is checked",
    respond: (request) =>
      isRight(request) ? answer("400 Bad Request") : gatewayRefuses('{"message":"Unauthorized"}', "401 Unauthorized"),
    status: "400 (Bad Request)",
    then: noUpdate,
    verdict: accepted,
  },
  {
    name: "a platform's refusal of a wrong secret and its word that the bot is not there yet to the right one, too",
    respond: (request) => (isRight(request) ? answer("502 Bad Gateway") : lambdaRefuses),
    status: "502 (Bad Gateway)",
    then: ": the proxy answers, the bot behind it does not, yet.",
    verdict: { outcome: "cannot tell", cure: startIt, mayChange: true, secret: "accepted" },
  },
  ...(
    [
      ["by its cookie", answer("401 Unauthorized", page("<title>Authentication Required</title>"), vercelCookie)],
      ["by its header", answer("401 Unauthorized", "You must sign in", { "x-vercel-error": "UNAUTHORIZED" })],
    ] as const
  ).map(([how, text]): Row => ({
    name: `a protected deployment of Vercel, told ${how}, is not told as a refused secret`,
    respond: () => text,
    status: "401 (Unauthorized)",
    then: ": the log-in of Vercel's Deployment Protection.",
    verdict: broken(
      "Use a domain of the production deployment, which Standard Protection leaves open, or take the protection off.",
    ),
  })),
  {
    name: "a stopped app of Azure is not told as a refused secret",
    respond: () =>
      answer(
        "403 Forbidden",
        page("<title>Web App - Unavailable</title><h1>Error 403 - This web app is stopped.</h1>"),
      ),
    status: "403 (Forbidden)",
    then: ": Azure's page for an app that it does not let anybody reach.",
    verdict: broken("Start the app; if it runs, look at its quota and whether its networking allows public access."),
  },
  {
    name: "nginx that demands a client certificate is no bot that wants an update",
    respond: () =>
      answer(
        "400 Bad Request",
        "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head></html>",
      ),
    status: "400 (Bad Request)",
    then: ": nginx's page for clients without a certificate of their own, and Telegram has none.",
    verdict: broken(noClientCertificate),
  },
);

test.each(rows)("$name", async ({ respond, status, then, verdict }) => {
  const server = await serve(respond);
  const says = `http://bot.test:${server.port} answers ${status} to an empty POST with the right secret${then}`;
  expect(await probeHttp(target(server.port), executionContext())).toEqual({ check: "http", says, ...verdict });
  expect(server.requests).toHaveLength(2);
});

test("both requests are Telegram's own but for the update: no body, no User-Agent, the path byte for byte", async () => {
  const server = await serve(guarded(answer("200 OK")));
  const odd = "/tg/%7eA/./..//b?x=%20&y";
  await probeHttp(target(server.port, `http://BOT.test:${server.port}${odd}`), executionContext());
  const [wrong = "", ...others] = server.requests;
  const sent = (secret: string) =>
    [
      `POST ${odd} HTTP/1.1`,
      `Host: bot.test:${server.port}`,
      `X-Telegram-Bot-Api-Secret-Token: ${secret}`,
      "Content-Type: application/json",
      "Content-Length: 0",
      "Connection: close",
      "Accept-Encoding: gzip, deflate",
      "X-Pulumi-Telegram-Probe: NONCE",
      "\r\n",
    ].join("\r\n");
  const nonce = /(?<=-Probe: )[0-9a-f]{24}/;
  const [, guess = ""] = /Secret-Token: (.*)\r\n/.exec(wrong) ?? [];
  expect(guess).toMatch(new RegExp(`^[A-Za-z0-9_-]{${right.length}}$`));
  expect([wrong, ...others].map((request) => request.replace(nonce, "NONCE"))).toEqual([sent(guess), sent(right)]);
});

test("each look guesses another wrong secret, never a short one", async () => {
  const server = await serve(() => answer("200 OK"));
  const short = { ...target(server.port), secretToken: "x" };
  for (let look = 0; look < 3; look += 1) await probeHttp(short, executionContext());
  const guesses = server.requests.map((request) => /Secret-Token: (.*)\r\n/.exec(request)?.[1] ?? "");
  const wrong = guesses.filter((guess) => guess !== "x");
  expect([wrong.length, new Set(wrong).size, wrong.every((guess) => guess.length === 16)]).toEqual([3, 3, true]);
});

test("without a secret there is one request, and no word about secrets", async () => {
  const server = await serve(() => answer("200 OK"));
  const { secretToken: _, ...bare } = target(server.port);
  expect(await probeHttp(bare, executionContext())).toEqual({
    check: "http",
    outcome: "pass",
    says: `http://bot.test:${server.port} answers 200 (OK) to an empty POST.`,
    secret: "unknown",
  });
  expect(server.requests).toEqual([expect.not.stringMatching(/secret-token/i)]);
});

test("without a secret, a bot that wants one is a fail, and nothing is said to be refused", async () => {
  const server = await serve(() => answer("401 Unauthorized"));
  const { secretToken: _, ...bare } = target(server.port);
  expect(await probeHttp(bare, executionContext())).toEqual({
    check: "http",
    says: `http://bot.test:${server.port} answers 401 (Unauthorized) to an empty POST: whoever sends no secret is refused.`,
    ...broken(`Give the secret that the bot expects, or let it expect none. ${onlyTelegram}`),
    secret: "required",
  });
});

test("a port on which nothing listens is asked once, and is no fail", async () => {
  const port = await closedPort();
  expect(await probeHttp(target(port), executionContext())).toEqual({
    check: "http",
    outcome: "cannot tell",
    says: `http://bot.test:${port} (127.0.0.1, port ${port}) refuses the connection.`,
    cure: "Start the bot or its proxy there; if a firewall lets only Telegram in, leave this check out.",
    mayChange: true,
    secret: "unknown",
  });
});

test("grammY, which refuses the wrong secret in its own words, is not asked again: an empty body could end it", async () => {
  let asked = 0;
  const { port } = await serve(() => {
    asked += 1;
    return answer("401 Unauthorized", "secret token is wrong");
  });
  expect(await probeHttp(target(port), executionContext())).toEqual({
    check: "http",
    outcome: "pass",
    says: `http://bot.test:${port} answers 401 (Unauthorized) to a wrong secret in grammY's words: the bot is there and checks the secret. Whether it takes the right one is not asked: a request without an update can end a grammY bot.`,
    secret: "unknown",
  });
  expect(asked).toBe(1);
});

test("a connection that is closed without an answer is no fail", async () => {
  const { port } = await serve(() => undefined);
  expect(await probeHttp(target(port), executionContext())).toEqual({
    check: "http",
    outcome: "cannot tell",
    says: `http://bot.test:${port} (127.0.0.1, port ${port}) closes the connection without an answer.`,
    cure: "Look into the log of the bot or its proxy, and for `return 444` in nginx's configuration, which answers so; Telegram would send the update again and report no error.",
    secret: "unknown",
  });
});

test("what is not HTTP is a fail", async () => {
  const { port } = await serve(() => "SSH-2.0-OpenSSH_9.6\r\n");
  expect(await probeHttp(target(port), executionContext())).toEqual({
    check: "http",
    outcome: "fail",
    says: `http://bot.test:${port} (127.0.0.1, port ${port}) answers, but not in HTTP.`,
    cure: "Give the port on which the bot or its proxy listens.",
    secret: "unknown",
  });
});

test("an answer that does not end is waited for ten seconds", async () => {
  const { port, requests } = await serve(guarded("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
  const began = performance.now();
  const verdict = await probeHttp(target(port), executionContext());
  expect(performance.now() - began).toBeGreaterThanOrEqual(9_990);
  expect([verdict, requests.length]).toEqual([
    {
      check: "http",
      outcome: "cannot tell",
      says: `http://bot.test:${port} (127.0.0.1, port ${port}) takes an empty POST and gives no complete answer within 10 s.`,
      cure: "Look whether the bot hangs: Telegram gives up after 60 s and sends the same update again.",
      secret: "unknown",
    },
    2,
  ]);
}, 60_000);

test("the deadline of the operation ends a request that hangs", async () => {
  const { port } = await serve(() => "");
  expect(await probeHttp(target(port), executionContext(AbortSignal.timeout(200)))).toEqual({
    check: "http",
    outcome: "cannot tell",
    says: `http://bot.test:${port} (127.0.0.1, port ${port}) did not answer before the time for all checks was up.`,
    secret: "unknown",
  });
});

test("a body without an end is cut, and its beginning judged", async () => {
  const { port } = await serve(
    guarded(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n${webmaster.padEnd(0x20000)}`),
  );
  expect(await probeHttp(target(port), executionContext())).toMatchObject({ outcome: "fail", secret: "unknown" });
});

describe("a packed body", () => {
  async function verdictOn(body: Buffer, encoding: string) {
    const { port } = await servePlainly((request, response) => {
      if (request.headers["x-telegram-bot-api-secret-token"] !== right) return void response.writeHead(401).end();
      response.writeHead(200, { "Content-Encoding": encoding }).end(body);
    });
    return probeHttp(target(port), executionContext());
  }

  test.each([
    ["a page, packed with gzip", gzipSync(webmaster), "gzip", "fail"],
    ["a page, packed with deflate", deflateSync(webmaster), "deflate", "fail"],
    ["a page so long that it is cut", gzipSync(webmaster + randomBytes(70_000).toString("hex")), "gzip", "fail"],
    ["a bot's own answer", gzipSync("OK"), "gzip", "pass"],
    ["more than 1 MiB of text, which is not unpacked", gzipSync(webmaster.padEnd(2 ** 21)), "gzip", "pass"],
    ["a body that is not packed after all", Buffer.from("OK"), "gzip", "pass"],
  ] as const)("%s", async (_name, body, encoding, outcome) => {
    expect(await verdictOn(body, encoding)).toMatchObject({ outcome });
  });
});

describe("over TLS", () => {
  const { authority, leaf } = signed("bot.test");
  const other = signed("other.test");

  test("the upload is trusted", async () => {
    const server = await serve(guarded(answer("200 OK")), { key: leaf.key, cert: leaf.certificate });
    const url = `https://bot.test:${server.port}${path}`;
    const endpointOf = { ...target(server.port, url), uploaded: authority.certificate };
    expect(await probeHttp(endpointOf, executionContext())).toEqual({
      check: "http",
      says: `https://bot.test:${server.port} answers 200 (OK) to an empty POST with the right secret.`,
      ...accepted,
    });
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    ["a certificate for another name", other.leaf, other.authority],
    ["a certificate that nobody trusts", leaf, other.authority],
  ])("%s is no fail of this check, and no request is sent", async (_name, shown, trusted) => {
    const server = await serve(guarded(answer("200 OK")), { key: shown.key, cert: shown.certificate });
    const url = `https://bot.test:${server.port}${path}`;
    const verdict = await probeHttp({ ...target(server.port, url), uploaded: trusted.certificate }, executionContext());
    expect(verdict).toMatchObject({ outcome: "cannot tell", secret: "unknown" });
    expect(verdict.says).toContain(": no TLS connection could be made (");
    expect(server.requests).toEqual([]);
  });

  test("a TLS server that takes the connection and stays silent was told as one that takes no connection", async () => {
    let isGreeted = false;
    const server = createServer((socket) => socket.on("error", () => undefined).once("data", () => (isGreeted = true)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const { port } = server.address() as AddressInfo;
    jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask", "performance", "Date"] });
    try {
      const verdict = probeHttp(target(port, `https://bot.test:${port}${path}`), executionContext());
      while (!isGreeted) await new Promise((resolve) => setImmediate(resolve));
      jest.advanceTimersByTime(10_000);
      expect(await verdict).toEqual({
        check: "http",
        outcome: "cannot tell",
        says: `https://bot.test:${port} (127.0.0.1, port ${port}) takes the connection and then says nothing: no TLS handshake within 10 s.`,
        cure: "See in the log of its TLS server why; if a firewall lets only Telegram in, leave this check out.",
        secret: "unknown",
      });
    } finally {
      jest.useRealTimers();
    }
  });

  test("a server that demands a client certificate by a TLS alert is a fail with this cause", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pulumi-telegram-mtls-"));
    const [key, certificate] = [join(folder, "key"), join(folder, "certificate")];
    writeFileSync(key, leaf.key);
    writeFileSync(certificate, leaf.certificate);
    const port = await closedPort();
    const files = ["-key", key, "-cert", certificate, "-CAfile", certificate];
    const server = start("openssl", ["s_server", "-accept", `127.0.0.1:${port}`, ...files, "-Verify", "1", "-www"]);
    open.push({ close: async () => (await server.stop(), rmSync(folder, { recursive: true })) });
    await server.waitFor(/ACCEPT/);
    const url = `https://bot.test:${port}${path}`;
    const endpointOf = { ...target(port, url), uploaded: authority.certificate };
    expect(await probeHttp(endpointOf, executionContext())).toEqual({
      check: "http",
      says: `https://bot.test:${port} (127.0.0.1, port ${port}) demands a certificate of its clients, and Telegram has none.`,
      ...broken(noClientCertificate),
    });
  });

  test("a port without TLS is no fail of this check", async () => {
    const { port } = await servePlainly(() => undefined);
    const verdict = await probeHttp(target(port, `https://bot.test:${port}${path}`), executionContext());
    expect(verdict).toMatchObject({ outcome: "cannot tell", secret: "unknown" });
    expect(verdict.says).toContain(": no TLS connection could be made (");
  });
});
