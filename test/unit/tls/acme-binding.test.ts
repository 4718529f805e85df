// What binds an ACME account to a customer's is a secret in each form that a server may quote it in.
import path from "node:path";
import { tmpdir } from "node:os";
import { Kept } from "../../../provider/acme/kept";
import { Nonces } from "../../../provider/acme/nonces";
import type { HttpClient } from "../../../provider/core/http";
import { accountLogic } from "../../../provider/tls/account/fields";
import { accountLifecycle } from "../../../provider/tls/account/lifecycle";
import { directoryUrl, goodDirectory, problem } from "../../support/acme-double";
import { inProcess } from "../../support/in-process";

test("an HMAC key that a server quotes as bytes or in hex was shown", async () => {
  const bytes = Buffer.from("Qz7-hmac-key-of-a-customer-?>~}");
  const forms = [
    bytes.toString("latin1"),
    bytes.toString("hex"),
    bytes.toString("base64"),
    bytes.toString("base64url"),
  ];
  const http: HttpClient = ({ url }) => {
    const isRefused = url === goodDirectory.newAccount;
    const json = isRefused ? problem("unauthorized", `no: ${forms.join(" or ")} is wrong`).json : goodDirectory;
    const headers = { "replay-nonce": "nonce-1" };
    return Promise.resolve({ status: isRefused ? 401 : 200, headers, body: Buffer.from(JSON.stringify(json)) });
  };
  const services = { http, nonces: new Nonces(), kept: new Kept(path.join(tmpdir(), "never-written")) };
  const stack = inProcess(
    {},
    undefined,
    accountLogic(() => accountLifecycle(services)),
  );
  const eab = { keyId: "customer-1", hmacKey: bytes.toString("base64url") };
  const said = await stack.up({ directoryUrl, eab }).catch((error: Error) => error.message);
  expect(said).toContain("Compare eab with what the server shows");
  for (const form of forms) expect(said).not.toContain(form.slice(0, 12));
});
