// What a BotEndpoint takes.
import type * as pulumi from "@pulumi/pulumi";
import type { DnsRecordArgs } from "../../provider/dns/record/resource";
import type { OnArgs, ProxyRouteArgs, ServerArgs } from "../../provider/proxy/route/resource";
import type { IssuerArgs, TlsCertificate, TlsCertificateArgs } from "../../provider/tls/certificate/resource";
import type { EndpointArgs, Without } from "../endpoint/args";

/** A certificate of your own. */
export interface PemArgs {
  /** What the endpoint serves: the certificate, then its chain. */
  certificatePem?: pulumi.Input<string>;
  privateKeyPem?: pulumi.Input<string>;
  /** What the webhook uploads, if no public authority signed it. */
  uploadPem?: pulumi.Input<string>;
}

/** A certificate of your own that another program renews, such as certbot: files on the machine of the route. */
export interface FilesArgs {
  /** Absolute paths: the certificate with its chain, and its key. haproxy: one file that has both, given twice. */
  files: { certificateFile: pulumi.Input<string>; keyFile: pulumi.Input<string> };
}

/** The record of an endpoint; what is left out is as in a {@link DnsRecord}. */
export interface EndpointRecordArgs extends Omit<DnsRecordArgs, "name" | "type" | "values"> {
  /** IPv4 address of the machine, or of each. */
  address: pulumi.Input<string> | pulumi.Input<string>[];
}

/** The rest of a {@link ProxyRoute}'s arguments. */
export type EndpointRouteArgs = Partial<Omit<ProxyRouteArgs, DecidedForRoute>>;

type AcmeArgs = Extract<Extract<IssuerArgs, { acme: unknown }>["acme"], { account: unknown }>;

/** The settings of an ACME issuer, of which `challenge` may be left out with `dns`: the vendor of the record then answers it. */
export type EndpointAcmeArgs = Omit<AcmeArgs, "challenge"> & Partial<Pick<AcmeArgs, "challenge">>;

/** A certificate that the endpoint makes. */
export type MadeCertificate = Omit<TlsCertificateArgs, "names" | "issuer"> & {
  issuer: IssuerArgs | { acme: EndpointAcmeArgs };
};

type DecidedForRoute = "server" | "on" | "hostname" | "listen" | "path" | "upstream" | "secretTokens";

/**
 * The arguments of a {@link BotEndpoint}. `preset`, `on`, `server`, `route`, `dns`, `certificate`, `secret` and `webhook` are plain
 * objects (the values inside may be outputs), since they decide which children there are.
 */
export interface BotEndpointArgs extends EndpointArgs {
  /** The host name of the url. Give either `hostname` or `ipAddress`. */
  hostname?: pulumi.Input<string>;
  /** The IPv4 address of the url, for a bot without a host name. */
  ipAddress?: pulumi.Input<string>;
  /** The IPv4 address and port where TLS is served: by the proxy server, or by the bot if there is none. Default 0.0.0.0:443. */
  listen?: pulumi.Input<string>;
  /** Where the bot listens behind the proxy server: `http://host[:port][/path]` or `unix:/socket[:/path]`. Required with a route. */
  upstream?: pulumi.Input<string>;
  /** The machine of the proxy server, or a list of machines with a route on each. Omit it for the machine where `pulumi` runs. */
  on?: OnArgs | OnArgs[];
  /** The proxy server with its settings, or `"skip"` for none. Default `{ nginx: {} }`. */
  server?: ServerArgs | "skip";
  /** The other arguments of the ProxyRoute, such as `attach`, `tls` and `onlyTelegram`. `attach` is `"listener"` unless given. */
  route?: EndpointRouteArgs;
  /** The A record of `hostname`: `{ zone, address, via }`, and other arguments of a DnsRecord. Default `"skip"`. */
  dns?: EndpointRecordArgs | "skip";
  /**
   * Who signs the certificate, or a certificate of your own. Default `{ selfSigned: {} }`, and `"skip"` with
   * `route.attach: "location"` or `route.tls`.
   */
  certificate?:
    | (IssuerArgs & Without<MadeCertificate & PemArgs>)
    | ({ acme: EndpointAcmeArgs } & Without<MadeCertificate & PemArgs>)
    | (MadeCertificate & Without<PemArgs>)
    | (PemArgs & Without<Omit<MadeCertificate, "issuer">>)
    | (FilesArgs & Without<MadeCertificate & PemArgs>)
    | TlsCertificate
    | "skip";
}
