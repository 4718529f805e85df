// Issuers as modules: one that is made up here signs through the lifecycle, with nothing changed elsewhere.
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { choiceOf } from "../../../provider/core/choice";
import { checkInputs } from "../../../provider/core/fields";
import { secret, text, withDefault, number } from "../../../provider/core/leaf";
import type { ChoiceOf } from "../../../provider/core/logic";
import { certificateFacts } from "../../../provider/tls/anchors";
import { certificateLogic } from "../../../provider/tls/certificate/fields";
import type { CertificateState } from "../../../provider/tls/certificate/fields";
import { certificateLifecycle } from "../../../provider/tls/certificate/lifecycle";
import { issuers } from "../../../provider/issuers";
import { issuerOf } from "../../../provider/tls/issuers";
import type { StoredIssuer } from "../../../provider/tls/issuers";
import { issuerModule } from "../../../provider/tls/issuers/module";
import { makeRoot, makeSelfSigned } from "../../../provider/x509/make";
import { inProcess } from "../../support/in-process";

const begin = Date.parse("2026-01-01T00:00:00Z");
const day = 86_400_000;
const names = ["bot.example.com"];

/** Signs for so many days, whatever is asked for; nothing of it is uploaded. */
const office = issuerModule({
  name: "office",
  settings: { address: text(), password: secret(text()), days: withDefault(number(), 10) },
  cannot: ({ names: wanted = [] }, { address }) =>
    address === "closed" || wanted.some((one) => one.startsWith("*."))
      ? [{ field: "issuer", level: "problem", says: "has an office that signs no such certificate" }]
      : [],
  isTrustedAlready: (_settings, { certificate }) => certificate.uploadPem === "",
  reissueReason: ({ address }, { settings }) => (address === settings?.address ? undefined : "the office moved"),
  async issue({ certificate, settings }, context) {
    await context.sleep(1);
    const retiresAt = new Date(context.now().getTime() + settings.days * day);
    const period = { notBefore: context.now(), notAfter: retiresAt };
    const { keyType } = certificate;
    const made = await makeSelfSigned(certificate.names, {
      keyType,
      period,
      randomBytes: context.randomBytes.bind(context),
    });
    return { facts: { ...certificateFacts(made, retiresAt), uploadPem: "" }, warnings: ["the office was slow."] };
  },
});

function newStack() {
  const modules = [...issuers, office] as const;
  const choice = choiceOf(modules) as unknown as ChoiceOf<StoredIssuer>;
  const clock = { time: begin };
  const logic = certificateLogic(
    (services) => certificateLifecycle((given) => issuerOf(given, modules), services),
    modules,
    choice,
  );
  const waits: number[] = [];
  const time = {
    now: () => new Date(clock.time),
    advance: (seconds: number) => Promise.resolve(void waits.push(seconds)),
  };
  const stack = inProcess({}, time, logic);
  const state = () => stack.state() as unknown as CertificateState;
  return { ...stack, logic, waits, state, pass: (days: number) => (clock.time += days * day) };
}
const by = (settings: object = {}) => ({
  names,
  renewBeforeDays: 3,
  issuer: { office: { address: "a", password: "p", ...settings } },
});

test("an issuer that is new on the list signs, renews and says its own reasons", async () => {
  const stack = newStack();
  expect(await stack.up(by())).toBe("created");
  const first = stack.state();
  expect(first).toMatchObject({ retiresAt: "2026-01-11T00:00:00Z", uploadPem: "" });
  expect(first.issuer).toEqual({ office: { address: "a", password: expect.anything() as unknown, days: 10 } });
  expect(await stack.up(by())).toBe("same");
  await stack.up(by({ address: "b" }));
  expect(stack.state().sha256).not.toBe(first.sha256);
  stack.pass(7);
  await stack.up(by({ address: "b" }));
  expect(await stack.up(by({ address: "b", password: "another" }))).toBe("updated");
  expect(stack.state().retiresAt).toBe("2026-01-18T00:00:00Z");
  expect(stack.waits).toEqual([1, 1, 1]);
  const made = (until: string, reason: string) =>
    `TlsCertificate bot: a new certificate was issued (${reason}), valid until ${until}.`;
  const slow = "warning: TlsCertificate bot: the office was slow.";
  expect(stack.lines).toEqual([
    slow,
    made("2026-01-11T00:00:00Z", "the office moved"),
    slow,
    "TlsCertificate bot: a renewal is due (it is to serve until 2026-01-11T00:00:00Z); pulumi up does it.",
    made("2026-01-18T00:00:00Z", "it was to serve until 2026-01-11T00:00:00Z"),
    slow,
  ]);
});

