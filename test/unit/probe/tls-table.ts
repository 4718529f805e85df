// Certificates and servers, good and bad: what each serves, what is uploaded, and what the check has to say of it.
import net from "node:net";
import { ExtendedKeyUsage, KeyUsageFlags } from "@peculiar/x509";
import type { Verdict } from "../../../provider/probe/verdict";
import type { Authority, KeyPair, TlsServer } from "../../support/certificates";
import { inDays, makeAuthority, makeLeaf, serveAlert, serveRaw, serveTls, shownDate } from "../../support/certificates";

export const HOST = "bots.example.com";
export const ADDRESS = "93.184.216.34";
const names = [HOST];

export interface Given {
  server: TlsServer;
  /** PEM, in the order in which it is sent. */
  served?: string;
  upload?: string;
}

export interface Row {
  /** Continues "a certificate or server: …". */
  title: string;
  /** Default `bots.example.com`. */
  host?: string;
  make(pki: Pki): Promise<Given>;
  /** The verdict without its check; the port is shown as 443. */
  verdict: Omit<Verdict, "check">;
  /** The delivery by the fake server; default: as the certificate says. */
  telegram?: string;
}

export interface Pki {
  /** A root that is public in these tests, and two levels below it. */
  root: Authority;
  upper: Authority;
  lower: Authority;
  /** A root of somebody's own, and an intermediate. */
  own: Authority;
  ownLower: Authority;
}

export async function makePki(): Promise<Pki> {
  const root = await makeAuthority({ cn: "Public Root" });
  const upper = await makeAuthority({ cn: "Public Upper", issuer: root });
  const lower = await makeAuthority({ cn: "Public Lower", issuer: upper });
  const own = await makeAuthority({ cn: "Own Root" });
  return { root, upper, lower, own, ownLower: await makeAuthority({ cn: "Own Lower", issuer: own }) };
}

const issuerUrl = "http://certificates.example.com/issuer.cer";
const past = inDays(-30);
const yesterday = inDays(-1);
const tomorrow = inDays(1);
const soon = inDays(3);

const serve = async (leaf: KeyPair, others: KeyPair[] = [], upload?: string, options = {}): Promise<Given> => ({
  server: await serveTls({ chain: [leaf, ...others].map(({ certificate }) => certificate), key: leaf.key, ...options }),
  served: [leaf, ...others].map(({ certificate }) => certificate).join(""),
  ...(upload === undefined ? {} : { upload }),
});
const alone = async (server: Promise<TlsServer>): Promise<Given> => ({ server: await server });

/** A self-signed certificate that is uploaded too. */
const uploadedLeaf = async (options: Parameters<typeof makeLeaf>[0]): Promise<Given> => {
  const leaf = await makeLeaf(options);
  return serve(leaf, [], leaf.certificate);
};

const publicPass = (host = HOST, ...warnings: string[]): Row["verdict"] => ({
  outcome: "pass",
  says: `${host}:443 serves a certificate for ${host} that Telegram trusts through a public authority.`,
  ...(warnings.length > 0 ? { warnings } : {}),
});
const uploadPass = (host = HOST): Row["verdict"] => ({
  outcome: "pass",
  says: `${host}:443 serves a certificate for ${host} that Telegram trusts through what is uploaded.`,
});
const fail = (says: string, cure: string): Row["verdict"] => ({ outcome: "fail", says, cure });

const leaveOut = "Leave certificate out, so that Telegram uses the public authorities.";
const production =
  "Order one at Let's Encrypt's directory for production, https://acme-v02.api.letsencrypt.org/directory, and serve that.";
const serveHost = `Serve one for ${HOST} there; if the server has it, this is not what it chooses for that name.`;
const makeServer = "Make a new one with extendedKeyUsage serverAuth (or without that extension).";

