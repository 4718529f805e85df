// The class DnsRecord on mocks: what it registers, what it says in a preview, and what it refuses.
import * as pulumi from "@pulumi/pulumi";
import { DnsRecord } from "../../../index";
import type { DnsRecordArgs } from "../../../index";

const secret = pulumi.secret("a-token-of-cloudflare");
const args = (more: object = {}): DnsRecordArgs => ({
  ...{ zone: "example.com", name: "bots", type: "A", values: ["192.0.2.1"] },
  via: { cloudflare: { apiToken: secret } },
  ...more,
});

async function run(program: () => void): Promise<{ types: string[]; warnings: string }> {
  const types: string[] = [];
  const warn = jest.spyOn(console, "warn").mockImplementation(() => undefined);
  await pulumi.runtime.setMocks({
    newResource: ({ type, inputs }) => {
      types.push(type);
      return { id: "id", state: inputs as object };
    },
    call: ({ inputs }) => inputs as object,
  });
  program();
  await pulumi.runtime.disconnect();
  const warnings = warn.mock.calls.join();
  warn.mockRestore();
  return { types, warnings };
}

test.each([
  ["true", { cloudflare: { apiToken: secret, proxied: true } }, true],
  ["an output that is true", { cloudflare: { apiToken: secret, proxied: pulumi.output(true) } }, true],
  ["an output that is false", { cloudflare: { proxied: pulumi.output(false) } }, false],
  ["left out", { cloudflare: {} }, false],
  ["at another vendor", { route53: {} }, false],
])("proxied, %s: whether the bot rules of Cloudflare are warned of", async (_, via, isWarned) => {
  const { types, warnings } = await run(() => new DnsRecord("record", args({ via })));
  expect(types).toEqual(["pulumi-nodejs:dynamic/telegram:DnsRecord"]);
  expect(warnings.includes("Telegram sends no User-Agent header")).toBe(isWarned);
});

test("what the class refuses, and an unknown argument", async () => {
  const { types } = await run(() => {
    expect(() => new DnsRecord("a", args(), { import: "x" })).toThrow('the option "import" is not offered');
    expect(() => new DnsRecord("b", args({ address: "192.0.2.1" }))).toThrow(
      'has no argument "address"; it takes zone',
    );
  });
  expect(types).toEqual([]);
});
