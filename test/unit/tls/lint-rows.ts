// What endpoints serve and webhooks upload, good and bad: the rows on which three judges must agree.
import { KeyObject, randomBytes, sign, webcrypto, X509Certificate } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, Version } from "@peculiar/asn1-x509";
import * as x509 from "@peculiar/x509";

export interface KeyPair {
  pem: string;
  key: string;
}
interface Signer extends KeyPair {
  keys: webcrypto.CryptoKeyPair;
  name: x509.Name;
}

interface Wish {
  cn?: string;
  dns?: string[];
  ip?: string[];
  /** Absent: no basicConstraints at all. */
  ca?: boolean;
  pathLength?: number;
  usages?: x509.KeyUsageFlags;
  extended?: string[];
  /** Days from now. */
  from?: number;
  to?: number;
  by?: Signer;
  /** Its key and name again: a renewed certificate of the same authority. */
  as?: Signer;
  keyIdentifier?: false;
}

const ec = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const { KeyUsageFlags: usage } = x509;
const day = 86_400_000;
x509.cryptoProvider.set(webcrypto as never);

export async function make({ cn, dns = [], ip = [], from = -1, to = 30, by, as, ...rest }: Wish): Promise<Signer> {
  const keys = as?.keys ?? (await webcrypto.subtle.generateKey(ec, true, ["sign", "verify"]));
  const name = as?.name ?? new x509.Name(cn === undefined ? [] : [{ CN: [cn] }]);
  const names = [
    ...dns.map((value) => ({ type: "dns" as const, value })),
    ...ip.map((value) => ({ type: "ip" as const, value })),
  ];
  const extensions: x509.Extension[] = [
    ...(rest.ca === undefined ? [] : [new x509.BasicConstraintsExtension(rest.ca, rest.pathLength, true)]),
    ...(rest.usages === undefined ? [] : [new x509.KeyUsagesExtension(rest.usages, true)]),
    ...(rest.extended === undefined ? [] : [new x509.ExtendedKeyUsageExtension(rest.extended)]),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ...(by && rest.keyIdentifier !== false
      ? [await x509.AuthorityKeyIdentifierExtension.create(by.keys.publicKey)]
      : []),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `40${randomBytes(8).toString("hex")}`,
    subject: name,
    issuer: (by ?? { name }).name,
    notBefore: new Date(Date.now() + from * day),
    notAfter: new Date(Date.now() + to * day),
    publicKey: keys.publicKey,
    signingKey: (by?.keys ?? keys).privateKey,
    signingAlgorithm: ec,
    extensions,
  });
  const key = KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString();
  return { pem: `${certificate.toString("pem")}\n`, key, keys, name };
}

const root = (cn: string, more: Wish = {}) => make({ cn, ca: true, usages: usage.keyCertSign, ...more });
const leaf = (host: string, by: Signer, more: Wish = {}) =>
  make({ cn: host, dns: [host], ca: false, usages: usage.digitalSignature, by, ...more });

export interface Row {
  /** PEM in the order in which it is served. */
  served: string[];
  key: string;
  /** Nothing: public authorities count. */
  upload?: string[];
}

let publicRoot: Promise<Signer> | undefined;
/** The one root that is public in the tests. */
export const publicAuthority = () => (publicRoot ??= root("A public root"));

type Build = (host: string) => Promise<Row>;
const rowOf = (served: Signer, chain: Signer[] = [], upload?: Signer[]): Row => ({
  served: [served, ...chain].map(({ pem }) => pem),
  key: served.key,
  ...(upload && { upload: upload.map(({ pem }) => pem) }),
});
const own =
  (wish: (host: string) => Wish): Build =>
  async (host) => {
    const one = await make(wish(host));
    return rowOf(one, [], [one]);
  };
const ofRoot =
  (wish: (host: string) => Wish, rootWish: Wish = {}): Build =>
  async (host) => {
    const by = await root("A private root", rootWish);
    return rowOf(await make({ ca: false, usages: usage.digitalSignature, by, ...wish(host) }), [], [by]);
  };
