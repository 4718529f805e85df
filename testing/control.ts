// The control handle over HTTP: the same calls with JSON, for bots and tests in any language (routes: README.md).
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Body } from "./control-bodies";
import { bodies, environmentBody, requestProblem } from "./control-bodies";
import { foreignHost, namesThisMachine } from "./loopback";
import { PAGE, PAGE_POLICY } from "./page";
import type { FakeTelegram, Fault, NewMessage } from "./types";
import { ControlError } from "./types";
import type { World } from "./world";

interface Request {
  telegram: FakeTelegram;
  world: World;
  /** Decoded parts of the path that the route leaves open. */
  open: string[];
  query: URLSearchParams;
  body: Record<string, unknown>;
}

type Handler = (request: Request) => unknown;

const bot = ({ open }: Request) => open[0] ?? "";
const environment = ({ query, body }: Request) => ({ test: query.get("test") === "true" || body.test === true });

/** Method and path (`*` stands for one part) → what is done. */
const ROUTES: Record<string, Handler> = {
  "GET /bots": ({ telegram }) => telegram.bots(),
  "POST /bots": ({ telegram, body }) => telegram.addBot(body),
  "POST /bots/*/revokeToken": (request) => request.telegram.revokeToken(bot(request)),
  "GET /bots/*/state": (request) => request.telegram.state(bot(request), environment(request)),
  "POST /bots/*/messages": (request) => {
    return request.telegram.message(bot(request), {
      ...(request.body as unknown as NewMessage),
      ...environment(request),
    });
  },
  "POST /bots/*/updates": (request) => {
    const update = Object.fromEntries(Object.entries(request.body).filter(([name]) => name !== "test"));
    return request.telegram.update(bot(request), update, environment(request));
  },
  "GET /bots/*/pending": (request) => ({ pending: request.telegram.pending(bot(request), environment(request)) }),
  "GET /bots/*/deliveries": (request) => request.telegram.deliveries(bot(request)),
  "GET /bots/*/sent": (request) => request.telegram.sent(bot(request)),
  "POST /bots/*/outsider/*": outsiderCall,
  "POST /bots/*/loseSecret": (request) => request.telegram.loseSecret(bot(request), environment(request)),
  "POST /bots/*/lastError": setLastError,
  "POST /bots/*/lastSynchronizationError": (request) => {
    const { date } = request.body;
    const when = typeof date === "number" ? date : null;
    return request.telegram.setLastSynchronizationError(bot(request), when, environment(request));
  },
  "GET /deliveries": ({ telegram }) => telegram.deliveries(),
  "GET /journal": ({ telegram, query }) => telegram.journal(Object.fromEntries(query)),
  "DELETE /journal": ({ telegram }) => telegram.clearJournal(),
  "POST /faults": ({ telegram, body }) => telegram.fault(body as unknown as Fault),
  "DELETE /faults": ({ telegram }) => telegram.clearFaults(),
  "GET /hosts": ({ world }) => world.resolver.allHosts(),
  "PUT /hosts/*": ({ telegram, open, body }) => telegram.setHost(open[0] ?? "", body),
  "POST /trust": ({ telegram, body }) => telegram.trust(text(body, "pem")),
  "POST /restart": ({ telegram }) => telegram.restart(),
  "GET /clock": ({ telegram }) => ({ now: telegram.clock.now().toISOString() }),
  "POST /clock/advance": async ({ telegram, body }) => {
    if (typeof body.seconds !== "number" || !(body.seconds >= 0)) {
      throw new ControlError("BAD_REQUEST", "The number of seconds must be 0 or more.");
    }
    await telegram.clock.advance(body.seconds);
    return { now: telegram.clock.now().toISOString() };
  },
  "GET /overview": overview,
};

/** What a route takes in its body, where that is something else than nothing, or for a bot its environment. */
const BODIES: Readonly<Record<string, Body>> = {
  "POST /bots": bodies.bot,
  "POST /bots/*/messages": bodies.message,
  "POST /bots/*/updates": "anything",
  "POST /bots/*/outsider/*": "anything",
  "POST /bots/*/lastError": bodies.lastError,
  "POST /bots/*/lastSynchronizationError": bodies.lastSynchronizationError,
  "POST /faults": bodies.fault,
  "PUT /hosts/*": bodies.host,
  "POST /trust": bodies.trust,
  "POST /clock/advance": bodies.advance,
};

