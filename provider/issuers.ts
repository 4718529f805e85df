// Who can sign a TlsCertificate, one line each: the one place where certificates meet the systems that prove names. Types, check, masking and what acts follow from this list.
import { choiceOf } from "./core/choice";
import type { ChoiceValueOf } from "./core/choice-types";
import { via } from "./dns/vendors";
import * as httpRules from "./proxy/challenge-rules";
import { on } from "./proxy/route/choices";
import { server } from "./proxy/servers";
import { acmeIssuer } from "./tls/issuers/acme";
import { privateCa } from "./tls/issuers/private-ca";
import { selfSigned } from "./tls/issuers/self-signed";

export const issuers = [selfSigned, privateCa, acmeIssuer({ via, server, on, httpRules })] as const;

/** Who signs: exactly one key. */
export const issuer = choiceOf(issuers);
export type Issuer = ChoiceValueOf<typeof issuer>;
