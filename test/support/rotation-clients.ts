// Twenty clients at one route while its secret and its certificate change six times each, on any server: what each of them was answered.
import { X509Certificate } from "node:crypto";
import https from "node:https";
import { setTimeout } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { sha256 } from "../../provider/core/hash";
import type { RouteState } from "../../provider/proxy/route/fields";
import { certificateFor } from "./nginx";

const clients = 20;
const rounds = 6;
/** Between two updates of one client, so that the clients leave some of the processor to what they wait for. */
const pauseMilliseconds = 25;

/** Where the route is: the host of the update, and the address and port to which it is sent. */
export interface Place {
  address: string;
  port: number;
  host: string;
  path: string;
}

export type Pem = Awaited<ReturnType<typeof certificateFor>>;
/** What rotates. The first secret is the current one. */
export type Rotated = { secretTokens: string[]; tls: { pem: Pem } };
/** Brings the route into force with these. */
export type Apply = (rotated: Rotated, old?: RouteState) => Promise<RouteState>;

export interface Seen {
  genuine: number;
  /** Genuine updates with another answer than 200. */
  refused: number;
  /** Forged updates with another answer than 401. */
  forgedIn: number;
  /** Updates without an answer, since the connection was closed: Telegram sends them again. */
  resets: number;
}

/** Status and certificate (SHA-256) of an update that is sent with this secret. */
export function post(
  { address, port, host, path }: Place,
  secret: string,
  agent: https.Agent | false = false,
): Promise<{ status: number; certificate: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...{ host: `${host}:${port}`, "content-type": "application/json", "content-length": 2 },
      "x-telegram-bot-api-secret-token": secret,
    };
    const options = { host: address, port, servername: host, path, method: "POST", headers, agent };
    const request = https.request({ ...options, rejectUnauthorized: false }, (response) => {
      const { raw } = (response.socket as TLSSocket).getPeerCertificate() as { raw?: Buffer };
      response.resume().once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, certificate: raw ? sha256(raw) : "" }));
    });
    request.once("error", reject).end("{}");
  });
}

/** SHA-256 of the first certificate of a PEM text, as `post` gives it. */
export const leafOf = (pem: string): string => sha256(new X509Certificate(pem).raw);

/**
 * Twenty clients, until they are told to end: one in five sends forged updates. `send` gives the status that the client of
 * this number was answered, and rejects without an answer.
 */
export function letLoose(send: (isForged: boolean, at: number) => Promise<number>): {
  seen: Seen;
  end(): Promise<void>;
} {
  let isOver = false;
  const seen: Seen = { genuine: 0, refused: 0, forgedIn: 0, resets: 0 };
  const client = async (at: number) => {
    const isForged = at % 5 === 0;
    while (!isOver) {
      const status = await send(isForged, at).catch(() => undefined);
      if (status === undefined) seen.resets += 1;
      else if (isForged) seen.forgedIn += status === 401 ? 0 : 1;
      else seen[status === 200 ? "genuine" : "refused"] += 1;
      await setTimeout(pauseMilliseconds);
    }
  };
  const work = Promise.all(Array.from({ length: clients }, (_, at) => client(at)));
  return { seen, end: async () => void ((isOver = true), await work) };
}

/**
 * Makes the route, lets 20 clients loose on it (half of them keep their connections, one in five has a forged secret), and
 * rotates the secret and the certificate six times each. After each round the new secret is taken and the new certificate
 * shown. Gives what the clients saw, printed under the server's name, with the route as it is in the end.
 */
export async function rotateUnderClients(
  server: string,
  place: Place,
  apply: Apply,
): Promise<{ seen: Seen; state: RouteState; secret: string; secretBeforeLast: string }> {
  const pems = await Promise.all(Array.from({ length: rounds + 1 }, () => certificateFor(place.host)));
  const pem = (round: number) => ({ pem: pems[round] as Pem });
  const secret = (round: number) => `secret-${round}`;
  let state = await apply({ secretTokens: [secret(0)], tls: pem(0) });
  let current = secret(0);
  const agents = Array.from({ length: clients }, () => new https.Agent({ keepAlive: true, maxSockets: 1 }));
  const crowd = letLoose(async (isForged, at) => {
    const agent = at % 2 === 0 && agents[at];
    return (await post(place, isForged ? "forged" : current, agent || false)).status;
  });
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const accepted = [secret(round), secret(round - 1)];
      state = await apply({ secretTokens: accepted, tls: pem(round - 1) }, state);
      current = secret(round);
      state = await apply({ secretTokens: accepted, tls: pem(round) }, state);
      const shown = await post(place, current);
      expect(shown).toEqual({ status: 200, certificate: leafOf(pems[round]?.certificatePem ?? "") });
    }
  } finally {
    await crowd.end();
    for (const agent of agents) agent.destroy();
  }
  process.stdout.write(`\n${server}, 6 rotations of secret and certificate: ${JSON.stringify(crowd.seen)}\n`);
  return { seen: crowd.seen, state, secret: current, secretBeforeLast: secret(rounds - 2) };
}
