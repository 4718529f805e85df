// The certificate of an endpoint: made by which issuer, or one of your own; what an ACME issuer takes from the rest of the endpoint.
import * as pulumi from "@pulumi/pulumi";
import { acmeTestHosts } from "../../provider/constants/acme";
import { isObject, listed } from "../../provider/core/rules";
import { isOpaque, leavesOfResources } from "../../provider/host/inputs";
import { issuer as issuerChoice, issuers } from "../../provider/issuers";
import type { TlsCertificateArgs } from "../../provider/tls/certificate/resource";
import type { BotEndpointArgs, EndpointRecordArgs, EndpointRouteArgs, MadeCertificate, PemArgs } from "./args";
import type { EndpointPlan } from "./plan";

type Certificate = BotEndpointArgs["certificate"];
type Refuse = (says: string) => Error;
type Values = Record<string, unknown>;

const productionAccount =
  "give an account of the authority's own server, such as Let's Encrypt's, which an AcmeAccount has when directoryUrl is left out";

/** What is none, or a mixture of several, in one sentence with the cure. */
export function certificateArgumentProblem({ certificate, dns }: BotEndpointArgs): string | undefined {
  const keys = [...issuers.map(({ name }) => name), "issuer", "certificatePem", "uploadPem"];
  if (certificate === undefined || certificate === "skip") return undefined;
  if (typeof certificate === "object" && keys.some((key) => key in certificate))
    return mixtureProblem(certificate) ?? challengeProblem(certificate, dns);
  const shapes = issuers.map(({ name, settings }) => `{ ${name}: ${Object.keys(settings).length === 0 ? "{}" : "…"} }`);
  return `certificate must be ${shapes.join(", ")}, { issuer, … }, { certificatePem, privateKeyPem }, { files: … } or "skip"`;
}

/** Files that another program renews are the route's, which serves them: nothing is made, and nothing uploaded. */
export function withFilesOfRoute(args: BotEndpointArgs, refuse: Refuse): BotEndpointArgs {
  const { certificate, route, server, ...rest } = args;
  if (!isObject(certificate) || pulumi.Resource.isInstance(certificate)) return args;
  const { files, ...others } = certificate as Values;
  if (files === undefined) return args;
  const beside = Object.keys(others).filter((key) => others[key] !== undefined);
  if (beside.length > 0)
    throw refuse(
      `certificate has ${listed(beside, "and")} beside files: it is either made or renewed by another program; keep one form`,
    );
  if (server === "skip")
    throw refuse(
      'certificate.files are served by a route, and server "skip" makes none: let the bot read the files, and give certificate: "skip"',
    );
  if (route?.attach === "location")
    throw refuse(
      'certificate.files are for a listener, and with route.attach "location" your own server has the certificate; leave certificate out',
    );
  if (route?.tls !== undefined)
    throw refuse("route.tls and certificate are two certificates for one listener; keep one of them");
  const tls = { files } as EndpointRouteArgs["tls"];
  return { ...rest, ...(server && { server }), route: { ...route, ...(tls && { tls }) } };
}

/** A resource has further outputs; an object of the program's own has one of the forms. */
function mixtureProblem(certificate: object): string | undefined {
  if (pulumi.Resource.isInstance(certificate)) return undefined;
  const keys = Object.entries(certificate).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  const pem = keys.filter((key) => /Pem$/.test(key));
  // One of another copy of the class has its issuer as an output, which nothing can be made with.
  const rest = keys.filter((key) => !pem.includes(key) && !isOpaque((certificate as Values)[key]));
  if (pem.length > 0) {
    if (rest.length === 0) return undefined;
    return `certificate has ${listed(rest, "and")} beside ${listed(pem, "and")}: it is either one of your own or made; keep one form`;
  }
  const [issuer] = issuers.flatMap(({ name }) => (keys.includes(name) ? [name] : []));
  const beside = keys.filter((key) => key !== issuer && key !== "issuer");
  if (issuer === undefined || keys.length === 1) return undefined;
  if (keys.includes("issuer") || beside.some((key) => issuers.some(({ name }) => name === key))) {
    return "certificate has several issuers; keep one of them";
  }
  return `certificate has ${listed(beside, "and")} beside ${issuer}; write { issuer: { ${issuer}: … }, ${beside.map((key) => `${key}: …`).join(", ")} }`;
}

/** A certificate that the route's server gets itself, as far as its directory is plain. */
export function automaticProblem({ route }: BotEndpointArgs): string | undefined {
  const tls: unknown = route?.tls;
  const automatic = isObject(tls) && !isOpaque(tls) ? tls["automatic"] : undefined;
  if (!isObject(automatic) || isOpaque(automatic)) return undefined;
  return testDirectoryProblem("route.tls.automatic", automatic["directoryUrl"], "leave directoryUrl out");
}

/** Without `dns` nobody can tell how the server is to see that the name is yours. */
function challengeProblem(certificate: object, dns: BotEndpointArgs["dns"]): string | undefined {
  const settings = acmeIn(issuerOf(certificate));
  if (!isObject(settings) || isOpaque(settings) || settings["challenge"] !== undefined || typeof dns === "object")
    return undefined;
  return "certificate.acme needs challenge, by which the server sees that the name is yours: give dns, whose vendor then answers it, or a challenge";
}