const good: Row[] = [
  {
    title: "of a public root",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root })),
    verdict: publicPass(),
  },
  {
    title: "of a public authority, with its intermediates",
    make: async ({ upper, lower }) => serve(await makeLeaf({ names, issuer: lower }), [lower, upper]),
    verdict: publicPass(),
  },
  {
    title: "with its intermediates in the wrong order",
    make: async ({ upper, lower }) => serve(await makeLeaf({ names, issuer: lower }), [upper, lower]),
    verdict: publicPass(),
  },
  {
    title: "with its root, and certificates that do not belong to it",
    make: async ({ root, own, ownLower }) => serve(await makeLeaf({ names, issuer: root }), [root, ownLower, own]),
    verdict: publicPass(),
  },
  {
    title: "with a wildcard",
    make: async ({ root }) => serve(await makeLeaf({ names: ["*.example.com"], issuer: root })),
    verdict: publicPass(
      HOST,
      `Only a wildcard, *.example.com, covers ${HOST}; Telegram's FAQ says that it may not support that.`,
    ),
  },
  {
    title: "of 90 days that expires in three",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root, notBefore: inDays(-87), notAfter: soon })),
    verdict: publicPass(HOST, `The certificate "${HOST}" expires on ${shownDate(soon)}.`),
  },
  {
    title: "of six days that expires in three, which is no warning",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root, notBefore: inDays(-3), notAfter: soon })),
    verdict: publicPass(),
  },
  {
    title: "with an RSA key of 2048 bits",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root, keyType: "rsa-2048" })),
    verdict: publicPass(),
  },
  {
    title: "with a P-384 key",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root, keyType: "ec-p384" })),
    verdict: publicPass(),
  },
  {
    title: "with an Ed25519 key",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root, keyType: "ed25519" })),
    verdict: publicPass(),
  },
  {
    title: "without an extended key usage",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root, extendedKeyUsage: [] })),
    verdict: publicPass(),
  },
  {
    title: "on a server of TLS 1.2 only",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root }), [], undefined, { maxVersion: "TLSv1.2" }),
    verdict: publicPass(),
  },
  {
    title: "on a server of TLS 1.3 only",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root }), [], undefined, { minVersion: "TLSv1.3" }),
    verdict: publicPass(),
  },
  { title: "self-signed and uploaded", make: () => uploadedLeaf({ names }), verdict: uploadPass() },
  {
    title: "self-signed and uploaded, with a common name only",
    make: () => uploadedLeaf({ cn: HOST }),
    verdict: uploadPass(),
  },
  {
    title: "of an uploaded root",
    make: async ({ own }) => serve(await makeLeaf({ names, issuer: own }), [], own.certificate),
    verdict: uploadPass(),
  },
  {
    title: "with its intermediate, of an uploaded root",
    make: async ({ own, ownLower }) => serve(await makeLeaf({ names, issuer: ownLower }), [ownLower], own.certificate),
    verdict: uploadPass(),
  },
  {
    title: "without its intermediate, which is uploaded together with the root",
    make: async ({ own, ownLower }) =>
      serve(await makeLeaf({ names, issuer: ownLower }), [], ownLower.certificate + own.certificate),
    verdict: uploadPass(),
  },
  {
    title: "that is uploaded with all its chain",
    make: async ({ own, ownLower }) => {
      const leaf = await makeLeaf({ names, issuer: ownLower });
      return serve(leaf, [ownLower], leaf.certificate + ownLower.certificate + own.certificate);
    },
    verdict: uploadPass(),
  },
  {
    title: "that is the new one of an upload of old and new",
    make: async () => {
      const [old, now] = [await makeLeaf({ names }), await makeLeaf({ names })];
      return serve(now, [], old.certificate + now.certificate);
    },
    verdict: uploadPass(),
  },
  {
    title: "of the new root of an upload of old and new of one name",
    make: async ({ own }) => {
      const again = await makeAuthority({ cn: "Own Root" });
      return serve(await makeLeaf({ names, issuer: again }), [], own.certificate + again.certificate);
    },
    verdict: uploadPass(),
  },
  {
    title: "of a public authority whose root is uploaded",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root }), [], root.certificate),
    verdict: uploadPass(),
  },
];