test("from and to another issuer a new certificate is issued, and the preview warns where Telegram does not trust it yet", async () => {
  const stack = newStack();
  await stack.up({ names, issuer: { selfSigned: {} } });
  const own = stack.state();
  await stack.up(by());
  expect(stack.lines[0]).toMatch(/^warning: .*the webhook has not uploaded the new issuer in advance/);
  expect(stack.state()).toMatchObject({ uploadPem: "", retiresAt: "2026-01-11T00:00:00Z" });
  expect(stack.state().nextPrivateKeyPem).toBeUndefined();
  await stack.up({ names, issuer: { selfSigned: {} } });
  expect(stack.lines.at(-1)).toContain("(the issuer changed)");
  expect(stack.state().sha256).not.toBe(own.sha256);
});

const glance = { isUnknown: () => false, unknown: undefined, now: new Date(begin) };
test.each<[string, object, string]>([
  ["what it cannot do", by({ address: "closed" }), "issuer has an office that signs no such certificate"],
  ["a setting that is missing", { names, issuer: { office: { address: "a" } } }, "issuer needs office.password"],
  [
    "a name that no issuer has",
    { names, issuer: { constructor: {} } },
    'issuer must have exactly one of the keys selfSigned, privateCa, acme and office; got "constructor"',
  ],
])("%s is refused in the preview", (_what, args, says) => {
  const { logic } = newStack();
  const { findings } = checkInputs(logic, args as Record<string, unknown>, glance);
  expect(findings.map(({ field, says: why }) => `${field} ${why}`)).toEqual([says]);
});

test("an authority's certificate is judged although its key is not known yet", async () => {
  const period = { notBefore: new Date(begin - 9 * day), notAfter: new Date(begin - day) };
  const { certificatePem } = await makeRoot("x", { keyType: "ec-p256", period, randomBytes });
  const unknown = Symbol("not known yet");
  const { findings } = checkInputs(
    newStack().logic,
    { names, issuer: { privateCa: { certificatePem, privateKeyPem: unknown } } },
    { ...glance, isUnknown: (value) => value === unknown, unknown },
  );
  expect(findings.map(({ says }) => says)).toEqual([
    "must be valid now; the first certificate of certificatePem expired 2025-12-31T00:00:00Z, make a new one",
  ]);
});

test("a module that does not issue, or does not say what it cannot do, does not compile", () => {
  const parts = { name: "x", settings: {}, isTrustedAlready: () => true } as const;
  const issue = () => Promise.reject(new Error("nobody calls it"));
  // @ts-expect-error -- no issue
  issuerModule({ ...parts, cannot: () => [] });
  // @ts-expect-error -- no cannot
  issuerModule({ ...parts, issue });
  expect(issuerModule({ ...parts, issue, cannot: () => [] }).name).toBe("x");
});

test("an issuer's name stands in its own file, in the list and in the arguments' comments, and every file is on the list", () => {
  const folder = path.join(__dirname, "../../../provider/tls");
  // A folder is an issuer: its index.ts is the module.
  const isPart = (file: string) =>
    ["issuers/index.ts", "issuers/module.ts"].includes(file) || /^issuers\/[^/]+\/(?!index\.ts$)/.test(file);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) =>
    file.split(path.sep).join("/"),
  );
  const modules = files.filter((file) => /^issuers\/.*\.ts$/.test(file) && !isPart(file));
  const fileOf = (name: string) => {
    const file = `issuers/${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return files.includes(`${file}.ts`) ? `${file}.ts` : `${file}/index.ts`;
  };
  expect(modules.sort()).toEqual(issuers.map(({ name }) => fileOf(name)).sort());
  const code = (file: string) =>
    readFileSync(path.join(folder, file), "utf8").replace(/\/\*[^]*?\*\/|(?<!:)\/\/.*$/gm, "");
  const naming = files.filter((file) => file.endsWith(".ts") && /\b(?:selfSigned|privateCa)\b|"acme"/.test(code(file)));
  expect(naming.sort()).toEqual(modules.sort());
});
