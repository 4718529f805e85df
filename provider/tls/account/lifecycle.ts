// The order of events of an ACME account: found by its key or made, its key and contacts changed; deactivated only when asked.
import * as accounts from "../../acme/accounts";
import type { Holder } from "../../acme/accounts";
import { AcmeConnection } from "../../acme/connection";
import { signingKey, thumbprint } from "../../acme/jws";
import type { SigningKey } from "../../acme/jws";
import type { Kept, KeptFile } from "../../acme/kept";
import type { Nonces } from "../../acme/nonces";
import { errors as acmeErrors } from "../../acme/errors";
import { isFailure } from "../../core/failure";
import type { Failure } from "../../core/failure-types";
import type { HttpClient } from "../../core/http";
import type { Applied, Lifecycle, OperationContext, Read } from "../../core/logic";
import { isObject, isTriggered } from "../../core/rules";
import { keyText } from "../../x509/pem";
import type { KeyType } from "../../x509/make";
import { errors } from "../errors";
import { lines, noticeParts, warnings } from "../notices";
import type { AccountFacts, AccountInputs, AccountState } from "./fields";

/** What all accounts of a process share. */
export interface AccountServices {
  http: HttpClient;
  nonces: Nonces;
  kept: Kept;
}

export function accountLifecycle({ http, nonces, kept }: AccountServices): Lifecycle<AccountInputs, AccountFacts> {
  return { apply, read, remove };

  function connect(directoryUrl: string, context: OperationContext): AcmeConnection {
    return new AcmeConnection({ directoryUrl, http, nonces, context });
  }

  /** A key that may be the account's already, though no state says so. */
  function nextKeyOf({ directoryUrl, accountUrl }: AccountState): KeptFile {
    return kept.file("next-key", directoryUrl, accountUrl);
  }

  async function apply(
    old: AccountState | undefined,
    inputs: AccountInputs,
    context: OperationContext,
  ): Promise<Applied<AccountInputs, AccountFacts>> {
    const server = connect(inputs.directoryUrl, context);
    const facts = old ? await changed(old, inputs, server, context) : await made(inputs, server, context);
    return { id: facts.accountUrl, inputs, facts };
  }

  async function made(inputs: AccountInputs, server: AcmeConnection, context: OperationContext): Promise<AccountFacts> {
    const privateKeyPem = inputs.existingKeyPem ?? (await newKey(inputs.keyType));
    context.hide(privateKeyPem);
    const key = keyOf(privateKeyPem);
    const contact = mailtos(inputs);
    hideBytesOf(inputs.eab?.hmacKey, context);
    const { accountUrl, account, isNew } = await accounts.makeAccount(server, key, {
      contact,
      ...(inputs.eab && { binding: inputs.eab }),
    });
    const { name } = context;
    if (!isNew) context.log(lines.accountFound({ name, accountUrl }));
    const holder = { server, key, accountUrl };
    if (!isNew && inputs.contact && isOther(account.contact, contact)) await accounts.changeContact(holder, contact);
    return { accountUrl, privateKeyPem: keyText(privateKeyPem), thumbprint: await thumbprint(key) };
  }

  async function changed(
    old: AccountState,
    inputs: AccountInputs,
    server: AcmeConnection,
    context: OperationContext,
  ): Promise<AccountFacts> {
    const holder = await holderOf(old, server, context);
    const { accountUrl } = old;
    let { privateKeyPem } = holder;
    const wanted = inputs.existingKeyPem;
    const isOtherKey = wanted !== undefined && keyText(wanted) !== keyText(privateKeyPem);
    // A rollover that was killed is done already.
    const isDone = privateKeyPem !== old.privateKeyPem;
    if (isOtherKey || (isTriggered(old.rotateTrigger, inputs.rotateTrigger) && !isDone)) {
      privateKeyPem = await rolledOver(old, holder, wanted ?? (await newKey(inputs.keyType)), context);
    }
    const key = keyOf(privateKeyPem);
    const facts = { accountUrl, privateKeyPem: keyText(privateKeyPem), thumbprint: await thumbprint(key) };
    if (isOther(old.contact, inputs.contact)) {
      await accounts.changeContact({ server, key, accountUrl }, mailtos(inputs));
    }
    return facts;
  }

  /** The key is written down before the server has it: otherwise a run that is killed in between would lose the account. */
  async function rolledOver(
    old: AccountState,
    holder: Holder,
    next: string,
    context: OperationContext,
  ): Promise<string> {
    context.hide(next);
    const file = nextKeyOf(old);
    const { name } = context;
    try {
      file.write({ privateKeyPem: next });
    } catch (error) {
      throw errors.ACME_NOTHING_KEPT.nextKey({ name, said: (error as Error).message });
    }
    await accounts.changeKey(holder, keyOf(next));
    context.log(lines.accountKey({ name, accountUrl: old.accountUrl }));
    return next;
  }

  /** Who signs: the recorded key, or the one that a killed run was about to give the account. */
  async function holderOf(
    old: AccountState,
    server: AcmeConnection,
    context: OperationContext,
  ): Promise<Holder & { privateKeyPem: string }> {
    const { accountUrl } = old;
    const kept_ = nextKeyOf(old).read();
    const next = isObject(kept_) && typeof kept_["privateKeyPem"] === "string" ? kept_["privateKeyPem"] : undefined;
    if (next !== undefined && keyText(next) !== old.privateKeyPem) {
      context.hide(next);
      const key = signingKey(next);
      if (key && (await accounts.findAccount(server, key)) === accountUrl) {
        context.log(lines.accountKeyKept({ name: context.name, accountUrl }));
        return { server, key, accountUrl, privateKeyPem: next };
      }
    }
    if (next !== undefined) nextKeyOf(old).remove();
    return { server, key: keyOf(old.privateKeyPem), accountUrl, privateKeyPem: old.privateKeyPem };
  }

  async function read(old: AccountState, context: OperationContext): Promise<Read<AccountInputs, AccountFacts>> {
    const { name } = context;
    const server = connect(old.directoryUrl, context);
    try {
      const holder = await holderOf(old, server, context);
      const { status, contact } = await accounts.readAccount(holder);
      if (status !== "valid") {
        context.log(lines.accountClosed({ name, accountUrl: old.accountUrl, status }));
        return "gone";
      }
      const facts = { ...old, privateKeyPem: keyText(holder.privateKeyPem), thumbprint: await thumbprint(holder.key) };
      // A server may keep no contacts, and then it shows none: that is no change. Those of an account that declares none are somebody else's.
      const isDrifted = old.contact !== undefined && contact.length > 0 && isOther(contact, mailtos(old));
      const shown = contact.map((one) => one.replace(/^mailto:/, ""));
      if (isDrifted) context.log(lines.accountContact({ name, contact: shown.join(", ") }));
      return { inputs: isDrifted ? { ...old, contact: shown } : old, facts };
    } catch (error) {
      if (!isFailure(error)) throw error;
      if (await isLost(error, old, server)) {
        context.log(lines.accountRefused({ name, said: error.message }));
        return "gone";
      }
      return { unreadable: noticeParts.accountUnreadable({ name, said: error.message }) };
    }
  }

  async function remove(old: AccountState, context: OperationContext): Promise<void> {
    if (!old.deactivateOnDestroy) {
      nextKeyOf(old).remove();
      return;
    }
    const server = connect(old.directoryUrl, context);
    try {
      await accounts.deactivateAccount(await holderOf(old, server, context));
    } catch (error) {
      if (!isFailure(error) || !(await isLost(error, old, server))) throw error;
      context.warn(warnings.accountNotDeactivated({ name: context.name, said: error.message }));
    }
    nextKeyOf(old).remove();
  }
}

