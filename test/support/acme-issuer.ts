// An ACME server in a test's own process that signs what it is asked to, or what a test wants it to sign instead.
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { Holder } from "../../provider/acme/accounts";
import { acmeDouble, directoryUrl } from "./acme-double";
import type { Said } from "./acme-double";
import { newKey } from "./acme";

const origin = new URL(directoryUrl).origin;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const begins = new Date("2026-11-29T11:00:00Z");
const ends = new Date("2027-02-27T12:00:00Z");

/** What a certificate of it has, if a test does not say otherwise: names, and 90 days from the double's time on. */
export interface SignedAs {
  names?: readonly string[];
  subject?: string;
  notBefore?: Date;
  notAfter?: Date;
  isAuthority?: boolean;
  /** What follows it: "another": an authority that has not signed it. */
  chain?: "issuer" | "another" | "none";
}

/** `as`: how it signs; `answer`: what it says in place of its own. Its orders are ready at once, unless `isPending`. */
export async function issuingDouble(
  options: {
    as?: SignedAs;
    isPending?: boolean;
    /** With the certificate. */
    headers?: Record<string, string>;
    answer?: (path: string, payload: Record<string, unknown>) => Said | undefined;
  } = {},
) {
  const { as = {}, isPending = false, headers = {} } = options;
  const [authority, another] = [await authorityCalled("Some Root"), await authorityCalled("Another Root")];
  let identifiers: { type: string; value: string }[] = [];
  let publicKey: webcrypto.CryptoKey | undefined;
  let isProved = !isPending;
  const order = (status: string) => ({
    status,
    identifiers,
    authorizations: identifiers.map((_, at) => `${origin}/authz/${at}`),
    finalize: `${origin}/finalize`,
    ...(status === "valid" && { certificate: `${origin}/cert` }),
  });
  const own = async (path: string, payload: Record<string, unknown>): Promise<Said | undefined> => {
    if (path === "/order") {
      identifiers = payload["identifiers"] as typeof identifiers;
      [isProved, publicKey] = [!isPending, undefined];
      return { status: 201, headers: { location: `${origin}/o/1` }, json: order(isProved ? "ready" : "pending") };
    }
    if (path === "/o/1") return { json: order(publicKey ? "valid" : isProved ? "ready" : "pending") };
    const [, at = ""] = /^\/authz\/(\d+)$/.exec(path) ?? [];
    if (at !== "") {
      const status = isProved ? "valid" : "pending";
      const challenge = { type: "dns-01", url: `${origin}/chall/${at}`, token: `${at}`.padStart(30, "t"), status };
      const { type = "dns", value = "" } = identifiers[Number(at)] ?? {};
      const wildcard = value.startsWith("*.");
      return {
        json: { status, identifier: { type, value: value.replace(/^\*\./, "") }, wildcard, challenges: [challenge] },
      };
    }
    if (path.startsWith("/chall/")) {
      isProved = true;
      return { json: {} };
    }
    if (path === "/finalize") {
      const request = new x509.Pkcs10CertificateRequest(Buffer.from(String(payload["csr"]), "base64url"));
      publicKey = (await request.publicKey.export()) as webcrypto.CryptoKey;
      return { json: order("valid") };
    }
    if (path !== "/cert" || !publicKey) return undefined;
    const leaf = await signed(publicKey, authority, identifiers, as);
    const chain = { issuer: [authority.certificate], another: [another.certificate], none: [] }[as.chain ?? "issuer"];
    return { headers, text: [leaf, ...chain].map((one) => `${one.toString("pem")}\n`).join("") };
  };
  const double = acmeDouble(async (path, { body }) => {
    const text = typeof body === "string" ? body : body instanceof Uint8Array ? Buffer.from(body).toString() : "{}";
    const { payload = "" } = JSON.parse(text) as { payload?: string };
    const sent =
      payload === "" ? {} : (JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>);
    return options.answer?.(path, sent) ?? (await own(path, sent));
  });
  const holder: Holder = { server: double.server, key: await newKey(), accountUrl: `${origin}/acct/1` };
  return { ...double, holder };
}

async function authorityCalled(name: string) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...{ name: `CN=${name}`, keys, serialNumber: "01", signingAlgorithm: algorithm },
      ...{ notBefore: new Date("2020-01-01"), notAfter: new Date("2040-01-01") },
      extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
    },
    webcrypto,
  );
  return { keys, certificate };
}

function signed(
  publicKey: webcrypto.CryptoKey,
  { keys, certificate }: Awaited<ReturnType<typeof authorityCalled>>,
  identifiers: readonly { type: string; value: string }[],
  {
    names = identifiers.map(({ value }) => value),
    subject = "",
    notBefore = begins,
    notAfter = ends,
    isAuthority,
  }: SignedAs,
) {
  const alternative = names.map((value) => ({ type: "dns" as const, value }));
  return x509.X509CertificateGenerator.create(
    {
      ...{ serialNumber: "1234", subject, issuer: certificate.subject, notBefore, notAfter, publicKey },
      ...{ signingKey: keys.privateKey, signingAlgorithm: algorithm },
      extensions: [
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternative)] : []),
        new x509.BasicConstraintsExtension(isAuthority ?? false),
      ],
    },
    webcrypto,
  );
}