const dates: Row[] = [
  {
    title: "that has expired",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root, notBefore: past, notAfter: yesterday })),
    verdict: fail(
      `${HOST}:443 serves a certificate, "${HOST}", that expired on ${shownDate(yesterday)}.`,
      "Renew it and reload the server, which keeps the old one until then.",
    ),
  },
  {
    title: "that is not valid yet",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root, notBefore: tomorrow })),
    verdict: fail(
      `${HOST}:443 serves a certificate, "${HOST}", that is not valid before ${shownDate(tomorrow)}.`,
      "Wait until then, or make one that is valid now; see that the clock is right where it was made.",
    ),
  },
  {
    title: "whose intermediate has expired",
    make: async ({ root }) => {
      const old = await makeAuthority({ cn: "Old Lower", issuer: root, notBefore: past, notAfter: yesterday });
      return serve(await makeLeaf({ names, issuer: old }), [old]);
    },
    verdict: fail(
      `${HOST}:443 serves a certificate whose authority "Old Lower" expired on ${shownDate(yesterday)}.`,
      "Renew that authority's certificate and serve, or upload, the new one.",
    ),
  },
  {
    title: "whose uploaded root has expired",
    make: async () => {
      const old = await makeAuthority({ cn: "Old Root", notBefore: past, notAfter: yesterday });
      return serve(await makeLeaf({ names, issuer: old }), [], old.certificate);
    },
    verdict: fail(
      `${HOST}:443 serves a certificate whose authority "Old Root" expired on ${shownDate(yesterday)}.`,
      "Renew that authority's certificate and serve, or upload, the new one.",
    ),
  },
];

const hosts: Row[] = [
  {
    title: "for other names",
    make: async ({ root }) => serve(await makeLeaf({ names: ["www.example.com", "example.com"], issuer: root })),
    verdict: fail(
      `${HOST}:443 serves a certificate that is for www.example.com, example.com, not for ${HOST}.`,
      serveHost,
    ),
  },
  {
    title: "for another name, self-signed, as a server has by default",
    make: async () => serve(await makeLeaf({ names: ["default.example.net"] })),
    verdict: fail(
      `${HOST}:443 serves a certificate that is for default.example.net, not for ${HOST}. ` +
        `${HOST}:443 serves a self-signed certificate, "default.example.net", and none is uploaded.`,
      serveHost,
    ),
  },
  {
    title: "for another name, and uploaded",
    make: () => uploadedLeaf({ names: ["www.example.com"] }),
    verdict: fail(`${HOST}:443 serves a certificate that is for www.example.com, not for ${HOST}.`, serveHost),
  },
  {
    title: "without any name",
    make: async ({ root }) => serve(await makeLeaf({ issuer: root })),
    verdict: fail(`${HOST}:443 serves a certificate that names no host.`, serveHost),
  },
  {
    title: "with a wildcard one label too high",
    make: async ({ root }) => serve(await makeLeaf({ names: ["*.com", "*.example.net"], issuer: root })),
    verdict: fail(
      `${HOST}:443 serves a certificate that is for *.com, *.example.net, not for ${HOST} (a wildcard stands for one label).`,
      serveHost,
    ),
  },
  {
    title: "with the host as common name beside another name",
    make: async ({ root }) => serve(await makeLeaf({ cn: HOST, names: ["www.example.com"], issuer: root })),
    verdict: fail(
      `${HOST}:443 serves a certificate that is for www.example.com, not for ${HOST} (a common name does not count beside other names).`,
      serveHost,
    ),
  },
  {
    title: "uploaded, with an address as common name",
    host: ADDRESS,
    make: () => uploadedLeaf({ cn: ADDRESS }),
    verdict: uploadPass(ADDRESS),
  },
  {
    title: "uploaded, with an address as common name and as IP name",
    host: ADDRESS,
    make: () => uploadedLeaf({ cn: ADDRESS, ips: [ADDRESS] }),
    verdict: uploadPass(ADDRESS),
  },
  {
    title: "uploaded, with an address as DNS name",
    host: ADDRESS,
    make: () => uploadedLeaf({ cn: "A bot", names: [ADDRESS] }),
    verdict: uploadPass(ADDRESS),
  },
  {
    title: "uploaded, with an address as IP name only",
    host: ADDRESS,
    make: () => uploadedLeaf({ cn: "A bot", ips: [ADDRESS] }),
    verdict: fail(
      `${ADDRESS}:443 serves a certificate that gives ${ADDRESS} as an IP name, which Telegram ignores when a certificate is uploaded.`,
      `Make it with SAN DNS:${ADDRESS}, or with CN=${ADDRESS} and no DNS name.`,
    ),
  },
  {
    title: "uploaded, with an address as common name beside a DNS name",
    host: ADDRESS,
    make: () => uploadedLeaf({ cn: ADDRESS, names: ["www.example.com"] }),
    verdict: fail(
      `${ADDRESS}:443 serves a certificate that is for www.example.com, not for ${ADDRESS} (a common name does not count beside other names).`,
      `Make it with SAN DNS:${ADDRESS}, or with CN=${ADDRESS} and no DNS name.`,
    ),
  },
  {
    title: "public, with an address as IP name",
    host: ADDRESS,
    make: async ({ root }) => serve(await makeLeaf({ ips: [ADDRESS], issuer: root })),
    verdict: publicPass(ADDRESS),
  },
  {
    title: "public, with an address as common name",
    host: ADDRESS,
    make: async ({ root }) => serve(await makeLeaf({ cn: ADDRESS, issuer: root })),
    verdict: fail(
      `${ADDRESS}:443 serves a certificate that gives ${ADDRESS} as a host name; without an upload Telegram wants an IP name.`,
      `Make it with SAN IP:${ADDRESS}.`,
    ),
  },
  {
    title: "public, with an address as DNS name",
    host: ADDRESS,
    make: async ({ root }) => serve(await makeLeaf({ names: [ADDRESS], issuer: root })),
    verdict: fail(
      `${ADDRESS}:443 serves a certificate that gives ${ADDRESS} as a host name; without an upload Telegram wants an IP name.`,
      `Make it with SAN IP:${ADDRESS}.`,
    ),
  },
  {
    title: "public, for a host name, at an address",
    host: ADDRESS,
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root })),
    verdict: fail(
      `${ADDRESS}:443 serves a certificate that is for ${HOST}, not for ${ADDRESS}.`,
      `Make it with SAN IP:${ADDRESS}, or use the host name in the URL.`,
    ),
  },
];

