// `npm run mutations`: takes protections out of a copy of the sources, one at a time; the tests named for each must fail.
import { parseArgs } from "node:util";
import { tryAll } from "./lib/mutate.mjs";

const net = "test/unit/net/http.test.ts";
const host = "test/unit/host/dynamic.test.ts";
const fields = "test/unit/core/fields.test.ts";
const masking = "test/unit/core/redact.test.ts";
const lifecycle = "test/unit/telegram/lifecycle.test.ts";
const faults = "test/unit/telegram/faults.test.ts";
const proof = "test/unit/telegram/proof.test.ts";
const dns = "test/unit/probe/dns.test.ts";
const http = "test/unit/probe/http.test.ts";
const cloudflare = "test/unit/dns/cloudflare.test.ts";
const publication = "test/unit/dns/publication.test.ts";
const certificate = "test/unit/tls/certificate.test.ts";
const tls = "test/unit/probe/tls.test.ts";
const fake = "test/unit/testing/acceptance.test.ts";
const route = "test/unit/proxy/route.test.ts";
const nginx = "test/unit/proxy/nginx-check.test.ts";
const endpoint = "test/unit/components/bot-endpoint.test.ts";
const houseFacts = "test/unit/house-facts.test.ts";

/**
 * `name` says what is gone. `find` is there exactly once in `file`. `expect`: tests of the files in `tests` that must
 * fail, by title, or how many at least.
 */
