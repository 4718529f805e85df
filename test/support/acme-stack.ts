// Stacks of one TlsCertificate of an ACME server on the host in this process: Pebble, what stands in front of it, bind9, our own dns-01.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Agent } from "undici";
import { makeAccount } from "../../provider/acme/accounts";
import type { Holder } from "../../provider/acme/accounts";
import { signingKey } from "../../provider/acme/jws";
import type { SigningKey } from "../../provider/acme/jws";
import { challengeSolver } from "../../provider/challenge-solver";
import type { HttpClient } from "../../provider/core/http";
import type { OperationContext } from "../../provider/core/logic";
import { sharedServices } from "../../provider/core/shared";
import { issuer, issuers } from "../../provider/issuers";
import { httpClient } from "../../provider/net/http";
import { certificateLogic } from "../../provider/tls/certificate/fields";
import { certificateLifecycle } from "../../provider/tls/certificate/lifecycle";
import { issuerOf } from "../../provider/tls/issuers";
import { makeKey } from "../../provider/x509/request";
import { acmeSession } from "./acme";
import { acmeFront } from "./acme-front";
import type { AcmeFront } from "./acme-front";
import { startBind9 } from "./bind9";
import type { Bind9 } from "./bind9";
import { inProcess } from "./in-process";
import { startPebble } from "./pebble";
import type { Pebble, PebbleOptions } from "./pebble";
import { run } from "./process";

export interface AcmePlace {
  pebble: Pebble;
  front: AcmeFront;
  bind9: Bind9;
  account: { directoryUrl: string; accountUrl: string; privateKeyPem: string };
  holder: Holder;
  /** The per-user cache, empty at the beginning of each test. */
  cache: string;
  /** The TXT values at the challenge's name. */
  challengesAt(name: string): Promise<string[]>;
  /** What is kept for orders that are under way. */
  orders(): string[];
}

const zone = "example.test";
const records = "$TTL 60\n@ SOA ns a.example.test. 1 60 60 600 5\n@ NS ns\nns A 127.0.0.1\n";

/** Registers the hooks. `address`: of bind9, and of this file only. */
export function acmePlace(address: string, options: PebbleOptions = {}): AcmePlace {
  const place = {} as AcmePlace;
  let session: ReturnType<typeof acmeSession>;
  beforeAll(async () => {
    const bind9 = await startBind9({ address, zones: { [zone]: records } });
    const pebble = await startPebble({ dns: `${address}:53`, ...options });
    const front = await acmeFront(pebble);
    const { directoryUrl } = front;
    session = acmeSession(pebble, { directoryUrl, seconds: 600 });
    const privateKeyPem = await makeKey("ec-p256");
    const key = signingKey(privateKeyPem) as SigningKey;
    const { accountUrl } = await makeAccount(session.server, key);
    const holder = { server: session.server, key, accountUrl };
    Object.assign(place, { bind9, pebble, front, account: { directoryUrl, accountUrl, privateKeyPem }, holder });
  });
  afterAll(async () => {
    await session.close();
    await place.front.close();
    await place.pebble.stop();
    await place.bind9.stop();
  });
  beforeEach(() => {
    place.cache = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-acme-"));
    process.env["PULUMI_TELEGRAM_CACHE"] = place.cache;
    place.front.seen.length = 0;
  });
  afterEach(() => {
    place.front.mend();
    delete process.env["PULUMI_TELEGRAM_CACHE"];
    fs.rmSync(place.cache, { recursive: true, force: true });
  });
  return Object.assign(place, {
    async challengesAt(name: string) {
      const { stdout } = await run("dig", ["+short", `@${address}`, "TXT", `_acme-challenge.${name}.${zone}`]);
      return stdout.split("\n").filter((line) => line !== "");
    },
    orders: () => fs.readdirSync(path.join(place.cache, "acme")).filter((name) => /^order-.*\.json$/.test(name)),
  });
}

/** Without a profile Pebble takes one by chance: 90 days or six. */
export function acmeArgs({ account, bind9 }: AcmePlace, name: string, more: object = {}, settings: object = {}) {
  const server = `${bind9.address}:53`;
  const challenge = { dns01: { via: { rfc2136: { server } }, zone, nameServers: [server], waitSeconds: 60 } };
  return {
    names: [`${name}.${zone}`],
    issuer: { acme: { account, challenge, profile: "classic", ...settings } },
    ...more,
  };
}

/** As if a certificate in a state were so many days older: what is issued now is then of now. */
export function aged(state: Record<string, unknown>, days: number): void {
  for (const name of ["notBefore", "notAfter", "retiresAt", "renewAt"]) {
    const at = state[name];
    if (typeof at === "string") state[name] = new Date(Date.parse(at) - days * 86_400_000).toISOString();
  }
}

/** Makes a stack of one certificate of `own`, whose clock may be ahead (milliseconds), and that waits so many seconds at most. */
export function certificateStack<T extends { ahead: number }>(own: T, http: HttpClient, mostSeconds: number) {
  const services = {
    http,
    ...sharedServices(),
    challengeSolver: (challenge: unknown, context: OperationContext) => challengeSolver(challenge, http, context),
  };
  const logic = certificateLogic(
    () => certificateLifecycle((one) => issuerOf(one, issuers), services),
    issuers,
    issuer,
  );
  const time = {
    now: () => new Date(Date.now() + own.ahead),
    advance: (seconds: number) =>
      new Promise<void>((resolve) => setTimeout(resolve, Math.min(seconds, mostSeconds) * 1000)),
  };
  return Object.assign(own, inProcess({}, time, logic));
}

/** The same, at a place. */
export function acmeStack(place: AcmePlace) {
  const agent = new Agent({ connect: { ca: place.pebble.caPem } });
  return certificateStack({ ahead: 0, close: () => agent.close() }, httpClient({ dispatcher: agent }), 0.2);
}
