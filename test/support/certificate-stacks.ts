// A certificate or an authority as a stack of its own, in process, with a clock that stands still.
import { X509Certificate } from "node:crypto";
import { logics } from "../../provider/registry";
import type { AuthorityState } from "../../provider/tls/authority/fields";
import type { CertificateState } from "../../provider/tls/certificate/fields";
import { anchorOf } from "../../provider/x509/chain";
import { blocksOf, holds } from "../../provider/x509/pem";
import { inProcess } from "./in-process";

export const begin = Date.parse("2026-01-01T00:00:00Z");
export const day = 86_400_000;
export const names = ["bot.example.com"];

/** A stack of one resource and a clock that stands still. */
export function newStack<S extends CertificateState | AuthorityState>(logic: object, clock = { time: begin }) {
  const time = { now: () => new Date(clock.time), advance: () => Promise.resolve() };
  const stack = inProcess({}, time, logic as typeof logics.WebhookSecret);
  return {
    ...stack,
    state: () => stack.state() as unknown as S,
    pass: (days: number) => (clock.time += days * day),
  };
}
export const newCertificate = (clock?: { time: number }) => newStack<CertificateState>(logics.TlsCertificate, clock);
export const newAuthority = (clock?: { time: number }) => newStack<AuthorityState>(logics.CertificateAuthority, clock);

export const count = (pem: string) => blocksOf(pem).length;
export const read = (pem: string) => new X509Certificate(pem);
export const of = ({ certificatePem, privateKeyPem }: AuthorityState) => ({
  privateCa: { certificatePem, privateKeyPem },
});

/** Whether Telegram, which was given `upload`, trusts an endpoint that serves this. */
export function isTrusted(upload: string, served: string): boolean {
  const anchor = anchorOf(served, upload);
  return anchor !== undefined && holds(upload, anchor);
}
