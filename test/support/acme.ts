// Orders at a real ACME server in a test's own process: a client that trusts it, an account, and what answers its challenges.
import { Agent } from "undici";
import { makeAccount } from "../../provider/acme/accounts";
import type { AccountSettings, Holder } from "../../provider/acme/accounts";
import { AcmeConnection } from "../../provider/acme/connection";
import { issueCertificate } from "../../provider/acme/issuance";
import type { Issuance, IssuanceRequest, Journal, JournalEntry } from "../../provider/acme/issuance";
import { signingKey } from "../../provider/acme/jws";
import type { SigningKey } from "../../provider/acme/jws";
import { Nonces } from "../../provider/acme/nonces";
import { txtValueOf } from "../../provider/acme/solver";
import type { ChallengeProof, Solver } from "../../provider/acme/solver";
import type { HttpClient, HttpRequest } from "../../provider/core/http";
import { realTime as within } from "../../provider/core/execution-context";
import { httpClient } from "../../provider/net/http";
import { makeKey } from "../../provider/x509/request";
import type { KeyType } from "../../provider/x509/make";
import type { Pebble } from "./pebble";

/** Every request that was sent, and what was said. */
export interface AcmeSession {
  server: AcmeConnection;
  /** "POST /order-plz 201" */
  requests: string[];
  said: string[];
  close(): Promise<void>;
}

export interface SessionOptions {
  /** Sees, changes or keeps each request. */
  through?: (request: HttpRequest, next: HttpClient) => ReturnType<HttpClient>;
  seconds?: number;
  directoryUrl?: string;
}

export function acmeSession(pebble: Pick<Pebble, "directoryUrl" | "caPem">, options: SessionOptions = {}): AcmeSession {
  const agent = new Agent({ connect: { ca: pebble.caPem } });
  const client = httpClient({ dispatcher: agent });
  const [requests, said]: [string[], string[]] = [[], []];
  const http: HttpClient = async (request) => {
    const answer = await (options.through ? options.through(request, client) : client(request));
    requests.push(`${request.method} ${new URL(request.url).pathname} ${answer.status}`);
    return answer;
  };
  const say = (line: string) => said.push(line);
  const context = within(options.seconds ?? 60, { log: say, warn: say });
  const { directoryUrl = pebble.directoryUrl } = options;
  const server = new AcmeConnection({ directoryUrl, http, nonces: new Nonces(), context });
  return { server, requests, said, close: () => agent.close() };
}

export async function newKey(keyType: KeyType = "ec-p256"): Promise<SigningKey> {
  const key = signingKey(await makeKey(keyType));
  if (!key) throw new Error("the key that was made signs nothing");
  return key;
}

export async function newHolder(server: AcmeConnection, settings?: AccountSettings): Promise<Holder> {
  const key = await newKey();
  const { accountUrl } = await makeAccount(server, key, settings);
  return { server, key, accountUrl };
}

/** Answers by Pebble's own DNS and web server; `events` are what it was asked to do: "present a.example.test". */
export function solverAt(pebble: Pebble, type: Solver["type"] = "dns-01"): Solver & { events: string[] } {
  const events: string[] = [];
  const each = async (
    what: string,
    proofs: readonly ChallengeProof[],
    act: (proof: ChallengeProof) => Promise<unknown>,
  ) => {
    for (const proof of proofs) {
      events.push(`${what} ${proof.name}`);
      await act(proof);
    }
  };
  const host = ({ name }: ChallengeProof) => `_acme-challenge.${name}.`;
  const present = (proof: ChallengeProof) =>
    type === "dns-01"
      ? pebble.answer("set-txt", { host: host(proof), value: txtValueOf(proof) })
      : pebble.answer("add-http01", { token: proof.token, content: proof.keyAuthorization });
  const remove = (proof: ChallengeProof) =>
    type === "dns-01"
      ? pebble.answer("clear-txt", { host: host(proof) })
      : pebble.answer("del-http01", { token: proof.token });
  return {
    type,
    events,
    present: (proofs) => each("present", proofs, present),
    wait: (proofs) => each("wait", proofs, () => Promise.resolve()),
    cleanUp: (proofs) => each("clean up", proofs, remove),
  };
}

/** A journal in memory; `entries` are all that were written. */
export function journalInMemory(first: JournalEntry = { presented: [] }): Journal & { entries: JournalEntry[] } {
  const entries = [first];
  return { entries, read: () => entries.at(-1) ?? first, write: (entry) => void entries.push(entry) };
}

/** Orders and proves a certificate. */
export function issued(holder: Holder, solver: Solver, request: Partial<IssuanceRequest>): Promise<Issuance> {
  const whole: IssuanceRequest = { called: "TlsCertificate site", keyType: "ec-p256", names: [], ...request };
  return issueCertificate(holder, whole, solver, journalInMemory());
}
