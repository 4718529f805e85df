// The two programs that are compared: N webhooks, and N resources of the same shape whose provider does nothing.

const webhooks = `
const { TelegramWebhook } = require("pulumi-telegram");
for (const { name, token, url, secretToken, apiUrl } of require("./bots.json")) {
  new TelegramWebhook(name, { token, url, secretToken, apiUrl, preflight: false, verifySeconds: 0 });
}
`;

/** Stored like the line of a webhook and about as long; everything is answered with what was given. */
const nothing =
  "exports.handler=()=>({check:async(o,n)=>({inputs:n,failures:[]})," +
  "diff:async(i,o,n)=>({changes:o.url!==n.url,replaces:[],deleteBeforeReplace:false})," +
  "create:async n=>({id:n.__declared.name,outs:n}),read:async(i,p)=>({id:i,props:p,inputs:p})," +
  "update:async(i,o,n)=>({outs:n}),delete:async()=>{}})";

/** What a webhook registers: the same names and sizes, two secrets, one nested input, one alias of another type. */
const noops = `
const pulumi = require("@pulumi/pulumi");
class Noop extends pulumi.CustomResource {
  constructor(name, { token, url, secretToken, apiUrl }) {
    const inputs = {
      token: pulumi.secret(token),
      secretToken: pulumi.secret(secretToken),
      url,
      apiUrl,
      preflight: false,
      verifySeconds: 0,
      __declared: { name, values: { url } },
      __provider: ${JSON.stringify(nothing)},
    };
    const aliases = [{ type: "bench:index:Noop" }];
    super("pulumi-nodejs:dynamic/bench:Noop", name, inputs, { aliases, additionalSecretOutputs: ["token", "secretToken"] });
  }
}
for (const { name, ...args } of require("./bots.json")) new Noop(name, args);
`;

/** By kind: the source, and the type of the resources in the state. */
export const programs = {
  webhook: { source: webhooks, type: "pulumi-nodejs:dynamic/telegram:TelegramWebhook" },
  noop: { source: noops, type: "pulumi-nodejs:dynamic/bench:Noop" },
};

/** The bots of a program: always the same for the same number. */
export function botsFor(count, apiUrl) {
  return Array.from({ length: count }, (_, index) => {
    const id = 7_000_000_001 + index;
    const token = `${id}:AAbench_0123456789-abcdefghijklmnoA`; // as Telegram's: 35 of base64url
    const secretToken = `secret-of-${id}-0123456789abcdef`;
    return { name: `bot-${index + 1}`, token, url: `https://bot${index + 1}.example.com/tg/x`, secretToken, apiUrl };
  });
}
