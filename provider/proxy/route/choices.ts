// The choices among a route's arguments: the machine, and where the certificate of a listener comes from.
import { choice } from "../../core/choice";
import { flag, number, optional, secret, text, withDefault } from "../../core/leaf";
import type { ChoiceValueOf } from "../../core/choice-types";
import { certificatesText, keyText } from "../../x509/pem";
import * as rules from "../rules";

/** The machine, if it is not this one. The host key is demanded: nothing is trusted on first use. */
export const on = choice({
  ssh: {
    /** Host name or IPv4 address of the machine. */
    host: text(rules.sshHostProblem),
    /** The machine's public key: its file /etc/ssh/ssh_host_ed25519_key.pub. */
    hostKey: text(rules.hostKeyProblem),
    /** The port where sshd listens. Default 22. */
    port: optional(number(rules.portProblem)),
    /** The user who logs in. Default root. */
    user: optional(text(rules.userProblem)),
    /** The user's private key, PEM or OpenSSH, without a password. Omit it to use the keys of your ssh-agent. */
    privateKey: secret(optional(text(rules.privateKeyProblem, { compared: keyText }))),
    /** Whether ssh reads your own configuration. Default false. */
    useConfig: optional(flag()),
  },
});
export type On = ChoiceValueOf<typeof on>;
export type SshSettings = On["ssh"];

/** Where the certificate of a listener comes from. `"none"`: something in front has it. */
export const tls = choice(
  {
    pem: {
      /** The certificate, then its chain. */
      certificatePem: text(rules.servedCertificatesProblem, { compared: certificatesText }),
      /** The private key of the certificate, without a password. */
      privateKeyPem: secret(text(rules.servedKeyProblem, { compared: keyText })),
    },
    files: {
      /** The certificate, then its chain: an absolute path on the machine. */
      certificateFile: text(rules.fileProblem),
      /** The private key: an absolute path on the machine. haproxy: the same file as `certificateFile`, which has both. */
      keyFile: text(rules.fileProblem),
    },
    /** The server gets the certificate itself, from an ACME server, and renews it. Caddy only. */
    automatic: {
      /** URL of the ACME server's directory. Default: that of Let's Encrypt. */
      directoryUrl: withDefault(text(rules.automaticUrlProblem), "https://acme-v02.api.letsencrypt.org/directory"),
      /** The trust anchors of the ACME server itself: an absolute path on the machine. Omit it to use the machine's own. */
      rootsFile: optional(text(rules.fileProblem)),
    },
  },
  { words: ["none"], problems: { pem: rules.pemProblem } },
);
export type Tls = ChoiceValueOf<typeof tls>;
