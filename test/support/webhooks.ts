// Programs that declare webhooks and their secrets against the fake Bot API server, driven through the real CLI.
import { createProject } from "./pulumi";
import type { Project, ProjectArgs } from "./pulumi";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";

/**
 * One resource of a program. `$later` in an argument is a value that a first preview does not know; `$current` is the
 * secret in force of the WebhookSecret with this name.
 */
export interface Declaration {
  /** Default TelegramWebhook. */
  type?: "TelegramWebhook" | "WebhookSecret";
  args: Record<string, unknown>;
  /** `dependsOn` holds names of the program's other webhooks. */
  options?: Record<string, unknown>;
  /** Name of a component to put it into. */
  inside?: string;
}

const source = `
const fs = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const telegram = require("pulumi-telegram");
const declarations = JSON.parse(fs.readFileSync("webhooks.json", "utf8"));
const made = {};
const components = {};
function value(given) {
  if (given?.$later !== undefined) return made[given.after].registeredAt.apply(() => given.$later);
  if (given?.$current !== undefined) return made[given.$current].current;
  return given?.$secret === undefined ? given : pulumi.secret(given.$secret);
}
for (const [name, { type = "TelegramWebhook", args, options = {}, inside }] of Object.entries(declarations)) {
  if (inside) components[inside] ??= new pulumi.ComponentResource("test:index:App", inside);
  const given = Object.fromEntries(Object.entries(args).map(([key, item]) => [key, value(item)]));
  const parent = inside ? { parent: components[inside] } : {};
  const dependsOn = (options.dependsOn ?? []).map((other) => made[other]);
  made[name] = new telegram[type](name, given, { ...options, ...parent, dependsOn });
}
for (const [name, { accepted }] of Object.entries(made)) {
  if (accepted) exports["accepted by " + name] = { SECRETS: accepted.apply((all) => all.join(",")) };
}
exports.urls = Object.fromEntries(Object.entries(made).map(([name, webhook]) => [name, webhook.url]));
`;

export type WebhookProject = Project & {
  declare(declarations: Record<string, Declaration | Declaration["args"]>): void;
};

/** A project whose program declares what \`declare\` last said. */
export async function webhookProject(more: Partial<ProjectArgs> = {}): Promise<WebhookProject> {
  const project = await createProject({ program: source, ...more });
  const declare: WebhookProject["declare"] = (declarations) => {
    const entries = Object.entries(declarations).map(([name, one]) => [name, "args" in one ? one : { args: one }]);
    project.write("webhooks.json", JSON.stringify(Object.fromEntries(entries)));
  };
  declare({});
  return { ...project, declare };
}

/**
 * A fake server for the tests of one file, and projects that are disposed after each. Registers the hooks; the returned
 * function makes a project.
 */
export function onFakeTelegram(
  ready: (telegram: FakeTelegram) => void,
): (more?: Partial<ProjectArgs>) => Promise<WebhookProject> {
  const projects: WebhookProject[] = [];
  let telegram: FakeTelegram;
  beforeAll(async () => {
    telegram = await startFakeTelegram();
    ready(telegram);
  });
  afterEach(async () => {
    await Promise.all(projects.splice(0).map((project) => project.dispose()));
  });
  afterAll(() => telegram.close());
  return async (more) => {
    const project = await webhookProject(more);
    projects.push(project);
    return project;
  };
}

/** All that a command printed. */
export const both = ({ stdout, stderr }: { stdout: string; stderr: string }): string => stdout + stderr;

export interface TestBot {
  id: string;
  token: string;
  url: string;
  /** Arguments of a webhook of this bot: token, url, secretToken, apiUrl; without proof, for there is no endpoint. */
  args: Record<string, unknown>;
}

/** For bots without an endpoint: nothing is checked before, nothing is watched after. */
export const unproved = { preflight: false, verifySeconds: 0 };

/** Such a bot's endpoint is never looked at. */
export const neverProbed = (): Promise<never> => Promise.reject(new Error("an endpoint was probed"));

let count = 0;

/** A bot of its own with a public-looking address, so that cases do not meet. */
export function testBot(telegram: FakeTelegram): TestBot {
  const { id, token } = telegram.addBot();
  count += 1;
  const host = `bot${count}.example.com`;
  telegram.setHost(host, { shown: "149.154.175.50", connect: "127.0.0.1:9" });
  const url = `https://${host}/tg/x`;
  const secretToken = `secret-of-${id}-0123456789abcdef`;
  return { id, token, url, args: { token, url, secretToken, apiUrl: telegram.apiUrl, ...unproved } };
}

/** The Bot API methods that were called for a bot, by clients, in order. */
export function calls(telegram: FakeTelegram, bot: TestBot): string[] {
  return telegram.journal({ botId: bot.id, by: "client" }).map(({ method }) => method);
}