const trust: Row[] = [
  {
    title: "without its intermediate, as public authorities make it",
    make: async ({ upper }) => serve(await makeLeaf({ names, issuer: upper, issuerUrl })),
    verdict: fail(
      `${HOST}:443 does not send the certificate of "Public Upper", which signed "${HOST}"; Telegram does not fetch what is missing.`,
      "Serve the whole chain: the certificate, then its intermediates (fullchain.pem, not cert.pem).",
    ),
  },
  {
    title: "of an authority that bears the name of a public root",
    make: async () => {
      const issuer = await makeAuthority({ cn: "ISRG Root X1" });
      return serve(await makeLeaf({ names, issuer }));
    },
    verdict: fail(
      `${HOST}:443 does not send the certificate of "ISRG Root X1", which signed "${HOST}"; Telegram does not fetch what is missing.`,
      "Serve the whole chain: the certificate, then its intermediates (fullchain.pem, not cert.pem).",
    ),
  },
  {
    title: "of the staging environment of Let's Encrypt",
    make: async () => {
      const issuer = await makeAuthority({ cn: "(STAGING) Counterfeit Cashew R10" });
      return serve(await makeLeaf({ names, issuer, issuerUrl }));
    },
    verdict: fail(
      `${HOST}:443 serves a staging certificate of Let's Encrypt (of "(STAGING) Counterfeit Cashew R10"), which Telegram does not trust.`,
      production,
    ),
  },
  {
    title: "of the staging environment of Let's Encrypt, with its chain, while another root is uploaded",
    make: async ({ own }) => {
      const root = await makeAuthority({ cn: "(STAGING) Pretend Pear X1" });
      const lower = await makeAuthority({ cn: "(STAGING) Counterfeit Cashew R10", issuer: root });
      return serve(await makeLeaf({ names, issuer: lower, issuerUrl }), [lower], own.certificate);
    },
    verdict: fail(
      `${HOST}:443 serves a staging certificate of Let's Encrypt (of "(STAGING) Pretend Pear X1"), while only "Own Root" is uploaded and trusted.`,
      `${production} ${leaveOut}`,
    ),
  },
  {
    title: "of the staging environment of Let's Encrypt, whose root is uploaded",
    make: async () => {
      const root = await makeAuthority({ cn: "(STAGING) Pretend Pear X1" });
      return serve(await makeLeaf({ names, issuer: root }), [], root.certificate);
    },
    verdict: uploadPass(),
  },
  {
    title: "of Pebble",
    make: async () => {
      const issuer = await makeAuthority({ cn: "Pebble Intermediate CA 3a1f20" });
      return serve(await makeLeaf({ names, issuer }));
    },
    verdict: fail(
      `${HOST}:443 serves a test certificate of Pebble (of "Pebble Intermediate CA 3a1f20"), which Telegram does not trust.`,
      "Order one at an ACME server whose root is public, and serve that; in a test, upload Pebble's root.",
    ),
  },
  {
    title: "of somebody's own authority, not uploaded",
    make: async ({ own }) => serve(await makeLeaf({ names, issuer: own })),
    verdict: fail(
      `${HOST}:443 does not send the certificate of "Own Root", which signed "${HOST}", and that is neither a public authority nor uploaded.`,
      'Give the root of "Own Root" as certificate, or use a public authority\'s.',
    ),
  },
  {
    title: "of somebody's own authority, sent with its root and not uploaded",
    make: async ({ own, ownLower }) => serve(await makeLeaf({ names, issuer: ownLower }), [ownLower, own]),
    verdict: fail(
      `${HOST}:443 serves a certificate of "Own Root", which is no public authority, and its root is not uploaded.`,
      'Give the root "Own Root" as certificate, or use a public authority\'s.',
    ),
  },
  {
    title: "self-signed, not uploaded",
    make: async () => serve(await makeLeaf({ names })),
    verdict: fail(
      `${HOST}:443 serves a self-signed certificate, "${HOST}", and none is uploaded.`,
      "Give that certificate as certificate, or serve one of a public authority.",
    ),
  },
  {
    title: "self-signed, with another one of the same name uploaded",
    make: async () => serve(await makeLeaf({ names }), [], (await makeLeaf({ names })).certificate),
    verdict: fail(
      `${HOST}:443 serves the self-signed certificate "${HOST}", which is not the uploaded one ("${HOST}" of the same name, with another key).`,
      "Upload the one that is served, or serve the one that is uploaded.",
    ),
  },
  {
    title: "of one authority of somebody's own, with the root of another uploaded",
    make: async ({ own, ownLower }) => {
      const other = await makeAuthority({ cn: "Other Root" });
      return serve(await makeLeaf({ names, issuer: ownLower }), [ownLower, own], other.certificate);
    },
    verdict: fail(
      `${HOST}:443 serves a certificate whose root is "Own Root", which is not the uploaded one ("Other Root").`,
      "Upload the one that is served, or serve the one that is uploaded.",
    ),
  },
  {
    title: "of an authority that was made again under its name",
    make: async ({ own }) => {
      const again = await makeAuthority({ cn: "Own Root" });
      return serve(await makeLeaf({ names, issuer: again }), [], own.certificate);
    },
    verdict: fail(
      `${HOST}:443 serves a certificate that "Own Root" signed with another key than that of the uploaded certificate of this name.`,
      "Upload that authority's current certificate.",
    ),
  },
  {
    title: "of an authority that was made again under its name, without key identifiers",
    make: async () => {
      const options = { cn: "Plain Root", keyIdentifiers: false };
      const [old, again] = [await makeAuthority(options), await makeAuthority(options)];
      return serve(await makeLeaf({ names, issuer: again, keyIdentifiers: false }), [], old.certificate);
    },
    verdict: fail(
      `${HOST}:443 serves a certificate that "Plain Root" signed with another key than that of the uploaded certificate of this name.`,
      "Upload that authority's current certificate.",
    ),
  },
  {
    title: "that is the second of its name in the upload, without key identifiers",
    make: async () => {
      const options = { names, keyIdentifiers: false };
      const [old, now] = [await makeLeaf(options), await makeLeaf(options)];
      return serve(now, [], old.certificate + now.certificate);
    },
    verdict: fail(
      `${HOST}:443 serves a certificate of "${HOST}"; 2 uploaded certificates bear that name, and without key identifiers only the first of them counts.`,
      "Make certificates with subject and authority key identifiers, or upload only the one that is in use.",
    ),
  },
  {
    title: "of the second root of its name in the upload, without key identifiers",
    make: async () => {
      const options = { cn: "Plain Root", keyIdentifiers: false };
      const [old, now] = [await makeAuthority(options), await makeAuthority(options)];
      const leaf = await makeLeaf({ names, issuer: now, keyIdentifiers: false });
      return serve(leaf, [], old.certificate + now.certificate);
    },
    verdict: fail(
      `${HOST}:443 serves a certificate of "Plain Root"; 2 uploaded certificates bear that name, and without key identifiers only the first of them counts.`,
      "Make certificates with subject and authority key identifiers, or upload only the one that is in use.",
    ),
  },
  {
    title: "without its intermediate, with the root uploaded",
    make: async ({ own, ownLower }) => serve(await makeLeaf({ names, issuer: ownLower }), [], own.certificate),
    verdict: fail(
      `${HOST}:443 does not send the certificate of "Own Lower", which signed "${HOST}", and it is not uploaded either (that is "Own Root").`,
      'Serve the whole chain, with its intermediates; if "Own Lower" is a root, upload it.',
    ),
  },
  {
    title: "uploaded instead of its root",
    make: async ({ own }) => {
      const leaf = await makeLeaf({ names, issuer: own });
      return serve(leaf, [], leaf.certificate);
    },
    verdict: fail(
      `${HOST}:443 serves what is uploaded, but that ends at "${HOST}", which "Own Root" signed: Telegram trusts a chain only up to its self-signed root.`,
      'Upload the root of "Own Root" as well.',
    ),
  },
  {
    title: "uploaded with its intermediate, without the root",
    make: async ({ ownLower }) => {
      const leaf = await makeLeaf({ names, issuer: ownLower });
      return serve(leaf, [ownLower], leaf.certificate + ownLower.certificate);
    },
    verdict: fail(
      `${HOST}:443 serves what is uploaded, but that ends at "Own Lower", which "Own Root" signed: Telegram trusts a chain only up to its self-signed root.`,
      'Upload the root of "Own Root" as well.',
    ),
  },
  {
    title: "uploaded without its root, which is sent",
    make: async ({ own, ownLower }) => {
      const leaf = await makeLeaf({ names, issuer: ownLower });
      return serve(leaf, [ownLower, own], ownLower.certificate);
    },
    verdict: fail(
      `${HOST}:443 serves what is uploaded, but that ends at "Own Lower", which "Own Root" signed: Telegram trusts a chain only up to its self-signed root.`,
      'Upload the root of "Own Root" as well.',
    ),
  },
  {
    title: "public, and uploaded with its intermediates, without the root",
    make: async ({ lower, upper }) => {
      const leaf = await makeLeaf({ names, issuer: lower });
      return serve(leaf, [lower, upper], leaf.certificate + lower.certificate + upper.certificate);
    },
    verdict: fail(
      `${HOST}:443 serves what is uploaded, but that ends at "Public Upper", which "Public Root" signed: Telegram trusts a chain only up to its self-signed root.`,
      leaveOut,
    ),
  },
  {
    title: "public, while a root of somebody's own is uploaded",
    make: async ({ lower, upper, own }) =>
      serve(await makeLeaf({ names, issuer: lower }), [lower, upper], own.certificate),
    verdict: fail(
      `${HOST}:443 serves a certificate of a public authority, "Public Root", while only "Own Root" is uploaded and trusted.`,
      leaveOut,
    ),
  },
];