const public_ =
  (wish: (host: string) => Wish): Build =>
  async (host) =>
    rowOf(await make({ ca: false, usages: usage.digitalSignature, by: await publicAuthority(), ...wish(host) }));

/** A chain of a root, an intermediate and a leaf. */
async function three(host: string, middleWish: Wish = {}, rootWish: Wish = {}, by?: Signer) {
  const top = by ?? (await root("A private root", rootWish));
  const middle = await root("An intermediate", { by: top, ...middleWish });
  return { top, middle, end: await leaf(host, middle) };
}

/** A leaf below so many intermediates, all of which are served. */
async function deep(host: string, intermediates: number): Promise<Row> {
  const top = await root("A private root");
  const chain = [top];
  for (let at = 1; at <= intermediates; at += 1)
    chain.unshift(await root(`Intermediate ${at}`, { by: chain[0] as Signer }));
  return rowOf(await leaf(host, chain[0] as Signer), chain.slice(0, -1), [top]);
}

/** The same certificate as version 1, which has no extensions: some old tools make roots so. */
function asVersion1({ pem, ...rest }: Signer): Signer {
  const { tbsCertificate, signatureAlgorithm } = AsnConvert.parse(new X509Certificate(pem).raw, Certificate);
  tbsCertificate.version = Version.v1;
  delete tbsCertificate.extensions;
  const signature = sign("sha256", Buffer.from(AsnConvert.serialize(tbsCertificate)), rest.key);
  const signatureValue = new Uint8Array(signature).buffer;
  const made = new Certificate({ tbsCertificate, signatureAlgorithm, signatureValue });
  return { ...rest, pem: new X509Certificate(Buffer.from(AsnConvert.serialize(made))).toString() };
}

const server = x509.ExtendedKeyUsage.serverAuth;
const client = x509.ExtendedKeyUsage.clientAuth;

