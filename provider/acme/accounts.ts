// Accounts of an ACME server: made or found by their key, read, given another key or contact, deactivated. Source: RFC 8555 7.3.
import { isFailure } from "../core/failure";
import type { Failure } from "../core/failure-types";
import { accountIn, accountUrlIn } from "./answers";
import type { Account } from "./answers";
import type { AcmeConnection, Signer } from "./connection";
import { errors } from "./errors";
import { bound, signedByNewKey } from "./jws";
import type { Binding, SigningKey } from "./jws";
import { noticeParts } from "./notices";

/** Who signs with an account. */
export type Holder = Signer & { accountUrl: string };

export interface AccountSettings {
  /** "mailto:admin@example.com" */
  contact?: readonly string[];
  binding?: Binding;
}

/** The key's account; made if there is none, which agrees to the server's terms. Contacts of one that is there stay as they are. */
export async function makeAccount(
  server: AcmeConnection,
  key: SigningKey,
  { contact = [], binding }: AccountSettings = {},
): Promise<{ accountUrl: string; account: Account; isNew: boolean }> {
  const { newAccount: url } = await server.directory();
  const payload = {
    termsOfServiceAgreed: true,
    ...(contact.length > 0 && { contact }),
    ...(binding && { externalAccountBinding: await bound(binding, url, key) }),
  };
  const what = "newAccount";
  const answer = await server.post({ key }, { url, payload, what, isBound: binding !== undefined });
  const account = server.read(answer, what, accountIn);
  const accountUrl = server.judged(what, () => accountUrlIn(answer.headers["location"], server));
  const { status } = account;
  if (status !== "valid") throw errors.ACME_ACCOUNT_REFUSED.closed({ what: server.told(what), accountUrl, status });
  return { accountUrl, account, isNew: answer.status === 201 };
}

/** The URL of the key's account; nothing if the server knows none. */
export async function findAccount(server: AcmeConnection, key: SigningKey): Promise<string | undefined> {
  const { newAccount: url } = await server.directory();
  const what = "newAccount (onlyReturnExisting)";
  const expects = ["accountDoesNotExist"] as const;
  const answer = await server.post({ key }, { url, payload: { onlyReturnExisting: true }, what, expects });
  if (answer.status >= 400) return undefined;
  return server.judged(what, () => accountUrlIn(answer.headers["location"], server));
}

export async function readAccount(holder: Holder): Promise<Account> {
  return change(holder, "", "account");
}

export async function changeContact(holder: Holder, contact: readonly string[]): Promise<Account> {
  return change(holder, { contact }, "account (contact)");
}

/** Nothing can be done with it afterwards, and nothing undoes it. Certificates stay valid. */
export async function deactivateAccount(holder: Holder): Promise<Account> {
  return change(holder, { status: "deactivated" }, "account (deactivate)");
}

async function change(holder: Holder, payload: object | "", what: string): Promise<Account> {
  const answer = await holder.server.post(holder, { url: holder.accountUrl, payload, what });
  return holder.server.read(answer, what, accountIn);
}

/**
 * The account's key is another one from now on. Whose the new key is says the server, whatever it answered: so a rollover of which no
 * answer came is done, and one that the server only seemed to take is not.
 */
export async function changeKey(holder: Holder, to: SigningKey): Promise<void> {
  const { server, key, accountUrl } = holder;
  const { keyChange: url } = await server.directory();
  const what = "keyChange";
  const payload = await signedByNewKey(accountUrl, url, key, to);
  let failed: Failure | undefined;
  try {
    await server.post(holder, { url, payload, what });
  } catch (error) {
    if (!isFailure(error)) throw error;
    failed = error;
  }
  const owner = await findAccount(server, to).catch((error: unknown) => {
    throw failed ?? error;
  });
  if (owner === accountUrl) return;
  if (owner !== undefined) throw errors.ACME_ACCOUNT_REFUSED.keyTaken({ what: server.told(what) });
  throw failed ?? errors.ACME_UNCLEAR.odd({ what: server.told(what), odd: noticeParts.notChanged() });
}
