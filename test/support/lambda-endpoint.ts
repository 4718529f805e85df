// Programs with a bot in Lambda: what they register on mocks, and the API that they register, brought to life with the authorizer's own text.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { httpApi } from "./api-gateway";
import type { HttpApi } from "./api-gateway";
import { registeredByExample } from "./example-program";
import type { ExampleProgram } from "./example-program";
import { startFunction } from "./lambda";

type Program = ExampleProgram["children"];

export const apiHost = "r3pmxmplak.execute-api.eu-central-1.amazonaws.com";
export const urlHost = "abcdefg.lambda-url.eu-central-1.on.aws";

/** What AWS answers with, as far as the programs read it. */
const made: Record<string, object> = {
  "pulumi-nodejs:dynamic/telegram:WebhookSecret": { current: "new", accepted: ["new", "old"] },
  "aws:lambda/function:Function": { invokeArn: "arn:invoke" },
  "aws:lambda/functionUrl:FunctionUrl": { functionUrl: `https://${urlHost}/` },
  "aws:apigatewayv2/api:Api": { executionArn: "arn:execution", apiEndpoint: `https://${apiHost}` },
  "aws:apigatewayv2/domainName:DomainName": { domainNameConfiguration: { targetDomainName: "d-1.amazonaws.com" } },
  "aws:acm/certificate:Certificate": {
    domainValidationOptions: [
      { resourceRecordName: "_1.bots.example.com.", resourceRecordType: "CNAME", resourceRecordValue: "_2.aws." },
    ],
  },
  "aws:route53/getZone:getZone": { zoneId: "zone" },
};

/** What an example registers. The last parts of the way to the function are slow; a preview, so that a record waits for no name server. */
export async function lambdaProgram(name: string, config: Record<string, string>): Promise<Program> {
  const facts = (name: string, type: string) => ({
    name,
    arn: `arn:${name}`,
    url: `https://sqs/${name}`,
    ...made[type],
  });
  const slow = /\b(route|permission|mapping|event-source)$/;
  return (await registeredByExample(name, config, facts, { slow, isPreview: true })).children;
}

/** The child of a program: its arguments. */
export function inputsOf<T = Record<string, unknown>>(program: Program, name: string): T {
  const [, inputs] = program[name] ?? [];
  if (inputs === undefined) throw new Error(`there is no ${name}; there are ${Object.keys(program).join(", ")}`);
  return inputs as T;
}

export interface FunctionInputs {
  handler: string;
  code: Record<string, string>;
  environment: { variables: Record<string, string> };
}

/** The arguments of the example's own function, `bot`. */
export const ownFunction = (program: Program): FunctionInputs => inputsOf<FunctionInputs>(program, "bot");

/** `childrenIn("bot", "url webhook")`: bot-url, bot-webhook. */
export const childrenIn = (name: string, roles: string): string[] => roles.split(" ").map((role) => `${name}-${role}`);

/** The variables of a program's function. */
export const variablesOf = (program: Program, name: string): Record<string, string> =>
  inputsOf<FunctionInputs>(program, name).environment.variables;

/**
 * The API of the endpoint `name`, with its authorizer in the emulator; `answers` is for `startFront`. `serves`: the function, or what takes
 * the place of the queue.
 */
export async function startApiOf(
  program: Program,
  name: string,
  domainName: string,
  serves: HttpApi["integration"]["serves"],
): Promise<{ answers: ReturnType<typeof httpApi>; stop: () => Promise<void> }> {
  const { code, handler, environment } = inputsOf<FunctionInputs>(program, `${name}-authorizer-function`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-authorizer-"));
  for (const [file, text] of Object.entries(code)) fs.writeFileSync(path.join(folder, file), text);
  const { variables } = environment;
  const authorizer = await startFunction({ folder, handler, runtime: "nodejs", variables });
  const { identitySources } = inputsOf<{ identitySources: string[] }>(program, `${name}-authorizer`);
  const { requestParameters } = inputsOf<{ requestParameters: Record<string, string> }>(program, `${name}-integration`);
  const { routeKey } = inputsOf<{ routeKey: string }>(program, `${name}-route`);
  return {
    answers: httpApi({
      ...{ domainName, routeKey, authorizer: { identitySources, invoke: authorizer.invoke } },
      integration: { requestParameters, serves },
    }),
    stop: async () => {
      await authorizer.stop();
      fs.rmSync(folder, { recursive: true });
    },
  };
}