const mutations = [
  {
    name: "a fact of Telegram's stands in a second place",
    file: "provider/probe/http-request.ts",
    find: "{ [secretHeader]: secret }",
    replace: '{ "X-Telegram-Bot-Api-Secret-Token": secret }',
    tests: [houseFacts],
    expect: ["no fact of the world outside is written twice"],
  },
  {
    name: "what a framework registers by itself carries a secret that the edge accepts",
    file: "components/endpoint/parts.ts",
    find: "const secretTokens = preset?.registersItself",
    replace: "const secretTokens = false",
    tests: [endpoint],
    expect: ["a framework that registers itself is told a secret that the edge accepts of Telegram too"],
  },
  {
    name: "behind a route a rotation restarts no bot",
    file: "components/endpoint/parts.ts",
    find: "if (route === undefined) return current;",
    replace: "if (current !== undefined) return current;",
    tests: [endpoint],
    expect: ["the secret behind the edge follows from the token: another bot has another, a rotation changes nothing"],
  },
  {
    name: "what cannot work behind Cloudflare's proxy is refused",
    file: "components/endpoint/args.ts",
    find: "if (proxied) throw refuse(proxied);",
    replace: "",
    tests: [endpoint],
    expect: 3,
  },
  {
    name: "what is broken keeps a webhook from being set",
    ci: true,
    file: "provider/telegram/webhook/preflight.ts",
    find: "if (blocking.length === 0) return verdicts;",
    replace: "if (blocking.length >= 0) return verdicts;",
    tests: [proof],
    expect: ["what fails is refused in whole sentences: nothing is sent, nothing is in the state"],
  },
  {
    name: "a URL that was verified before is registered again whatever its endpoint does",
    file: "provider/telegram/webhook/preflight.ts",
    find: "if (!old || !isOwned(old, inputs.url) || old.owned.isUnproved) return",
    replace: "if (Boolean(old) || !old) return",
    tests: [proof],
    expect: ["a URL that was verified before is registered again although its endpoint is dead"],
  },
  {
    name: "an error from before the set is none of it",
    file: "provider/telegram/webhook/watch.ts",
    find: "if (Date.parse(lastErrorAt) < at.getTime() - 1000) return undefined;",
    replace: "",
    tests: [proof],
    expect: ["an error from before the set is none of it"],
  },
  {
    name: "a secret counts as lost only where the endpoint takes ours",
    file: "provider/telegram/webhook/lost-secret.ts",
    find: 'if (verdict?.secret === "accepted") {',
    replace: "if (verdict) {",
    tests: [proof],
    expect: ["nothing, when the endpoint that refused Telegram refuses ours too: health is no drift"],
  },
  {
    name: "an answer counts only with authority",
    file: "provider/probe/dns.ts",
    find: "if (!isAuthoritative) {",
    replace: "if (isAuthoritative === undefined) {",
    tests: [dns],
    expect: 1,
  },
  {
    name: "an uploaded certificate is compared as a host name, also for an address",
    file: "provider/probe/tls-certificate.ts",
    find: "if (isAddress && uploaded === undefined ? asAddress : asHost) return undefined;",
    replace: "if (isAddress ? asAddress : asHost) return undefined;",
    tests: [tls],
    expect: 1,
  },
  {
    name: "a record of somebody else is not written over",
    file: "provider/dns/record/lifecycle.ts",
    find: 'if (standing === "foreign") throw foreign(old, inputs, found);',
    replace: "",
    tests: [cloudflare],
    expect: ["what is not ours is refused and left alone; takeover replaces it; of a mixed set only ours is removed"],
  },
  {
    name: "a second look tells whether a record was written",
    file: "provider/dns/record/lifecycle.ts",
    find: "if (!isSame(now, wanted)) throw error;",
    replace: "if (now !== null) throw error;",
    tests: [cloudflare],
    expect: 1,
  },
  {
    name: "a record counts as published only with authority",
    file: "provider/dns/publication.ts",
    find: "if (!isAuthoritative) return `is not authoritative for ${record.zone}`;",
    replace: "",
    tests: [publication],
    expect: 1,
  },
  {
    name: "the certificate before stays uploaded",
    file: "provider/tls/anchors.ts",
    find: "    previousPem: current.certificatePem,\n",
    replace: "",
    tests: [certificate],
    expect: 1,
  },
  {
    name: "grammY is not asked with the right secret",
    file: "provider/probe/http.ts",
    find: "if (isAnswer(wrong) && isGrammy(wrong)) return",
    replace: "if (isAnswer(wrong) && !isAnswer(wrong)) return",
    tests: [http],
    expect: ["grammY, which refuses the wrong secret in its own words, is not asked again: an empty body could end it"],
  },
  {
    name: "a route takes an address and port that a server block of the user has",
    ci: true,
    file: "provider/proxy/servers/sockets.ts",
    find: "all.find(({ file }) => !file.startsWith(`${ours}/`))",
    replace: "undefined",
    tests: [nginx],
    expect: ["listening sockets are read from the kernel's table"],
  },
  {
    name: "a server on all addresses is no neighbour of one on a single address",
    file: "provider/proxy/servers/sockets.ts",
    find: ' || a.address === "0.0.0.0" || b.address === "0.0.0.0"',
    replace: "",
    tests: [nginx],
    expect: ["places meet when one connection can ask both"],
  },
  {
    name: "a key of another certificate is written for nginx",
    file: "provider/proxy/rules.ts",
    find: "new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(privateKeyPem))",
    replace: "true",
    tests: [route],
    expect: ["a key of another certificate is refused before it stops a server"],
  },
  {
    name: "a path has a second spelling, which servers merge into the first",
    file: "provider/proxy/rules.ts",
    find: 'path.includes("//")',
    replace: "false",
    tests: [route],
    expect: ["two slashes is told"],
  },
  {
    name: "a user of ssh is an option of ssh",
    file: "provider/proxy/rules.ts",
    find: "/^[a-z_][a-z0-9_-]{0,31}$/",
    replace: "/^[a-z0-9_-]{1,32}$/",
    tests: [route],
    expect: ["a user that is an option is told"],
  },
  {
    name: "the private key of a listener's certificate is shown",
    file: "provider/proxy/route/fields.ts",
    find: "masked: (value) => (value as { pem?: { privateKeyPem: string } } | undefined)?.pem?.privateKeyPem,",
    replace: "masked: () => undefined,",
    tests: [route],
    expect: ["secrets and private keys are masked, and hosts, files and certificates are not"],
  },
  {
    name: "the fake server erases the old webhook before it validates the new one",
    ci: true,
    file: "testing/set-webhook.ts",
    find: "const left = environment.removeWebhook();",
    replace: 'const left = wanted.url === "" ? environment.removeWebhook() : environment.webhook;',
    tests: [lifecycle],
    expect: 3,
  },
  {
    name: "the fake server allows one set a second",
    file: "testing/set-webhook.ts",
    find: "if (now < environment.nextSetTime) return tooManyRequests(1);",
    replace: "",
    tests: [fake],
    expect: ["set twice within 1 s → 429 + header + parameters; deleteWebhook within 1 s → ok."],
  },
  {
    name: "a removal asks the ledger whether another resource claims the thing",
    ci: true,
    file: "provider/host/dynamic.ts",
    find: "key === undefined ? undefined : ledger.holder(key);",
    replace: "undefined as string | undefined;",
    tests: [host],
    expect: ["the old half of a rename removes nothing and says why"],
  },
  {
    name: "check refuses a second owner of one thing",
    file: "provider/host/dynamic.ts",
    find: "if (reasons.length === 0) reasons.push(",
    replace: "if (false) reasons.push(",
    tests: [host],
    expect: ["two resources that declare one thing are refused"],
  },
  {
    name: "a value that is not the declared one is refused",
    file: "provider/host/dynamic.ts",
    find: "if (!row.asDeclared || ",
    replace: "if (true || ",
    tests: [host],
    expect: ["a value that is not the declared one is refused by check and by create"],
  },
  {
    name: "the error of an operation is masked",
    file: "provider/host/dynamic.ts",
    find: "return quietly(clean, () =>\n",
    replace: "return quietly((text) => text, () =>\n",
    tests: [host, lifecycle],
    expect: [
      "an error is one masked text without a stack, and says what caused it",
      "a secret that the operation found out itself is masked too",
      "is masked when the far side repeats it in its answer",
      "is masked when an HTML page repeats it",
    ],
  },
  {
    name: "a check failure has no property, whose value Pulumi would print",
    file: "provider/host/dynamic.ts",
    find: 'property: "", reason: clean(reason)',
    replace: 'property: "key", reason: clean(reason)',
    tests: [host],
    expect: ["a refused input names itself in the reason, has no property, and never shows a secret"],
  },
  {
    name: "the reason of a check failure is masked",
    file: "provider/host/dynamic.ts",
    find: 'property: "", reason: clean(reason)',
    replace: 'property: "", reason',
    tests: [host],
    expect: ["a cross-field reason that repeats a secret is masked"],
  },
  {
    name: "what is stored is a closed list",
    file: "provider/host/dynamic.ts",
    find: "...factsOf(logic.facts, facts as Values),",
    replace: "...(facts as Values),",
    tests: [host],
    expect: ["what is stored is a closed list: arguments, facts, the schema's version, the line, and nothing else"],
  },
  {
    name: "a provider without its engine first finishes what is in flight",
    file: "provider/host/watch.ts",
    find: "if (refusals >= 2 && busy.idle) end();",
    replace: "if (refusals >= 2) end();",
    tests: ["test/unit/host/watch.test.ts"],
    expect: ["an operation in flight is finished first"],
  },
  {
    name: "an unknown value is no reason to replace",
    file: "provider/core/fields.ts",
    find: 'changes.push({ field, effect: "update" });',
    replace: 'changes.push({ field, effect: row.onChange ?? "update" });',
    tests: [fields, host],
    expect: [
      "an unknown value is a change and never a reason to replace",
      "an unknown value passes check, is a change, and replaces nothing",
    ],
  },
  {
    name: "a state of a later version is refused",
    file: "provider/core/fields.ts",
    find: "if (version > logic.schemaVersion) {",
    replace: "if (false) {",
    tests: [fields],
    expect: ["a state of a later version is refused, with the cure"],
  },
  {
    name: "a secret is masked in base64",
    file: "provider/core/redact.ts",
    find: "for (const text of [secret, hidden]) for (const form of base64Forms(text)) addForm(form, whole, pieces);",
    replace: "",
    tests: [masking],
    expect: ["a token is masked in base64", "a token is masked in base64 after one more"],
  },
  {
    name: "a secret is masked when it was cut",
    file: "provider/core/redact.ts",
    find: "if (form.length < piece) {",
    replace: "if (true) {",
    tests: [masking],
    expect: ["a token is masked cut at its end", "a token is masked cut at its start"],
  },
  {
    name: "a removal leaves a webhook alone that this stack did not set",
    ci: true,
    file: "provider/telegram/webhook/lifecycle.ts",
    find: "if (isOwned(old, live.url)) await",
    replace: "if (live.url) await",
    tests: [lifecycle],
    expect: 1,
  },
  {
    name: "what was set is read back",
    file: "provider/telegram/webhook/lifecycle.ts",
    find: 'const problem = live ? differences(webhookSettings(inputs), live) : "it could not be read back";',
    replace: "const problem = undefined as string | undefined;",
    tests: [lifecycle],
    expect: ["a webhook that somebody else sets between our set and our look is told"],
  },
  {
    name: "an unverified webhook is set again",
    file: "provider/telegram/webhook/fields.ts",
    find: '...(old.verified ? [] : ["verified"]),',
    replace: "",
    tests: [lifecycle],
    expect: ["a webhook that somebody else sets between our set and our look is told"],
  },
  {
    name: "the fall-back token is of the same bot",
    file: "provider/telegram/tokens.ts",
    find: " && botIdOf(token) === credentials.botId",
    replace: "",
    tests: [lifecycle],
    expect: ["is not replaced by a token of another bot"],
  },
  {
    name: "a token that was read is of the expected bot",
    file: "provider/telegram/tokens.ts",
    find: "if (botIdOf(token) !== botId) {",
    replace: "if (false) {",
    tests: [lifecycle],
    expect: ["of another bot is refused, missing is said, and nothing is sent"],
  },
  {
    name: "the kinds of updates are sent always, the default too",
    file: "provider/telegram/api.ts",
    find: "allowed_updates: settings.allowedUpdates,",
    replace: "...(settings.allowedUpdates.length > 0 && { allowed_updates: settings.allowedUpdates }),",
    tests: [lifecycle],
    expect: ["the complete state is sent, as JSON, with no null and no certificate part"],
  },
  {
    name: "a certificate is sent as a file",
    file: "provider/telegram/api.ts",
    find: "if (certificate === undefined) return {",
    replace: "return {",
    tests: [lifecycle],
    expect: ["a certificate goes as a file in a form, byte for byte"],
  },
  {
    name: "a foreign webhook is not written over",
    ci: true,
    file: "provider/telegram/webhook/lifecycle.ts",
    find: 'if (standing === "foreign") {',
    replace: "if (false) {",
    tests: [lifecycle],
    expect: [
      "is not written over at creation, and the message names its host and the cure",
      "is not written over by an update before a refresh has shown it",
    ],
  },
  {
    name: "a bot that lost its webhook gets it back",
    ci: true,
    file: "provider/telegram/webhook/transaction.ts",
    find: "if (earlier === undefined)",
    replace: "if (true)",
    tests: [lifecycle, faults],
    expect: 20,
  },
  {
    name: "our secret is never put back at a foreign URL",
    file: "provider/telegram/webhook/compare.ts",
    find: "if (!old || !isOwned(old, live.url)) return seen;",
    replace: "if (!old) return seen;",
    tests: [lifecycle],
    expect: ["gets neither our secret nor our certificate when it is put back"],
  },
  {
    name: "waiting updates are dropped at most once",
    file: "provider/telegram/webhook/transaction.ts",
    find: "order.dropPendingUpdates && round === 1",
    replace: "order.dropPendingUpdates",
    tests: [lifecycle],
    expect: ["waiting updates are dropped at most once, also when nobody can tell whether the first set arrived"],
  },
  {
    name: "an answer that may pass is asked for again",
    file: "provider/telegram/api.ts",
    find: "(isRepeatable && isPassing(error))",
    replace: "false",
    tests: [faults],
    expect: 10,
  },
  {
    name: "a loopback address is not asked for through a proxy",
    file: "provider/net/http.ts",
    find: "isLoopbackHost(hostname) ? direct : proxied",
    replace: "proxied",
    tests: [net],
    expect: ["is not used for NO_PROXY, nor for this machine, where the proxy is another one"],
  },
  {
    name: "an answer is read up to a limit",
    file: "provider/net/http.ts",
    find: "if (bytes > maxBytes) throw",
    replace: "if (bytes < 0) throw",
    tests: [net],
    expect: ["that is larger than the limit is a failure that says so, and is not read to its end"],
  },
  {
    name: "Cloudflare's SDK goes our way",
    file: "provider/dns/vendors/cloudflare.ts",
    find: "      fetch: ownFetch,\n",
    replace: "",
    tests: [net],
    expect: ["is used by the SDK of Cloudflare"],
  },
  {
    name: "AWS's SDK goes our way",
    file: "provider/dns/vendors/route53.ts",
    find: "    requestHandler,\n    ...(settings",
    replace: "    ...(settings",
    tests: [net],
    expect: ["is used by the SDK of AWS"],
  },
];

const usage = `npm run mutations -- [--ci] [--only <part of a name>]     (--ci: those that matter most)`;

const { values } = parseArgs({
  options: { ci: { type: "boolean" }, only: { type: "string", default: "" }, help: { type: "boolean" } },
});
const chosen = mutations.filter(({ name, ci }) => (ci || !values.ci) && name.includes(values.only));
if (values.help) console.log(usage);
else if (chosen.length === 0) {
  console.error(`No mutation has "${values.only}" in its name.`);
  process.exitCode = 2;
} else process.exitCode = (await tryAll(chosen)) ? 0 : 1;