const MATCHERS = Object.entries(ROUTES).map(([route, handler]) => {
  const isOfBot = route.includes("/bots/*/");
  return {
    pattern: new RegExp(`^${route.replaceAll("*", "([^/]+)")}$`),
    handler,
    takes: BODIES[route] ?? (isOfBot ? environmentBody : bodies.nothing),
    query: isOfBot ? ["test"] : route === "GET /journal" ? ["botId", "method", "by"] : [],
  };
});

const MALFORMED = { code: "BAD_REQUEST", message: "The path is malformed; write a % in it as %25." };

export async function handleControlRequest(
  telegram: FakeTelegram,
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { origin } = request.headers;
  if (!namesThisMachine(request)) {
    return sendJson(response, 421, { code: "FOREIGN_HOST", message: foreignHost });
  }
  if (origin !== undefined && origin !== `http://${request.headers.host}`) {
    return sendJson(response, 403, { code: "FOREIGN_ORIGIN", message: "Other web pages may not use the control." });
  }
  const target = request.url ?? "/";
  if (!URL.canParse(target, telegram.controlUrl)) return sendJson(response, 400, MALFORMED);
  const { pathname, searchParams } = new URL(target, telegram.controlUrl);
  if (request.method === "GET" && pathname === "/") return sendPage(response);
  const line = `${request.method} ${pathname}`;
  const found = MATCHERS.map((route) => ({ ...route, match: route.pattern.exec(line) })).find(({ match }) => match);
  if (!found?.match) {
    return sendJson(response, 404, { code: "UNKNOWN_ROUTE", message: `There is no ${line} here.` });
  }
  const open = found.match.slice(1).map(decoded);
  if (!open.every((part) => part !== undefined)) return sendJson(response, 400, MALFORMED);
  try {
    const body = await readJson(request);
    const problem = requestProblem(body, found.takes, searchParams, found.query);
    if (problem !== undefined) throw new ControlError("BAD_REQUEST", problem);
    sendJson(response, 200, (await found.handler({ telegram, world, open, query: searchParams, body })) ?? {});
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    sendJson(response, error.code === "UNKNOWN_BOT" ? 404 : 400, { code: error.code, message: error.message });
  }
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // the caller says it
  }
}

function outsiderCall(request: Request): unknown {
  const outsider = request.telegram.outsider(bot(request), { test: request.query.get("test") === "true" });
  const method = request.open[1] ?? "";
  if (method !== "setWebhook" && method !== "deleteWebhook" && method !== "getUpdates") {
    throw new ControlError("BAD_REQUEST", "An outsider calls setWebhook, deleteWebhook or getUpdates.");
  }
  return outsider[method](request.body);
}

function setLastError(request: Request): unknown {
  const { date } = request.body;
  const when = typeof date === "number" ? { date } : {};
  const message = text(request.body, "message");
  return request.telegram.setLastError(bot(request), message, { ...when, ...environment(request) });
}

/** What the page shows: no token, no secret. */
function overview({ telegram, world }: Request): unknown {
  const bots = [...world.bots.values()].flatMap(({ id, username, name, environments, sent }) =>
    Object.values(environments).map((each) => {
      const { url, lastError, pending, maxConnections, ipAddress, allowedUpdates } = each.snapshot();
      const webhook = { url: world.journal.mask(url), lastError, pending, maxConnections, ipAddress, allowedUpdates };
      return {
        id,
        username,
        name,
        test: each.isTest,
        ...webhook,
        isCured: each.hasDeliveredSince,
        sent: sent.slice(-5),
      };
    }),
  );
  const journal = telegram.journal().slice(-50).reverse();
  const deliveries = world.deliveries.slice(-50).reverse();
  return {
    now: telegram.clock.now().toISOString(),
    bots,
    deliveries: deliveries.map(({ requestHead, ...shown }) => shown), // the head has the secret
    journal: journal.map((entry) => ({ ...entry, parameters: {} })),
  };
}

function text(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value !== "string") throw new ControlError("BAD_REQUEST", `The body needs ${name}, a text.`);
  return value;
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  if (body === "") return {};
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // said below, as for any other body that is no object
  }
  throw new ControlError("BAD_REQUEST", "The body must be a JSON object.");
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = `${JSON.stringify(value)}\n`;
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

function sendPage(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": PAGE_POLICY });
  response.end(PAGE);
}