/** Whether the account is not there for its key any more: a server may call that a signature that does not fit. */
async function isLost({ code }: Failure, old: AccountState, server: AcmeConnection): Promise<boolean> {
  if (code === acmeErrors.ACME_ACCOUNT_REFUSED.code) return true;
  if (code !== acmeErrors.ACME_REFUSED.code) return false;
  return (await accounts.findAccount(server, keyOf(old.privateKeyPem)).catch(() => old.accountUrl)) !== old.accountUrl;
}

async function newKey(keyType: KeyType): Promise<string> {
  const { makeKey } = require("../../x509/request") as typeof import("../../x509/request");
  return makeKey(keyType);
}

function keyOf(privateKeyPem: string): SigningKey {
  const key = signingKey(privateKeyPem);
  if (!key) throw errors.ACME_KEY_UNUSABLE.kind();
  return key;
}

function mailtos({ contact = [] }: Pick<AccountInputs, "contact">): string[] {
  return contact.map((one) => `mailto:${one}`);
}

/** Their order means nothing. */
function isOther(one: readonly string[] = [], other: readonly string[] = []): boolean {
  return [...one].sort().join("\n") !== [...other].sort().join("\n");
}

/** A server may quote an HMAC key in another form than the one that was given: as bytes, in hex or in another base64. */
function hideBytesOf(hmacKey: string | undefined, context: OperationContext): void {
  if (hmacKey === undefined) return;
  const bytes = Buffer.from(hmacKey, "base64url");
  for (const form of ["latin1", "utf8", "hex", "base64"] as const) context.hide(bytes.toString(form));
}
