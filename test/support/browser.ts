// Pages in a real browser: what goes wrong in one is kept, and its colours are measured.

/** What tests use of puppeteer's Page; an expression runs in the page. */
export interface Page {
  goto(url: string, options?: { waitUntil: "load" | "networkidle0" }): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  waitForFunction(expression: string, options: { timeout: number }): Promise<unknown>;
  emulateMediaFeatures(features: { name: string; value: string }[]): Promise<void>;
  close(): Promise<void>;
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  on(event: "console", listener: (message: { type(): string; text(): string }) => void): void;
  on(event: "pageerror", listener: (error: Error) => void): void;
  on(event: "requestfailed", listener: (request: { url(): string }) => void): void;
  on(event: "response", listener: (response: { url(): string; status(): number }) => void): void;
}

interface Chromium {
  browser: { newPage(): Promise<Page> };
  close: () => Promise<void>;
}

export const { startChromium } = require("../../scripts/lib/chromium.js") as { startChromium: () => Promise<Chromium> };

export type Scheme = "light" | "dark";
const timeout = 90_000;

/** A page at an address. `problems`: errors of its scripts, failed requests, and requests that leave this machine. */
export async function openPage({ browser }: Chromium, url: string, scheme: Scheme = "light") {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("requestfailed", (request) => problems.push(`${request.url()} failed`));
  page.on("response", (response) => {
    const isHere = /^(?:http:\/\/127\.0\.0\.1:|data:)/.test(response.url());
    if (!isHere || response.status() >= 400) problems.push(`${response.url()} was answered ${response.status()}`);
  });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(url, { waitUntil: "load" });
  return { page, problems, waitFor: (expression: string) => page.waitForFunction(expression, { timeout }) };
}

/** Presses Tab until the element that a selector names has the focus; after `most` times it fails. */
export async function tabTo(page: Page, selector: string, most = 60): Promise<void> {
  for (let times = 0; times < most; times += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)})`)) return;
  }
  throw new Error(`${selector} does not get the focus by Tab`);
}

export interface Contrast {
  selector: string;
  /** By WCAG 2: 1 to 21. */
  ratio: number;
  isLightOnDark: boolean;
}

/** The text of the first visible element of each selector against the first background below it that is not transparent. */
export async function contrasts(page: Page, selectors: readonly string[]): Promise<Contrast[]> {
  return (await page.evaluate(`(${measure})(${JSON.stringify(selectors)})`)) as Contrast[];
}

const measure = `(selectors) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const backgroundOf = (element) => {
    if (element === null) return rgba("Canvas");
    const color = rgba(getComputedStyle(element).backgroundColor);
    return color[3] === 255 ? color : backgroundOf(element.parentElement);
  };
  return selectors.map((selector) => {
    const element = [...document.querySelectorAll(selector)].find((one) => one.checkVisibility());
    if (!element) throw new Error(selector + " is not there");
    const text = luminance(rgba(getComputedStyle(element).color));
    const back = luminance(backgroundOf(element));
    return { selector, ratio: (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05), isLightOnDark: text > back };
  });
}`;
