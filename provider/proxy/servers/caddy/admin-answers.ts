// Answers to challenges of ACME in Caddy's configuration: a route for each, first in the server that listens there, or in one of ours. Pure.
import { fingerprint } from "../../../core/hash";
import { ownerIn } from "../../../core/owner-mark";
import { isObject } from "../../../core/rules";
import { challengePath } from "../answerer";
import type { AnswerTexts } from "../answerer";
import type { ChallengeAnswer } from "../edge";
import { word } from "../word";
import { ensured, markedText, objectAt } from "./admin-json";
import { serverAt } from "./admin-listens";
import { objectOf, ownerVariable, textOf } from "./admin-objects";
import type { Json } from "./admin-objects";

const prefix = "pulumi-telegram-acme";
/** Address and port, the keeper, and the fingerprint of the token. */
const shape = new RegExp(`^${prefix}:(\\d+\\.\\d+\\.\\d+\\.\\d+:\\d+):([0-9a-f]{12}):[0-9a-f]{12}$`);

const nameOf = (listen: string, keeper: string, { token }: ChallengeAnswer) =>
  `${prefix}:${listen}:${keeper}:${fingerprint(token)}`;

function partsOf(name: unknown): { listen: string; keeper: string } | undefined {
  const [, listen, keeper] = typeof name === "string" ? (shape.exec(name) ?? []) : [];
  return listen === undefined || keeper === undefined ? undefined : { listen, keeper };
}

/** Whether a route is one of these, wherever it stands. */
export const isAnswer = (route: unknown): boolean => isObject(route) && partsOf(route["@id"]) !== undefined;

export const adminAnswers: AnswerTexts = {
  reads: () => [],
  withAnswers(wanted, { names, texts }) {
    const { listen, keeper, owner } = wanted;
    const fresh = new Map(
      wanted.answers.map((answer) => [nameOf(listen, keeper, answer), answerText(listen, keeper, answer, owner)]),
    );
    const hosts = new Set(wanted.answers.map(({ name }) => name));
    const stale = [...names].filter((name) => {
      const parts = partsOf(name);
      if (parts?.keeper !== keeper || parts.listen !== listen || fresh.has(name)) return false;
      return hosts.has(hostIn(texts.get(name)));
    });
    return { files: new Map([...fresh, ...stale.map((name) => [name, undefined] as const)]), folders: [], needs: [] };
  },
  withoutAnswers({ listen, keeper, answers }) {
    return { files: new Map(answers.map((answer) => [nameOf(listen, keeper, answer), undefined])), folders: [] };
  },
};

function answerText(listen: string, keeper: string, answer: ChallengeAnswer, owner: string): string {
  const { name, token, text } = answer;
  const respond = {
    handler: "static_response",
    status_code: 200,
    headers: { "Content-Type": ["text/plain"] },
    body: word(text),
  };
  const route = {
    "@id": nameOf(listen, keeper, answer),
    match: [{ host: [word(name)], path: [word(challengePath(token))] }],
    handle: [respond],
    terminal: true,
  };
  return textOf(route, owner);
}

function hostIn(text: string | undefined): string {
  const [match] = text === undefined ? [] : (objectOf(text)["match"] as { host?: string[] }[]);
  return match?.host?.[0] ?? "";
}

/** Name and text of each. */
export function answersIn(config: unknown): [string, string][] {
  return Object.values(objectAt(config, "apps", "http", "servers")).flatMap((server) =>
    routesOf(server).flatMap((route): [string, string][] => {
      if (!isObject(route) || !isAnswer(route)) return [];
      const { handle, ...rest } = route;
      const [first, ...others] = Array.isArray(handle) ? (handle as unknown[]) : [];
      const owner = isObject(first) ? first[ownerVariable] : undefined;
      const object = { ...rest, handle: owner === undefined ? handle : others };
      return [[route["@id"] as string, markedText(object, owner)]];
    }),
  );
}

/** Takes all of them out, then puts these in. A server of ours is there while it is needed. */
export function setAnswers(servers: Json, objects: ReadonlyMap<string, string>): void {
  for (const [name, server] of Object.entries(servers)) {
    if (name.startsWith(`${prefix}:`)) delete servers[name];
    else if (isObject(server) && routesOf(server).some(isAnswer)) {
      const { routes: _, ...rest } = server;
      const routes = routesOf(server).filter((route) => !isAnswer(route));
      servers[name] = routes.length > 0 ? { ...rest, routes } : rest;
    }
  }
  const answers = [...objects].filter(([name]) => partsOf(name) !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const listen of new Set(answers.flatMap(([name]) => partsOf(name)?.listen ?? []))) {
    const routes = answers.flatMap(([name, text]) => (partsOf(name)?.listen === listen ? [routeOf(text)] : []));
    const at = serverAt(listen, servers);
    if (at === undefined) servers[`${prefix}:${listen}`] = serverOf(listen, routes);
    else {
      const server = ensured(servers, at);
      server["routes"] = [...routes, ...routesOf(server)];
    }
  }
}

/** Where Caddy leads requests to https by itself, its redirects are put before the last route. */
function serverOf(listen: string, routes: Json[]): Json {
  return {
    listen: [word(listen).replace(/^0\.0\.0\.0:/, ":")],
    automatic_https: { disable: true },
    protocols: ["h1"],
    routes: [...routes, { handle: [{ handler: "static_response", status_code: 404 }] }],
  };
}

function routeOf(text: string): Json {
  const route = objectOf(text);
  const owner = ownerIn(text);
  const handle = route["handle"] as unknown[];
  return owner === undefined ? route : { ...route, handle: [{ handler: "vars", [ownerVariable]: owner }, ...handle] };
}

function routesOf(server: unknown): unknown[] {
  const routes = isObject(server) ? server["routes"] : undefined;
  return Array.isArray(routes) ? (routes as unknown[]) : [];
}