const makes: Row[] = [
  {
    title: "for clients only",
    make: async ({ root }) =>
      serve(await makeLeaf({ names, issuer: root, extendedKeyUsage: [ExtendedKeyUsage.clientAuth] })),
    verdict: fail(
      `${HOST}:443 serves a certificate, "${HOST}", that is not for servers: its extended key usage lacks serverAuth.`,
      makeServer,
    ),
  },
  {
    title: "of an intermediate for clients only",
    make: async ({ root }) => {
      const issuer = await makeAuthority({
        cn: "Clients",
        issuer: root,
        extendedKeyUsage: [ExtendedKeyUsage.clientAuth],
      });
      return serve(await makeLeaf({ names, issuer }), [issuer]);
    },
    verdict: fail(
      `${HOST}:443 serves a certificate whose authority "Clients" is not for servers: its extended key usage lacks serverAuth.`,
      makeServer,
    ),
  },
  {
    title: "whose key may only encrypt data",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root, keyUsage: KeyUsageFlags.dataEncipherment })),
    verdict: fail(
      `${HOST}:443 serves a certificate whose key usage is not that of a server.`,
      "Make a new one with keyUsage digitalSignature (or without that extension).",
    ),
  },
  {
    title: "signed by what is no authority",
    make: async ({ root }) => {
      const issuer = await makeAuthority({ cn: "A server", issuer: root, isCa: false });
      return serve(await makeLeaf({ names, issuer }), [issuer]);
    },
    verdict: fail(
      `${HOST}:443 serves a certificate that "A server" signed, which is not the certificate of an authority.`,
      "Have it signed by an authority (basicConstraints CA:TRUE, keyUsage keyCertSign).",
    ),
  },
  {
    title: "with an RSA key of 1024 bits",
    make: async ({ root }) =>
      serve(await makeLeaf({ names, issuer: root, keyType: "rsa-1024" }), [], undefined, {
        ciphers: "DEFAULT:@SECLEVEL=0",
      }),
    verdict: fail(
      `${HOST}:443 serves a chain in which the key of "${HOST}" is too small: 1024 bits.`,
      "Make a new one with EC P-256, or RSA of 2048 bits.",
    ),
  },
  {
    title: "signed with SHA-1",
    make: async ({ root }) =>
      serve(await makeLeaf({ names, issuer: root, hash: "SHA-1" }), [], undefined, { ciphers: "DEFAULT:@SECLEVEL=0" }),
    verdict: fail(
      `${HOST}:443 serves a chain with a signature that is too weak, such as SHA-1; OpenSSL says "CA signature digest algorithm too weak".`,
      "Make a new one that is signed with SHA-256.",
    ),
  },
];