/** The issuer that a certificate is to be made with; nothing for one of your own. */
function issuerOf(certificate: object): unknown {
  return "issuer" in certificate ? certificate.issuer : certificate;
}

/** The settings of an ACME issuer, in whatever form they are given. */
function acmeIn(issuer: unknown): unknown {
  return isObject(issuer) && !isOpaque(issuer) ? issuer["acme"] : undefined;
}

/** Whether a public authority signs it, so that nothing is uploaded; as far as the plain part tells. */
export function isPublic(certificate: Certificate): boolean {
  if (typeof certificate !== "object") return false;
  if ("certificatePem" in certificate) return certificate.uploadPem === undefined;
  return acmeIn(issuerOf(certificate)) !== undefined;
}

/** What is made, or one of your own, in its full form; `refuse` makes the error. */
export function certificateOf(
  { certificate, route, server, dns }: BotEndpointArgs,
  refuse: Refuse,
): Pick<EndpointPlan, "certificate" | "pem"> {
  const isElsewhere = server !== "skip" && (route?.attach === "location" || route?.tls !== undefined);
  const wanted = certificate ?? (isElsewhere ? "skip" : { selfSigned: {} });
  if (wanted === "skip") return { certificate: undefined, pem: undefined };
  if ("certificatePem" in wanted || "uploadPem" in wanted) {
    return { certificate: undefined, pem: pulumi.Resource.isInstance(wanted) ? trusted(wanted, refuse) : wanted };
  }
  const made = ("issuer" in wanted ? wanted : { issuer: wanted }) as MadeCertificate;
  const issuer = withEndpoint(made.issuer, dns === "skip" ? undefined : dns, refuse);
  return { certificate: { ...made, issuer }, pem: undefined };
}

/** An ACME issuer is asked of which server it is, and proves the name at the vendor of the record unless it says how. */
function withEndpoint(
  given: MadeCertificate["issuer"],
  dns: EndpointRecordArgs | undefined,
  refuse: Refuse,
): TlsCertificateArgs["issuer"] {
  const issuer = leavesOfResources(issuerChoice, given) as TlsCertificateArgs["issuer"];
  const settings = acmeIn(issuer);
  if (!isObject(settings)) return issuer;
  const usual = dns && { dns01: challengeBy(dns) };
  const settled = (all: Values, answered: unknown) => {
    return { ...all, account: withAccount(all["account"], refuse), challenge: all["challenge"] ?? answered };
  };
  const acme = isOpaque(settings)
    ? pulumi.all([settings as pulumi.Input<Values>, usual]).apply(([all, answered]) => settled(all, answered))
    : settled(settings, usual);
  return { acme } as unknown as typeof issuer;
}

function challengeBy({ via, zone, nameServers, waitSeconds }: EndpointRecordArgs): Values {
  // A record may be made without waiting for it; a challenge may not.
  const wait = (seconds: number | undefined) => (seconds === undefined || seconds === 0 ? undefined : seconds);
  return {
    ...{ via, zone },
    ...(nameServers !== undefined && { nameServers }),
    ...(waitSeconds !== undefined && {
      waitSeconds: typeof waitSeconds === "number" ? wait(waitSeconds) : pulumi.output(waitSeconds).apply(wait),
    }),
  };
}

/** The account, unless its server signs for trying out: told as soon as its directory is known, which a preview's is. */
function withAccount(account: unknown, refuse: Refuse): unknown {
  const judge = (url: unknown) => {
    const says = testDirectoryProblem("certificate", url, productionAccount);
    if (says !== undefined) throw refuse(says);
    return url;
  };
  const judged = (all: unknown): unknown => {
    if (!isObject(all)) return all;
    const url = all["directoryUrl"];
    return {
      ...all,
      directoryUrl: isOpaque(url) ? pulumi.output(url as pulumi.Output<string>).apply(judge) : judge(url),
    };
  };
  return isOpaque(account) ? pulumi.output(account as pulumi.Output<string>).apply(judged) : judged(account);
}

/** A TlsCertificate of your own says in its issuer which server signed it. The key is secret anyway, and so may depend on that. */
function trusted(certificate: PemArgs & { issuer?: unknown }, refuse: Refuse): PemArgs {
  const { certificatePem, privateKeyPem, uploadPem, issuer } = certificate;
  if (!isOpaque(issuer) || privateKeyPem === undefined) return certificate;
  const ownKey = pulumi.output(privateKeyPem);
  // Not `all`: in a preview the issuer is known and the key is not.
  const key = pulumi.output(issuer as pulumi.Output<string>).apply((by: unknown) => {
    const settings = acmeIn(by);
    withAccount(isObject(settings) ? settings["account"] : undefined, refuse);
    return ownKey;
  });
  return {
    ...(certificatePem !== undefined && { certificatePem }),
    ...(uploadPem !== undefined && { uploadPem }),
    privateKeyPem: key,
  };
}

/** `cure` continues the sentence. */
function testDirectoryProblem(what: string, url: unknown, cure: string): string | undefined {
  const host = typeof url === "string" && URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, "") : "";
  if (!acmeTestHosts.includes(host)) return undefined;
  return `${what} is of ${host}, an ACME server for trying out: nobody trusts what it signs, and Telegram would not deliver; ${cure}`;
}
