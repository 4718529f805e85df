// The bot of an endpoint, as far as the program knows it: its id, its token and its path.
import * as pulumi from "@pulumi/pulumi";
import { programSources } from "../../provider/host/sources";
import { refusal } from "../../provider/host/voice";
import { pathProblem } from "../../provider/proxy/rules";
import { botIdOf, tokenProblem } from "../../provider/telegram/rules";
import { settleToken } from "../../provider/telegram/webhook/settle";
import type { EndpointArgs } from "./args";
import { judgedInput } from "./shape";
import type { Refuse } from "./shape";

/** The bot, as far as the program knows it. */
export interface EndpointBot {
  id: pulumi.Output<string>;
  /** Not with `tokenFrom`. */
  token: pulumi.Output<string> | undefined;
}

/** Refuses a missing token, since path and environment follow from it. A malformed one is never shown. */
export function botOf(title: string, args: EndpointArgs): EndpointBot {
  const refuse = (says: string) => refusal(`${title}: ${says}`);
  const { token, tokenFrom } = args;
  const settled = settleToken({ token, tokenFrom, expectBot: args.webhook?.expectBot }, programSources());
  const problem = settled.findings.find(({ level }) => level === "problem");
  if (problem) throw refuse(`${problem.field} ${problem.says}`);
  const found = (settled.values["token"] as pulumi.Input<string> | undefined) ?? token;
  if (tokenFrom !== undefined) {
    const { expectBot } = args.webhook ?? {};
    if (expectBot === undefined) throw refuse("tokenFrom needs webhook.expectBot, the bot's numeric id");
    return { id: pulumi.output(expectBot).apply(String), token: undefined };
  }
  if (found === undefined) {
    throw refuse(
      "needs token or tokenFrom; or run `pulumi config set --secret telegram:token`, or set TELEGRAM_BOT_TOKEN",
    );
  }
  const known = pulumi.secret(found);
  const id = known.apply((text) => {
    const problem = tokenProblem(text);
    if (problem) throw refuse(`token ${problem}`);
    return botIdOf(text) ?? "";
  });
  return { id: pulumi.unsecret(id), token: known };
}

/** The path of the url. */
export function endpointPath({ path }: EndpointArgs, bot: EndpointBot, refuse: Refuse): pulumi.Input<string> {
  return path === undefined ? pulumi.interpolate`/tg/${bot.id}` : judgedInput("path", path, pathProblem, refuse);
}
