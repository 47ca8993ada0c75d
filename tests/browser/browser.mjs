// Debian's Chromium, watched: whatever a page complains about or asks of another host fails the test.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.LAQUN_TEST_CLIENTS, "browser", "package.json"));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** What the Rust test prepared: addresses, names, words that must not leak. */
export const plan = JSON.parse(process.argv[2]);
mkdirSync(plan.screenshots, { recursive: true });

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: "zh-CN" };
const DESK = { viewport: { width: 1280, height: 800 }, locale: "en" };

const ALL_READERS = [
  { name: "phone-zh-light", lang: "zh", options: { ...PHONE, colorScheme: "light" } },
  { name: "phone-zh-dark", lang: "zh", options: { ...PHONE, colorScheme: "dark" } },
  { name: "desk-en-light", lang: "en", options: { ...DESK, colorScheme: "light" } },
  { name: "desk-en-dark", lang: "en", options: { ...DESK, colorScheme: "dark" } },
];

/** The readers: a phone in Chinese and a desk in English, each by day and by night; fewer if the plan says so. */
export const READERS = ALL_READERS.filter(({ name }) => plan.readers?.includes(name) ?? true);

export async function launch() {
  return chromium.launch({
    executablePath: process.env.LAQUN_TEST_CHROMIUM ?? "/usr/bin/chromium",
    // A microphone that hums, and nobody who has to allow it.
    args: ["--no-sandbox", "--disable-gpu", "--no-proxy-server", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
  });
}

/** A reader's own context: cookies of nobody else. `more` is laid over the options. */
export async function newReader(browser, reader, more = {}) {
  const context = await browser.newContext({ ...reader.options, ...more });
  // Only a fail-safe: on a machine with much else to do a page may take its time.
  context.setDefaultTimeout(120_000);
  const complaints = [];
  const refused = new Set();
  let unplugged = false;
  const expected = [];
  const home = new URL(plan.url).host;
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.host !== home) complaints.push(`asked another host: ${request.url()}`);
  });
  context.on("response", (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`);
  });
  context.on("console", (message) => {
    const broken = ["error", "warning"].includes(message.type());
    if (!broken) return;
    // Chromium notes each answer of 400 and above; those that the test asked for are no complaint.
    const asked = message.text().startsWith("Failed to load resource") && refused.has(pathOf(message.location().url));
    const outage = expected.some((pattern) => pattern.test(message.text()));
    const lost = unplugged && message.text().includes("ERR_INTERNET_DISCONNECTED");
    if (!asked && !lost && !outage) complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) => complaints.push(`script: ${error.error()}`));
  return {
    reader,
    context,
    page: await context.newPage(),
    /** From here on an answer of 400 and above at this path is what the test wants to see. */
    willRefuse: (path) => refused.add(path),
    /** From here on a complaint of this kind is what the test wants to see: a server that is away, a way that is blocked. */
    willComplain: (pattern) => expected.push(pattern),
    /** From here on the page may find itself without a network. */
    async unplug(yes) {
      unplugged = true;
      await context.setOffline(yes);
    },
    /** Fails if the pages complained; ends the context. */
    async close() {
      assert.deepEqual(complaints, [], `${reader.name}: complaints of the browser`);
      await context.close();
    },
  };
}

function pathOf(url) {
  return URL.canParse(url) ? new URL(url).pathname : url;
}

const PICTURE_ATTEMPTS = 5;

/** A picture of a page. On a machine with much else to do Chromium now and then cannot take one, and can the next moment. */
export async function picture(page, options) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await page.screenshot(options);
    } catch (error) {
      if (attempt === PICTURE_ATTEMPTS || !String(error).includes("Unable to capture screenshot")) throw error;
      await new Promise((next) => setTimeout(next, 500));
    }
  }
}

/** Looks at a page as it stands: a screenshot, no sideways scrolling, nothing serious from axe. */
export async function inspect(visit, name) {
  const { page, reader } = visit;
  const file = path.join(plan.screenshots, `${reader.name}-${name}.png`);
  await picture(page, { path: file, fullPage: true });
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= room, `${reader.name} ${name}: ${wide} px wide in ${room}`);
  assert.equal(await page.evaluate(() => document.documentElement.lang.slice(0, 2)), reader.lang, `${name}: language`);
  await page.evaluate(AXE);
  // Style sheets are read as they are applied; loading them again would be a request of axe's own.
  const { violations } = await page.evaluate(() => globalThis.axe.run({ preload: false }));
  const grave = violations.filter((v) => ["serious", "critical"].includes(v.impact));
  const told = grave.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.map((n) => n.html).join("\n    ")}`);
  assert.deepEqual(told, [], `${reader.name} ${name}: axe`);
  return file;
}

/** The texts of the QR codes in a picture. */
export function scan(file) {
  return execFileSync("zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file], { encoding: "utf8" }).trim().split("\n");
}

/** Fails if the page, as sent or as it stands, holds one of the words. */
export async function assertSilent(page, words, where) {
  const html = await page.content();
  for (const word of words) assert.ok(!html.includes(word), `${where} shows ${word}`);
}

/** Waits until exactly this panel of the gate is shown. */
export async function panel(page, name) {
  await page.locator(`[data-panel="${name}"]`).waitFor({ state: "visible" });
  const shown = await page.locator("[data-panel]:visible").evaluateAll((all) => all.map((p) => p.dataset.panel));
  assert.deepEqual(shown, [name]);
}
