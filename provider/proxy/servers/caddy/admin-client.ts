// Caddy's admin API: the whole configuration with its ETag, and one write that counts only if nobody wrote since.
import type { Duplex } from "node:stream";
import { isFailure, wordsOf } from "../../../core/failure";
import type { Failure } from "../../../core/failure-types";
import type { ExecutionContext } from "../../../core/logic";
import { isObject } from "../../../core/rules";
import { answerOver } from "../../../net/over-stream";
import type { StreamAnswer } from "../../../net/over-stream";
import { errors, parts } from "../../errors";
import type { Connection } from "../../machine";
import { withoutValues } from "./admin-words";

/** Where the admin API is, as seen from the machine. */
export type AdminPlace = { socket: string } | { address: string; port: number };

export interface Seen {
  config: unknown;
  etag: string;
}

/** "changed": somebody wrote since, and nothing was done. `refused`: Caddy's words, and it runs what it ran before. */
export type Written = "done" | "changed" | { refused: string };

const server = "caddy";
/** A thousand routes take 1.3 s and have 3 MB. */
const patienceSeconds = 60;
const mostBytes = 32 * 1024 * 1024;
/** The API is made anew with each change, so it may be away for a moment. */
const tries = 5;
const betweenSeconds = 0.2;
const preconditionFailed = 412;
const forbidden = 403;

export interface AdminClient {
  read(): Promise<Seen>;
  /** `isForced`: also where nothing changes, Caddy takes it up anew. */
  write(config: unknown, etag: string, isForced: boolean): Promise<Written>;
}

/** Nobody answered. A write may have been carried out all the same. */
export class NoAdminAnswer extends Error {}

export const placeWords = (place: AdminPlace): string =>
  "socket" in place ? place.socket : `http://${place.address}:${place.port}`;

export function adminClient(connection: Connection, place: AdminPlace, context: ExecutionContext): AdminClient {
  return { read, write };

  async function read(): Promise<Seen> {
    const { status, etag, body } = await patiently(() => ask("GET"));
    if (status === forbidden) {
      const problem = parts.adminForbids({ server, place: placeWords(place), host: hostOf(place) });
      const cure = `Install Caddy 2.8 or later; or, if it has a list admin.origins, add ${hostOf(place)} to it`;
      throw errors.PROXY_REFUSED.unfitAdmin({ problem, cure });
    }
    if (status !== 200) throw notUnderstood(`it answers ${status}`);
    const config = parsed(body);
    // Before 2.8 it came after the body, where it does not help who reads and writes as one.
    if (etag === undefined) throw tooOld();
    return { config, etag };
  }

  async function write(config: unknown, etag: string, isForced: boolean): Promise<Written> {
    const headers = {
      "Content-Type": "application/json",
      "If-Match": etag,
      ...(isForced && { "Cache-Control": "must-revalidate" }),
    };
    const { status, body } = await ask("POST", JSON.stringify(config), headers);
    if (status === 200) return "done";
    if (status === preconditionFailed) return "changed";
    const said = parsed(body);
    const words = isObject(said) && typeof said["error"] === "string" ? said["error"] : `it answers ${status}`;
    if (/unknown module: http\.handlers\.log_append/.test(words)) {
      throw tooOld();
    }
    return { refused: withoutValues(words, config) };
  }

  function parsed(text: string): unknown {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw notUnderstood("its answer is no JSON");
    }
  }

  /** For what may be asked again. */
  async function patiently(work: () => Promise<StreamAnswer>): Promise<StreamAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof NoAdminAnswer) || attempt === tries || context.signal.aborted) throw error;
        await context.sleep(betweenSeconds);
      }
    }
  }

  function tooOld(): Failure {
    const problem = parts.oldAdmin({ server, place: placeWords(place), version: "2.8" });
    return errors.PROXY_REFUSED.unfitAdmin({
      problem,
      cure: "Install a newer one (https://caddyserver.com/docs/install)",
    });
  }

  function notUnderstood(why: string): Failure {
    return errors.PROXY_REFUSED.adminUnclear({ server, place: placeWords(place), why });
  }

  /** One request on a connection of its own. */
  async function ask(method: string, body = "", headers: Record<string, string> = {}): Promise<StreamAnswer> {
    let stream: Duplex | undefined;
    try {
      stream =
        "socket" in place
          ? await connection.dialSocket(place.socket, context.signal)
          : connection.dial(place.address, place.port);
      const given = { ...headers, Host: hostOf(place) };
      const limits = { seconds: patienceSeconds, maxBytes: mostBytes, signal: context.signal };
      return await answerOver(stream, { method, path: "/config/", headers: given, body }, limits);
    } catch (error) {
      if (isFailure(error)) throw error;
      throw new NoAdminAnswer(parts.adminSilent({ server, place: placeWords(place), why: wordsOf(error) }));
    } finally {
      stream?.on("error", () => undefined).destroy();
    }
  }
}

/** Caddy answers over TCP to its own names only, and over a socket to any. */
const hostOf = (place: AdminPlace) => ("socket" in place ? "localhost" : `${place.address}:${place.port}`);
