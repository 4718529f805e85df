// docs/secrets.md names the ways in which Pulumi itself prints secrets in clear: each row is tried on the real CLI, and so are those
// that the page calls safe.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { createProject } from "../support/pulumi";
import type { Project } from "../support/pulumi";
import { rowsBelow } from "../support/pages";
import { both } from "../support/webhooks";

const hidden = "the-secret-that-pulumi-may-print-0123456789";
const token = "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const program = `
const pulumi = require("@pulumi/pulumi");
const telegram = require("pulumi-telegram");
new telegram.WebhookSecret("made", { rotateTrigger: pulumi.secret(${JSON.stringify(hidden)}) });
`;

let project: Project;
let made: string;
beforeAll(async () => {
  project = await createProject({
    program,
    config: { "telegram:token": { secret: token }, "telegram:awsAccessKeyId": "AKIAPLAIN" },
  });
  made = both(await project.up(["--diff"]));
});
afterAll(() => project.dispose()); // what is made exists in the state only

const inProject = (name: string) => path.join(project.directory, name);
const textOf = (name: string) => readFileSync(inProject(name), "utf8");
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
const textsOf = (folder: string) => readdirSync(folder).map((name) => readFileSync(path.join(folder, name), "utf8"));
/** What one preview, which changes nothing, writes to files of which each has its own way. */
const files = lazily(async () => {
  const logs = path.join(project.directory, "logs");
  project.write("logs/first", "");
  const ways = ["-v=9", "--tracing", `file:${inProject("tracing")}`];
  await project.preview(ways, { env: { TMPDIR: logs, PULUMI_DEBUG_GRPC: inProject("grpc") } });
  return { logs: textsOf(logs).join("\n"), tracing: textOf("tracing"), grpc: textOf("grpc") };
});
/** The same, for the two others. */
const reports = lazily(async () => {
  const ways = ["--event-log", inProject("events"), "--otel-traces", `file://${inProject("otel")}`];
  await project.preview(ways, { env: { PULUMI_DEBUG_COMMANDS: "true" } });
  return { events: textOf("events"), otel: textOf("otel") };
});

/** As the rows of the page begin, and what the way prints or writes. */
const ways: [way: string, work: () => Promise<string>][] = [
  ["`pulumi up --json`", async () => both(await project.up(["--json"]))],
  ["`pulumi preview --debug`, `pulumi up --debug`", async () => both(await project.preview(["--debug"]))],
  ["`-v=9 --logtostderr`", async () => both(await project.preview(["-v=9", "--logtostderr"]))],
  ["`-v=9`", async () => (await files()).logs],
  ["`PULUMI_DEBUG_GRPC`", async () => (await files()).grpc],
  ["`--event-log`", async () => (await reports()).events],
  ["`--tracing`", async () => (await files()).tracing],
  ["`--otel-traces`", async () => (await reports()).otel],
];

test.each(ways)("%s prints secrets in clear, as the page says", async (way, work) => {
  const rows = rowsBelow("docs/secrets.md", "### What Pulumi prints in clear");
  expect(rows.map(([first]) => first)).toContain(way);
  expect((await work()).includes(hidden)).toBe(true);
});

test("what the page calls safe has none", async () => {
  const texts = [
    both(await project.preview(["--json"])),
    made,
    both(await project.refresh(["--json"])),
    both(await project.pulumi(["stack", "export"])),
    both(await project.pulumi(["stack", "history", "--json"])),
  ];
  expect(texts.map((text) => text.includes(hidden))).toEqual(texts.map(() => false));
});

test("the page left out that the default provider's state has the configuration's token: encrypted, and the rest as it was set", () => {
  const provider = (resources: { urn: string; inputs?: object }[]) =>
    resources.find(({ urn }) => urn.includes("pulumi:providers:pulumi-nodejs"))?.inputs;
  const { resources } = project.openState();
  expect(provider(resources)).toMatchObject({ "telegram:token": token, "telegram:awsAccessKeyId": "AKIAPLAIN" });
  expect(JSON.stringify(provider(project.state().resources))).toContain("AKIAPLAIN");
  expect(project.stateText()).not.toContain(token.slice(-35));
});
