// The page of the fake server, in a real browser.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import type { Scheme } from "../support/browser";
import { contrasts, openPage, startChromium, tabTo } from "../support/browser";
import { setUp, storyTest, tearDown } from "../support/story";
import { until } from "../support/until";

let chromium: Awaited<ReturnType<typeof startChromium>>;
setUp(async () => {
  chromium = await startChromium();
});
tearDown(() => chromium.close());

/** A fake server with one bot, whose endpoint answers with `answers.status`. */
async function withBot(work: (world: World) => Promise<void>): Promise<void> {
  const answers = { status: 200 };
  const bodies: string[] = [];
  const endpoint = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(answers.status).end();
    });
  });
  await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
  const telegram = await startFakeTelegram({ local: true });
  try {
    const { id, token } = telegram.addBot({ name: "Shop" });
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/updates`;
    const set = await fetch(
      `${telegram.apiUrl}/bot${token}/setWebhook?secret_token=the-secret&url=${encodeURIComponent(url)}`,
    );
    expect(set.status).toBe(200);
    await work({ telegram, id, answers, bodies });
  } finally {
    await telegram.close();
    endpoint.closeAllConnections();
    await new Promise((resolve) => endpoint.close(resolve));
  }
}

interface World {
  telegram: FakeTelegram;
  id: string;
  answers: { status: number };
  bodies: string[];
}

const cell = (id: string, column: number) => `document.querySelector("#${id} tr td:nth-child(${column})")`;
/** Whether the text of a cell is red. */
const isRed = (element: string) => `(() => {
  const [red, green, blue] = getComputedStyle(${element}).color.match(/\\d+/g).map(Number);
  return red > green + 60 && red > blue + 60;
})()`;

storyTest("a message is written and sent with the keyboard alone, and its delivery shows without a reload", () =>
  withBot(async ({ telegram, bodies }) => {
    const { page, problems, waitFor } = await openPage(chromium, telegram.controlUrl);
    await waitFor(`document.querySelector("#bot").options.length === 1`);
    await tabTo(page, "#text");
    await page.keyboard.type("Is anybody there?");
    await page.keyboard.press("Enter");
    await waitFor(`${cell("deliveries", 5)}?.textContent === "delivered (200)"`);
    expect(bodies.map((body) => (JSON.parse(body) as { message: { text: string } }).message.text)).toEqual([
      "Is anybody there?",
    ]);
    expect(await page.evaluate(`document.querySelector("#result").textContent`)).toMatch(/^update \d+$/);
    expect(problems).toEqual([]);
    await page.close();
  }),
);

storyTest("an error of a delivery is red until a later delivery has succeeded", () =>
  withBot(async ({ telegram, id, answers }) => {
    const { page, problems, waitFor } = await openPage(chromium, telegram.controlUrl);
    answers.status = 500;
    telegram.message(id, { text: "first" });
    await waitFor(`${cell("bots", 5)}?.textContent.includes("Wrong response from the webhook: 500")`);
    await waitFor(`${cell("deliveries", 5)}?.textContent === "failed (500)"`);
    expect(await page.evaluate(isRed(cell("bots", 5)))).toBe(true);
    expect(await page.evaluate(isRed(cell("deliveries", 5)))).toBe(true);
    answers.status = 200;
    await telegram.clock.advance(60);
    await waitFor(`${cell("deliveries", 5)}?.textContent === "delivered (200)"`);
    await waitFor(`${cell("bots", 5)}?.textContent.endsWith("(a later delivery succeeded)")`);
    expect(await page.evaluate(isRed(cell("bots", 5)))).toBe(false);
    expect(await page.evaluate(`document.querySelectorAll("#deliveries .bad").length`)).toBe(0);
    expect(problems).toEqual([]);
    await page.close();
  }),
);

storyTest("what the page reads of a delivery holds no secret", () =>
  withBot(async ({ telegram, id }) => {
    telegram.message(id, { text: "first" });
    await until(() => telegram.deliveries(id).length > 0);
    const overview = await (await fetch(`${telegram.controlUrl}/overview`)).text();
    expect(overview).toContain('"outcome":"delivered"');
    expect(overview).not.toContain("the-secret");
  }),
);

const texts = [
  "h1",
  "h2",
  "th",
  "p.dim",
  "label",
  "#bots td",
  "#bots .bad",
  "#deliveries .bad",
  "#deliveries td",
  "#journal .dim",
];
const controls = ["#bot", "#text", "#send button"];

storyTest("texts can be read in light and dark", () =>
  withBot(async ({ telegram, id, answers }) => {
    answers.status = 500;
    telegram.message(id, { text: "first" });
    for (const scheme of ["light", "dark"] satisfies Scheme[]) {
      const { page, problems, waitFor } = await openPage(chromium, telegram.controlUrl, scheme);
      await waitFor(`document.querySelector("#deliveries .bad") && document.querySelector("#bots .bad")`);
      const all = await contrasts(page, [...texts, ...controls]);
      expect(all.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
      expect(all.filter(({ isLightOnDark }) => isLightOnDark !== (scheme === "dark"))).toEqual([]);
      expect(problems).toEqual([]);
      await page.close();
    }
  }),
);