/** Name, kind of host, whether Telegram accepts it, and how it is built. */
export const rows: [name: string, host: "name" | "address", isAccepted: boolean, build: Build][] = [
  ["self-signed, uploaded", "name", true, own((host) => ({ cn: host, dns: [host] }))],
  ["self-signed as openssl makes it, CA:TRUE", "name", true, own((host) => ({ cn: host, dns: [host], ca: true }))],
  ["self-signed, common name only", "name", true, own((cn) => ({ cn }))],
  ["self-signed, not uploaded", "name", false, async (host) => rowOf(await make({ cn: host, dns: [host] }))],
  [
    "self-signed, another one uploaded",
    "name",
    false,
    async (host) => rowOf(await make({ cn: host, dns: [host] }), [], [await make({ cn: host, dns: [host] })]),
  ],
  ["self-signed, expired", "name", false, own((host) => ({ cn: host, dns: [host], from: -9, to: -1 }))],
  ["self-signed, not valid yet", "name", false, own((host) => ({ cn: host, dns: [host], from: 1 }))],
  ["self-signed for another host", "name", false, own(() => ({ cn: "x", dns: ["other.example.com"] }))],
  [
    "self-signed, the common name fits and the DNS name does not",
    "name",
    false,
    own((cn) => ({ cn, dns: ["other.example.com"] })),
  ],
  ["self-signed with a wildcard of one label", "name", true, own(() => ({ cn: "x", dns: ["*.example.com"] }))],
  ["self-signed with a wildcard one label too high", "name", false, own(() => ({ cn: "x", dns: ["*.com"] }))],
  ["self-signed, for clients only", "name", false, own((host) => ({ cn: host, dns: [host], extended: [client] }))],
  ["self-signed, for servers", "name", true, own((host) => ({ cn: host, dns: [host], extended: [server, client] }))],
  [
    "self-signed, may only sign others",
    "name",
    false,
    own((host) => ({ cn: host, dns: [host], ca: true, usages: usage.keyCertSign })),
  ],
  ["an address as common name, without others", "address", true, own((cn) => ({ cn }))],
  ["an address as common name and IP name", "address", true, own((cn) => ({ cn, ip: [cn] }))],
  ["an address as DNS name", "address", true, own((host) => ({ cn: "x", dns: [host] }))],
  ["an address as IP name with another common name", "address", false, own((host) => ({ cn: "x", ip: [host] }))],
  [
    "an address as common name beside a DNS name",
    "address",
    false,
    own((cn) => ({ cn, ip: [cn], dns: ["bot.example.com"] })),
  ],
  ["of a private root, uploaded", "name", true, ofRoot((host) => ({ cn: host, dns: [host] }))],
  ["of a private root, for an address", "address", true, ofRoot((host) => ({ cn: host, ip: [host] }))],
  ["of a private root, expired", "name", false, ofRoot((host) => ({ cn: host, dns: [host], from: -9, to: -1 }))],
  [
    "of a private root that expired",
    "name",
    false,
    ofRoot((host) => ({ cn: host, dns: [host] }), { from: -9, to: -1 }),
  ],
  [
    "of a private root that may not sign",
    "name",
    false,
    ofRoot((host) => ({ cn: host, dns: [host] }), { ca: false, usages: usage.digitalSignature }),
  ],
  [
    "of a private root for clients only",
    "name",
    false,
    ofRoot((host) => ({ cn: host, dns: [host] }), { extended: [client] }),
  ],
  ["of a private root, for another host", "name", false, ofRoot(() => ({ cn: "x", dns: ["other.example.com"] }))],
  [
    "of a private root, the leaf uploaded",
    "name",
    false,
    async (host) => {
      const end = await leaf(host, await root("A private root"));
      return rowOf(end, [], [end]);
    },
  ],
  [
    "of a private root, leaf and root uploaded",
    "name",
    true,
    async (host) => {
      const by = await root("A private root");
      const end = await leaf(host, by);
      return rowOf(end, [], [end, by]);
    },
  ],
  [
    "of a private root, another one uploaded",
    "name",
    false,
    async (host) => rowOf(await leaf(host, await root("A private root")), [], [await root("A private root")]),
  ],
  [
    "of the second root of a bundle",
    "name",
    true,
    async (host) => {
      const roots = [await root("Previous"), await root("Current"), await root("Next")];
      return rowOf(await leaf(host, roots[1] as Signer), [], roots);
    },
  ],
  [
    "of a renewed root with the same key, the old one expired",
    "name",
    true,
    async (host) => {
      const old = await root("A private root", { from: -9, to: -1 });
      const renewed = await root("A private root", { as: old });
      return rowOf(await leaf(host, renewed), [], [old, renewed]);
    },
  ],
  [
    "of a private root of version 1, without extensions",
    "name",
    true,
    async (host) => {
      const old = asVersion1(await make({ cn: "An old root" }));
      return rowOf(await leaf(host, old), [], [old]);
    },
  ],
  [
    "of a private root without basicConstraints that may sign by its key usage",
    "name",
    true,
    async (host) => {
      const plain = await make({ cn: "A plain root", usages: usage.keyCertSign });
      return rowOf(await leaf(host, plain), [], [plain]);
    },
  ],
  [
    "of a private root without keyCertSign",
    "name",
    false,
    async (host) => {
      const by = await root("A private root", { usages: usage.cRLSign });
      return rowOf(await leaf(host, by), [], [by]);
    },
  ],
  [
    "with an intermediate without basicConstraints",
    "name",
    false,
    async (host) => {
      const top = await root("A private root");
      const middle = await make({ cn: "An intermediate", usages: usage.keyCertSign, by: top });
      return rowOf(await leaf(host, middle), [middle], [top]);
    },
  ],
  [
    "self-signed without key identifiers, the first of its name in the upload",
    "name",
    true,
    async (host) => {
      const [one, two] = [await make({ cn: host }), await make({ cn: host })];
      return rowOf(one, [], [one, two]);
    },
  ],
  [
    "self-signed without key identifiers, the second of its name in the upload",
    "name",
    false,
    async (host) => {
      const [one, two] = [await make({ cn: host }), await make({ cn: host })];
      return rowOf(two, [], [one, two]);
    },
  ],
  [
    "self-signed without key identifiers, the second of its name after one that expired",
    "name",
    true,
    async (host) => {
      const [one, two] = [await make({ cn: host, from: -9, to: -1 }), await make({ cn: host })];
      return rowOf(two, [], [one, two]);
    },
  ],
  [
    "of the second root of its name in the upload, without key identifiers",
    "name",
    false,
    async (host) => {
      const [one, two] = [await root("A private root"), await root("A private root")];
      return rowOf(await leaf(host, two, { keyIdentifier: false }), [], [one, two]);
    },
  ],
  [
    "of the second root of its name in the upload, with key identifiers",
    "name",
    true,
    async (host) => {
      const [one, two] = [await root("A private root"), await root("A private root")];
      return rowOf(await leaf(host, two), [], [one, two]);
    },
  ],
  ["below ten intermediates", "name", true, (host) => deep(host, 10)],
  ["below eleven intermediates", "name", false, (host) => deep(host, 11)],
  [
    "with an intermediate that is served",
    "name",
    true,
    async (host) => {
      const { top, middle, end } = await three(host);
      return rowOf(end, [middle], [top]);
    },
  ],
  [
    "with an intermediate that is uploaded",
    "name",
    true,
    async (host) => {
      const { top, middle, end } = await three(host);
      return rowOf(end, [], [middle, top]);
    },
  ],
  [
    "with an intermediate that is missing",
    "name",
    false,
    async (host) => {
      const { top, end } = await three(host);
      return rowOf(end, [], [top]);
    },
  ],
  [
    "with the full chain uploaded and no root",
    "name",
    false,
    async (host) => {
      const { middle, end } = await three(host);
      return rowOf(end, [middle], [end, middle]);
    },
  ],
  [
    "with root and extra certificates served in any order",
    "name",
    true,
    async (host) => {
      const { top, middle, end } = await three(host);
      return rowOf(end, [top, await root("A stranger"), middle], [top]);
    },
  ],
  [
    "with an expired intermediate",
    "name",
    false,
    async (host) => {
      const { top, middle, end } = await three(host, { from: -9, to: -1 });
      return rowOf(end, [middle], [top]);
    },
  ],
  [
    "with an intermediate that may not sign",
    "name",
    false,
    async (host) => {
      const { top, middle, end } = await three(host, { ca: false });
      return rowOf(end, [middle], [top]);
    },
  ],
  [
    "with an intermediate below a root that allows none",
    "name",
    false,
    async (host) => {
      const { top, middle, end } = await three(host, {}, { pathLength: 0 });
      return rowOf(end, [middle], [top]);
    },
  ],
  ["of a public root", "name", true, public_((host) => ({ cn: host, dns: [host] }))],
  ["of a public root, with an address as IP name", "address", true, public_((host) => ({ cn: "x", ip: [host] }))],
  ["of a public root, with an address as common name only", "address", false, public_((cn) => ({ cn }))],
  ["of a public root, expired", "name", false, public_((host) => ({ cn: host, dns: [host], from: -9, to: -1 }))],
  ["of a public root, for another host", "name", false, public_(() => ({ cn: "x", dns: ["other.example.com"] }))],
  [
    "of a public root, its leaf uploaded",
    "name",
    false,
    async (host) => {
      const end = await leaf(host, await publicAuthority());
      return rowOf(end, [], [end]);
    },
  ],
  [
    "of a public root, while a private root is uploaded",
    "name",
    false,
    async (host) => rowOf(await leaf(host, await publicAuthority()), [], [await root("A private root")]),
  ],
  [
    "of a public root, its intermediate served",
    "name",
    true,
    async (host) => {
      const { middle, end } = await three(host, {}, {}, await publicAuthority());
      return rowOf(end, [middle]);
    },
  ],
  [
    "of a public root, its intermediate missing",
    "name",
    false,
    async (host) => {
      const { end } = await three(host, {}, {}, await publicAuthority());
      return rowOf(end);
    },
  ],
  [
    "of a private root that is served and not uploaded",
    "name",
    false,
    async (host) => {
      const by = await root("A private root");
      return rowOf(await leaf(host, by), [by]);
    },
  ],
];
