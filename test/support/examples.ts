// An example as its README tells it: its files in a project of their own, `up`, the outputs to the bot's process, a message, `destroy`.
import * as fs from "node:fs";
import * as path from "node:path";
import type { FakeTelegram } from "../../testing";
import { start } from "./process";
import type { Running } from "./process";
import { createProject, repository } from "./pulumi";
import type { Project, ProjectArgs } from "./pulumi";
import { botsPython } from "./python";
import { until } from "./until";

export interface Example {
  folder: string;
  project: Project;
  /**
   * The variables of an output that is an environment file, as `set -a; . ./file` reads it. The first one is read as the
   * README says, with `pulumi stack output`, and must be what the state holds; the others come from the state.
   */
  environmentOf(output: string): Promise<NodeJS.ProcessEnv>;
  /** Starts a program of the example with these variables and no others; it is ended by `dispose`. */
  start(command: readonly string[], environment: NodeJS.ProcessEnv): Promise<Running>;
  /** Somebody writes to the bot, and the bot answers at the Bot API. */
  converse(botId: string, text: string, answer?: string): Promise<void>;
  /** Ends what was started. */
  dispose(): Promise<void>;
}

/** `config`: as the README sets it. The endpoint is nobody's, so the checks before the set are off unless `preflight` is given. */
export async function openExample(
  name: string,
  telegram: FakeTelegram,
  config: NonNullable<ProjectArgs["config"]>,
  preflight: object | false = false,
): Promise<Example> {
  const folder = path.join(repository, "examples", name);
  const entries = fs.readdirSync(folder).filter((file) => /\.(?:ts|json)$/.test(file) && file !== "package.json");
  const files = Object.fromEntries(entries.map((file) => [file, fs.readFileSync(path.join(folder, file), "utf8")]));
  const settings = {
    "telegram:apiUrl": telegram.apiUrl,
    "telegram:preflight": JSON.stringify(preflight),
    ...config,
  };
  const project = await createProject({ program: { files, main: "index.ts" }, name, config: settings });
  const started: Running[] = [];
  let isAsked = false;
  return {
    folder,
    project,
    environmentOf: async (output) => {
      const kept = linesOf(String(outputsOf(project)[output]));
      if (isAsked) return kept;
      isAsked = true;
      const { stdout } = await project.pulumi(["stack", "output", "--show-secrets", output]);
      expect(linesOf(stdout)).toEqual(kept);
      return kept;
    },
    start: async ([command = "", ...args], environment) => {
      const program = command === "python" ? await botsPython() : command === "node" ? process.execPath : command;
      const { PATH, HOME } = process.env;
      const env = { PATH, HOME, PYTHONDONTWRITEBYTECODE: "1", PYTHONUNBUFFERED: "1", ...environment };
      const running = start(program, args, { env, cwd: folder });
      started.push(running);
      return running;
    },
    converse: async (botId, text, answer = `You wrote: ${text}`) => {
      const isAnswered = () => telegram.sent(botId).some((sent) => sent.text === answer);
      telegram.message(botId, { text });
      await until(isAnswered, 90).catch((error: unknown) => {
        const deliveries = JSON.stringify(telegram.deliveries(botId).slice(-3));
        const said = started.map((one) => `${one.title}: ${one.output()}`).join("\n");
        throw new Error(`the bot did not answer "${text}".\n${deliveries}\n${said}`, { cause: error });
      });
    },
    dispose: async () => {
      for (const running of started) await running.stop();
      await project.dispose();
    },
  };
}

function outputsOf(project: Project): Record<string, unknown> {
  return project.openState().resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
}

function linesOf(text: string): NodeJS.ProcessEnv {
  const lines = [...text.matchAll(/^(\w+)='([^']*)'$/gm)];
  return Object.fromEntries(lines.map(([, name = "", value = ""]) => [name, value]));
}