const clientCertificate = fail(
  `${HOST}:443 asks for a client certificate, and Telegram has none to show.`,
  "Do not ask for one at this address; a secretToken shows that a request is Telegram's.",
);
const noCertificate = (alert: string, also = ""): Row["verdict"] => ({
  ...fail(
    `${HOST}:443 refuses the handshake with the alert ${alert}: it has no certificate for ${HOST}${also}.`,
    `Give the server a certificate for ${HOST}; if it is still getting one, wait for that.`,
  ),
  mayChange: true,
});
const at = `127.0.0.1:443 (${HOST})`;
const silent = (says: string, cure = "See in the server's log why."): Row["verdict"] => ({
  outcome: "cannot tell",
  says,
  cure,
  mayChange: true,
});
const ssl = (words: string) => `SSL error {error:${words}}`;

/** What a client sends after its first bytes, which ends the handshake, never arrives. */
async function closingAfterHandshake(behind: TlsServer): Promise<TlsServer> {
  const front = await serveRaw((socket) => {
    const onwards = net.connect(behind.port, behind.address);
    onwards.on("error", () => socket.destroy());
    onwards.on("data", (bytes) => socket.write(bytes));
    socket.on("close", () => onwards.destroy());
    socket.once("data", (hello) => {
      onwards.write(hello);
      socket.once("data", () => socket.end());
    });
  });
  const closeFront = front.close;
  front.close = async () => {
    await closeFront();
    await behind.close();
  };
  return front;
}

