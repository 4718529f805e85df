// The chains of certificates that an ACME server offers for one certificate, and which of them is taken. Source: RFC 8555 7.4.2.
import type { HttpAnswer } from "../core/http";
import { commonName, organisation } from "../x509/names";
import { blocksOf, certificatesIn, holdsPrivateKey } from "../x509/pem";
import { Odd } from "./answers";
import type { Origin } from "./answers";

const mostCertificates = 10;
const mostAlternates = 10;

/** A chain as the server sends it, in normal form, and where the others are. */
export function chainIn({ body, headers }: HttpAnswer, { origin }: Origin): { chain: string; alternates: string[] } {
  const text = body.toString("latin1");
  const blocks = blocksOf(text);
  if (holdsPrivateKey(text)) throw new Odd("it has a private key");
  if (blocks.length === 0 || blocks.length > mostCertificates)
    throw new Odd(`it has ${blocks.length} certificates, and not 1 to ${mostCertificates}`);
  if (certificatesIn(text).length !== blocks.length) throw new Odd("a certificate in it is damaged");
  return {
    chain: blocks.map((block) => `${block}\n`).join(""),
    alternates: alternatesIn(headers["link"] ?? "", origin),
  };
}

/** `Link: <https://…>;rel="alternate"`, RFC 8288. What leads elsewhere is none of the server's. */
function alternatesIn(header: string, origin: string): string[] {
  const links = [...header.slice(0, 20_000).matchAll(/<([^<>\s]{1,2000})>([^<]{0,200})/g)];
  return links
    .filter(([, url = "", rest = ""]) => {
      return /;\s*rel="?alternate"?/.test(rest) && URL.canParse(url) && new URL(url).origin === origin;
    })
    .map(([, url = ""]) => url)
    .slice(0, mostAlternates);
}

export interface ChosenChain {
  certificatePem: string;
  /** The names of the roots that the chains lead to, as far as was looked. */
  roots: string[];
  /** Whether it is the one that was asked for. */
  isPreferred: boolean;
  /** Why one of the others could not be looked at. */
  unread?: string;
}

/** The chain that leads to the root of this name; if none does, or none was named, the first. */
export function chosenChain(chains: readonly string[], preferred: string | undefined): ChosenChain {
  const roots = chains.map(rootName);
  const at = preferred === undefined ? 0 : roots.indexOf(preferred);
  return { certificatePem: chains[Math.max(0, at)] ?? "", roots: [...new Set(roots)], isPreferred: at >= 0 };
}

/** Who signed the last one: a server leaves the root itself out. */
function rootName(chain: string): string {
  const issuer = certificatesIn(chain).at(-1)?.issuer ?? "";
  return commonName(issuer) ?? organisation(issuer) ?? "";
}
