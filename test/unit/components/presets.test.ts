// The presets as data: names, kinds that exist, and the exact words for python-telegram-bot.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { presets, type BotProcess } from "../../../components/presets";
import { preset } from "../../../components/presets/preset";
import { allUpdateKinds, allowedUpdatesProblem } from "../../../provider/telegram/rules";

const top = path.join(__dirname, "../../..");
const all = Object.entries(presets);

test.each(all)(
  "%s has its own name, kinds that Telegram has, and asks for none that it cannot parse",
  (name, preset) => {
    const { kinds = allUpdateKinds, allowedUpdates, maxConnections = 41, mostConnections = 100 } = preset;
    expect(preset.name).toBe(name);
    expect([new Set(kinds).size, allUpdateKinds.filter((kind) => kinds.includes(kind)).length]).toEqual([
      kinds.length,
      kinds.length,
    ]);
    expect(allowedUpdatesProblem(allowedUpdates)).toBeUndefined();
    expect(allowedUpdates === "default" || allowedUpdates.every((kind) => kinds.includes(kind))).toBe(true);
    expect(maxConnections).toBeLessThanOrEqual(mostConnections);
  },
);

test.each(["components/presets", "docs/presets"])(
  "every preset has a file in %s, and every file there is a preset on the list",
  (folder) => {
    const parts = ["index", "preset"];
    const found = readdirSync(path.join(top, folder)).map((file) => path.parse(file).name);
    expect(found.filter((name) => !parts.includes(name)).sort()).toEqual(Object.keys(presets).sort());
  },
);

test.each([
  ["README.md", "docs/presets"],
  ["docs/bot-endpoint.md", "presets"],
])("%s has a link to the page of every preset", (page, folder) => {
  const text = readFileSync(path.join(top, page), "utf8");
  const missing = Object.keys(presets).filter((name) => !text.includes(`](${folder}/${name}.md)`));
  expect(missing).toEqual([]);
});

test("a preset without a field, or with one that is none, does not compile", () => {
  const good = { name: "x", allowedUpdates: "default", checksSecret: true, registersItself: false } as const;
  // @ts-expect-error -- whether it registers itself is not said
  preset({ name: "x", allowedUpdates: "default", checksSecret: true });
  // @ts-expect-error -- misspelt
  preset({ name: "x", allowedUpdates: [], checksSecret: true, registersItself: false, mostConections: 1 });
  expect(preset(good)).toBe(good);
});

test.each(all)("%s has a page, whose links lead somewhere", (name) => {
  const folder = path.join(top, "docs/presets");
  const page = readFileSync(path.join(folder, `${name}.md`), "utf8");
  const links = [...page.matchAll(/\]\((\.[^)#]*)(?:#([^)]*))?\)/g)];
  const lost = links.filter(([, file = "", heading]) => {
    const target = path.join(folder, file);
    if (!existsSync(target)) return true;
    const headings = readFileSync(target, "utf8").match(/^#+ .*$/gm) ?? [];
    return heading !== undefined && !headings.some((line) => slug(line) === heading);
  });
  expect(lost.map(([link]) => link)).toEqual([]);
});
const slug = (line: string) =>
  line
    .replace(/^#+ /, "")
    .toLowerCase()
    .replace(/[^\w -]/g, "")
    .replaceAll(" ", "-");

describe("python-telegram-bot is told", () => {
  const process: BotProcess = {
    url: "https://bots.example.com:8443/tg/1",
    path: "/tg/1",
    listen: "127.0.0.1",
    port: 8080,
    secretToken: "the-secret",
    maxConnections: 41,
    allowedUpdates: [],
    servesTls: false,
  };
  const told = (changes: Partial<BotProcess>) => {
    const { RUN_WEBHOOK = "", ...others } =
      presets["python-telegram-bot"].environment?.({ ...process, ...changes }) ?? {};
    return { ...others, run: JSON.parse(RUN_WEBHOOK) as unknown };
  };
  const webhook = {
    webhook_url: process.url,
    secret_token: "the-secret",
    max_connections: 41,
    allowed_updates: [],
    drop_pending_updates: false,
    bootstrap_retries: 10,
  };

  test("where to listen, and the whole webhook", () => {
    expect(told({})).toEqual({ run: { ...webhook, listen: "127.0.0.1", port: 8080, url_path: "tg/1" } });
  });

  test("a unix socket instead of an address and a port, which it would refuse beside it", () => {
    const { listen: _listen, port: _port, ...place } = process;
    const environment = presets["python-telegram-bot"].environment?.({ ...place, socket: "/run/bot.sock" });
    const run: unknown = JSON.parse(environment?.["RUN_WEBHOOK"] ?? "");
    expect(run).toEqual({ ...webhook, unix: "/run/bot.sock", url_path: "tg/1" });
  });

  test("every address and no port, where the platform gives PORT", () => {
    const { listen: _listen, port: _port, ...place } = process;
    const environment = presets["python-telegram-bot"].environment?.(place);
    const run: unknown = JSON.parse(environment?.["RUN_WEBHOOK"] ?? "");
    expect(run).toEqual({ ...webhook, listen: "0.0.0.0", url_path: "tg/1" });
  });

  test("no secret where none comes, a pinned address, and what is uploaded in a variable of its own", () => {
    const { secretToken: _secretToken, ...open } = process;
    const changed = { ...open, ipAddress: "149.154.167.99", uploadPem: "PEM", allowedUpdates: ["message"] };
    const environment = presets["python-telegram-bot"].environment?.(changed) ?? {};
    const { secret_token: _secret, ...rest } = webhook;
    expect({ ...environment, RUN_WEBHOOK: JSON.parse(environment["RUN_WEBHOOK"] ?? "") as unknown }).toEqual({
      WEBHOOK_UPLOAD_PEM: "PEM",
      RUN_WEBHOOK: {
        ...rest,
        listen: "127.0.0.1",
        port: 8080,
        url_path: "tg/1",
        ip_address: "149.154.167.99",
        allowed_updates: ["message"],
      },
    });
  });

  test("a path that means itself, although it is put into a regular expression", () => {
    expect(told({ path: "/a.b+c(d)" })).toMatchObject({ run: { url_path: String.raw`a\.b\+c\(d\)` } });
  });

  test("no certificate where nothing is uploaded: that of a public authority is an empty text", () => {
    expect(Object.keys(told({ uploadPem: "" }))).toEqual(["run"]);
  });
});
