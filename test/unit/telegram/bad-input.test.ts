// Every row of the table of bad input, put through the same check as in a preview.
import { checkInputs } from "../../../provider/core/fields";
import { webhookLogic } from "../../../provider/telegram/webhook/fields";
import { badInput, goodArgs, pem } from "../../support/bad-input";

const logic = webhookLogic(() => {
  throw new Error("check does no I/O");
});
const unknown = Symbol("unknown");
const glance = { isUnknown: (value: unknown) => value === unknown, unknown, now: new Date("2027-01-01T00:00:00Z") };

function problemsOf(args: Record<string, unknown>): string[] {
  const { findings } = checkInputs(logic, { ...goodArgs, ...args }, glance);
  return findings.filter(({ level }) => level === "problem").map(({ field, says }) => `${field} ${says}`);
}

describe("a TelegramWebhook in a preview", () => {
  it.each(badInput)("refuses $name", ({ args, reason, secret }) => {
    const problems = problemsOf(args);
    expect(problems).toContainEqual(
      expect.stringMatching(typeof reason === "string" ? new RegExp(`^${escaped(reason)}$`) : reason),
    );
    if (secret !== undefined) expect(problems.join("\n")).not.toContain(secret);
  });

  it.each<[string, Record<string, unknown>]>([
    ["the arguments that the table is built on", {}],
    [
      "everything at once",
      { maxConnections: 100, allowedUpdates: ["message"], secretToken: "a-b_C", ipAddress: "8.8.4.4" },
    ],
    ["an own certificate", { certificate: pem("self-signed") }],
    [
      "a local server",
      { localServer: true, url: "http://127.0.0.1:3000/tg", apiUrl: "http://10.0.0.4:8081", maxConnections: 100_000 },
    ],
    ["the default kinds by name", { allowedUpdates: "default" }],
  ])("accepts %s", (_, args) => {
    expect(problemsOf(args)).toEqual([]);
  });

  it("has a table whose names are all different", () => {
    expect(new Set(badInput.map(({ name }) => name)).size).toBe(badInput.length);
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
