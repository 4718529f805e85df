// The doctor's look behind a route: what it says where it cannot connect to the bot itself.
import { checkBot } from "../../../cli/upstream";
import type { RecordedRoute } from "../../../cli/stack";

const upstream = "http://127.0.0.1:8080";
const on = (host: string) => ({ on: { ssh: { host } }, machine: host, upstream }) as unknown as RecordedRoute;
const address = "203.0.113.7";

test("without a stack the machine of the route is asked for", async () => {
  expect(await checkBot(undefined, address)).toEqual({
    id: "bot",
    status: "cannot tell",
    detail: "A route of pulumi-telegram answered in the bot's place; whether the bot behind it runs cannot be told.",
    fix: "Ask with --stack on the machine of the route, or look there whether something listens at the route's upstream.",
  });
});

test("a stack without a route was told to ask with --stack: a Worker answers in the bot's place, too", async () => {
  expect(await checkBot([], address)).toEqual({
    id: "bot",
    status: "cannot tell",
    detail:
      "Something of pulumi-telegram that is no route of this stack answered in the bot's place, as a Worker does; whether the bot behind it runs cannot be told.",
    fix: "Look whether the bot runs. The line telegram says whether Telegram's deliveries fail.",
  });
});

test("a bot on several machines was sought on the first: each is named", async () => {
  expect(await checkBot([on("10.0.0.1"), on("10.0.0.2")], address)).toMatchObject({
    status: "cannot tell",
    fix: `Look whether something listens at ${upstream} on 10.0.0.1, and at ${upstream} on 10.0.0.2.`,
  });
});

test("a route of this machine is another machine's where the checks connected elsewhere", async () => {
  const local = { machine: "this machine", upstream } as unknown as RecordedRoute;
  expect(await checkBot([local], address)).toMatchObject({
    status: "cannot tell",
    detail:
      "A route of pulumi-telegram answered in the bot's place; whether the bot behind it runs cannot be told from this machine.",
    fix: `Look whether something listens at ${upstream} on the machine of the route.`,
  });
});

test("a route with maintenance lets no update through", async () => {
  const resting = { ...on("10.0.0.1"), maintenance: { retryAfterSeconds: 60 } };
  expect(await checkBot([resting], address)).toMatchObject({
    status: "cannot tell",
    fix: "Take maintenance out of the route.",
  });
});
