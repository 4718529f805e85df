// What an AcmeAccount takes and keeps.
import { letsEncrypt } from "../../acme/directory-url";
import type { Facts, Fields, Logic } from "../../core/logic";
import { problem } from "../../core/rules";
import type { Schema } from "../../core/schema";
import { keyText } from "../../x509/pem";
import type { KeyType } from "../../x509/make";
import * as rules from "../rules";

/** What a customer of an authority was given, to make accounts with. */
export interface Eab {
  keyId: string;
  /** base64url. */
  hmacKey: string;
}

/** The arguments in normal form, as stored. */
export interface AccountInputs {
  directoryUrl: string;
  contact?: string[];
  eab?: Eab;
  keyType: KeyType;
  existingKeyPem?: string;
  rotateTrigger?: string;
  deactivateOnDestroy: boolean;
}

/** What is made. */
export interface AccountFacts {
  accountUrl: string;
  privateKeyPem: string;
  /** Of the key, RFC 7638. */
  thumbprint: string;
}

export type AccountState = AccountInputs & AccountFacts;

const eabSchema: Schema = {
  type: "object",
  properties: { keyId: { type: "string" }, hmacKey: { type: "string", secret: true } },
  required: ["keyId", "hmacKey"],
};

export const accountFields: Fields<AccountInputs> = {
  directoryUrl: {
    kind: "string",
    default: letsEncrypt,
    onChange: "createThenDelete",
    problem: rules.directoryUrlProblem,
    accept: (url) => new URL(url).href,
  },
  contact: { kind: "strings", optional: true, problem: rules.contactProblem },
  eab: { kind: "shape", optional: true, secret: true, schema: eabSchema, problem: rules.eabProblem },
  keyType: { kind: "string", default: "ec-p256", problem: rules.keyTypeProblem },
  existingKeyPem: {
    kind: "string",
    optional: true,
    secret: true,
    problem: rules.accountKeyProblem,
    compared: keyText,
  },
  rotateTrigger: { kind: "string", optional: true, problem: rules.triggerProblem },
  deactivateOnDestroy: { kind: "boolean", default: false, omitDefault: true },
};

export const accountFacts: Facts<AccountFacts> = {
  accountUrl: { kind: "string" },
  privateKeyPem: { kind: "string", secret: true },
  thumbprint: { kind: "string" },
};

/** The account's logic: its id is the account's URL, so another directory replaces it. */
export function accountLogic(
  lifecycle: Logic<AccountInputs, AccountFacts>["lifecycle"],
): Logic<AccountInputs, AccountFacts> {
  return {
    type: "AcmeAccount",
    schemaVersion: 1,
    fields: accountFields,
    facts: accountFacts,
    check: ({ known, unknown }) =>
      known.existingKeyPem !== undefined && known.rotateTrigger !== undefined && !unknown.has("rotateTrigger")
        ? [
            problem<AccountInputs>(
              "rotateTrigger",
              "must be left out where existingKeyPem says which key the account has",
            ),
          ]
        : [],
    asks: ({ known: { directoryUrl: url } }) => (url === undefined ? undefined : { field: "directoryUrl", url }),
    lifecycle,
  };
}
