// A Chromium without a window, for tests: a profile of its own in a temporary folder, no network but this machine.
const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");
const { start } = require("./process.js");

/** Starts Chromium and connects with it. `close` ends all its processes and removes the profile. */
async function startChromium() {
  const profile = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-chromium-"));
  const flags = [
    "--headless=new",
    "--remote-debugging-port=0",
    `--user-data-dir=${profile}`,
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), // it refuses to run as root otherwise
  ];
  const chromium = start("chromium", [...flags, "about:blank"], { env: { ...process.env, HOME: profile } });
  const close = async () => {
    await chromium.stop();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const [, address] = await chromium.waitFor(/^DevTools listening on (ws:\S+)/);
    const { connect } = require("puppeteer-core");
    const browser = await connect({ browserWSEndpoint: address, defaultViewport: { width: 1400, height: 1000 } });
    return { browser, close: () => browser.disconnect().finally(close) };
  } catch (error) {
    await close();
    throw error;
  }
}

module.exports = { startChromium };