const servers: Row[] = [
  {
    title: "a server of TLS 1.1 only",
    make: async ({ root }) => {
      const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" };
      return serve(await makeLeaf({ names, issuer: root }), [], undefined, old);
    },
    verdict: fail(`${HOST}:443 speaks only TLS that is older than 1.2.`, "Switch on TLS 1.2 and 1.3 there."),
    // With OpenSSL 3.5, that of Node.js 24, the fake server does not even offer these versions.
    telegram: process.versions.openssl.startsWith("3.0.")
      ? ssl("0A00014D:SSL routines::legacy sigalg disallowed or unsupported")
      : ssl("0A00042E:SSL routines::tlsv1 alert protocol version"),
  },
  {
    title: "a server of plain HTTP",
    make: () => alone(serveRaw((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))),
    verdict: fail(
      `${HOST}:443 answers with something that is not TLS, as a server of plain HTTP does.`,
      "Switch on TLS for this port, or give the port on which it is on.",
    ),
    telegram: ssl("0A00010B:SSL routines::wrong version number"),
  },
  {
    title: "a server that has an internal error",
    make: () => alone(serveAlert(80)),
    verdict: noCertificate("internal_error"),
    telegram: ssl("0A000438:SSL routines::tlsv1 alert internal error"),
  },
  {
    title: "a server that does not know the name",
    make: () => alone(serveAlert(112)),
    verdict: noCertificate("unrecognized_name"),
    telegram: ssl("0A000458:SSL routines::tlsv1 unrecognized name"),
  },
  {
    title: "a server without any certificate",
    make: () => alone(serveTls({ chain: [], key: "" })),
    verdict: noCertificate("handshake_failure", ", or no cipher that Telegram knows"),
    telegram: ssl("0A000410:SSL routines::sslv3 alert handshake failure"),
  },
  {
    title: "a server with an unusual alert",
    make: () => alone(serveAlert(49)),
    verdict: fail(
      `The TLS handshake with ${HOST}:443 fails; OpenSSL says "tlsv1 alert access denied".`,
      `Look at it with: openssl s_client -connect ${HOST}:443 -servername ${HOST}`,
    ),
    telegram: ssl("0A000419:SSL routines::tlsv1 alert access denied"),
  },
  {
    title: "a server of TLS 1.3 that wants a client certificate",
    make: async ({ root }) => serve(await makeLeaf({ names, issuer: root }), [], undefined, { requestCert: true }),
    verdict: clientCertificate,
    telegram: ssl("0A00045C:SSL routines::tlsv13 alert certificate required"),
  },
  {
    title: "a server of TLS 1.2 that wants a client certificate",
    make: async ({ root }) => {
      const options = { requestCert: true, maxVersion: "TLSv1.2" };
      return serve(await makeLeaf({ names, issuer: root }), [], undefined, options);
    },
    verdict: clientCertificate,
    telegram: ssl("0A000410:SSL routines::sslv3 alert handshake failure"),
  },
  {
    title: "a server that closes",
    make: () => alone(serveRaw((socket) => socket.once("data", () => socket.end()))),
    verdict: silent(
      `${at} closes the connection during the TLS handshake without a word. As long as no update waits, Telegram may report no error of this.`,
    ),
    telegram: "closed",
  },
  {
    title: "a server that closes after the handshake",
    make: async ({ root }) => {
      const leaf = await makeLeaf({ names, issuer: root });
      return alone(closingAfterHandshake(await serveTls({ chain: [leaf.certificate], key: leaf.key })));
    },
    verdict: silent(
      `${at} closes the connection right after the TLS handshake without a word. Servers that want a client certificate do so.`,
    ),
    telegram: "closed",
  },
  {
    title: "a server that resets",
    make: () => alone(serveRaw((socket) => socket.once("data", () => socket.resetAndDestroy()))),
    verdict: silent(`${at} resets the connection during the TLS handshake.`),
    telegram: "Connection reset by peer",
  },
  {
    title: "no server",
    make: async () => {
      const server = await serveRaw(() => undefined);
      await server.close();
      return { server };
    },
    verdict: silent(
      `Nothing listens on ${at}: the connection was refused.`,
      "Start the server. If only Telegram's addresses may connect, this is as it should be; otherwise open the port.",
    ),
    telegram: "Connection refused",
  },
];

/** Rows that are about the certificate alone. */
export const certificateRows: Row[] = [...good, ...dates, ...hosts, ...trust, ...makes];
export const rows: Row[] = [...certificateRows, ...servers];
