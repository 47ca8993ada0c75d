// The people of the conversation: what a person does on the group page, and everything that reaches a person's browser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

import { inspect, newReader, picture, plan, scan } from "./browser.mjs";

/** What a cut network or a server that is away makes Chromium say. */
export const OUTAGE = /Failed to load resource: net::|WebSocket connection to|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED/;

const ASSETS = new URL("../../crates/server/assets/chat/", import.meta.url);
const read = async (name) => (await import(`data:text/javascript,${encodeURIComponent(readFileSync(new URL(name, ASSETS), "utf8"))}`)).words;
const WORDS = { zh: await read("words.zh.js"), en: await read("words.en.js") };

/** The page's own words, so that the tests read what a reader of that language reads. */
export const word = (lang, key) => WORDS[lang][key] ?? assert.fail(`no word ${key}`);

export const phone = (lang, colorScheme = "light") => ({
  name: `phone-${lang}-${colorScheme}`,
  lang,
  options: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: lang === "zh" ? "zh-CN" : "en", timezoneId: "Asia/Shanghai", colorScheme, acceptDownloads: true },
});

export const desk = (lang, colorScheme = "light") => ({
  name: `desk-${lang}-${colorScheme}`,
  lang,
  options: { viewport: { width: 1280, height: 800 }, locale: lang === "zh" ? "zh-CN" : "en", timezoneId: "Asia/Shanghai", colorScheme, acceptDownloads: true },
});

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Asks the Rust side for what only it can do: "call", "admin", "stop", "start", "log". */
export async function wish(what, more = {}) {
  process.stdout.write(`@${JSON.stringify({ do: what, ...more })}\n`);
  const { value } = await answers.next();
  return JSON.parse(value);
}

/** 客服一键拉群: a signed call as the ticket system makes it. */
export async function click(caseId, staffId = "123") {
  const data = await wish("call", { request: { case_id: caseId, tenant_id: plan.tenant, staff_id: staffId, outer_type: "111" } });
  const customer = data.group_qr_code.replace(/\/qr\.png$/, "");
  return { link: data.group_link, customer, token: customer.split("/").pop(), id: data.open_conversation_id };
}

/** Everything that reaches a browser: bodies of answers, frames of sockets, events. */
export function tap(context) {
  const wire = [];
  const waiting = new Set();
  context.on("response", (response) => {
    const type = response.headers()["content-type"] ?? "";
    if (type.includes("event-stream") || /^(image|font|audio)\//.test(type)) return;
    const body = response.text().then((text) => wire.push(`${response.url()}\n${text}`), () => {}).finally(() => waiting.delete(body));
    waiting.add(body);
  });
  context.on("page", async (page) => {
    page.on("websocket", (socket) => {
      socket.on("framereceived", ({ payload }) => wire.push(`socket ${payload}`));
    });
    const cdp = await context.newCDPSession(page);
    cdp.on("Network.eventSourceMessageReceived", ({ data }) => wire.push(`event ${data}`));
    await cdp.send("Network.enable");
  });
  return {
    wire,
    /** All of it, once the answers under way are read. */
    async text() {
      await Promise.all(waiting);
      return wire.join("\n");
    },
  };
}

/** One browser of one person in one group. */
export class Person {
  constructor(visit) {
    Object.assign(this, { visit, page: visit.page, context: visit.context, lang: visit.reader.lang });
  }

  /** A browser of somebody's own, tapped from its first page on. */
  static async sit(browser, reader, more) {
    const visit = await newReader(browser, reader, more);
    await visit.page.close();
    const tapped = tap(visit.context);
    visit.page = await visit.context.newPage();
    const person = new Person(visit);
    person.tapped = tapped;
    return person;
  }

  word(key, values = {}) {
    return word(this.lang, key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  /** By the link of the click: signed in, the chat connected. */
  async signIn(link) {
    await this.page.goto(link);
    await this.page.locator('body[data-session="signed-in"]').waitFor();
    await this.field("customer").waitFor();
  }

  /** As a customer does: the page, a name perhaps, one tap. */
  async join(address, name) {
    await this.page.goto(address);
    if (name) await this.page.locator('input[name="name"]').fill(name);
    await this.joinButton.click();
    await this.field("customer").waitFor();
  }

  get joinButton() {
    return this.page.locator("[data-join]");
  }

  form(lane = "customer") {
    return this.page.locator(`form[data-lane="${lane}"]`);
  }

  field(lane = "customer") {
    return this.form(lane).locator("textarea");
  }

  /** The log of a lane; a customer has but one. */
  log(lane = "customer") {
    return this.page.locator(`section[data-lane="${lane}"] [role="log"], main:not(:has(section[data-lane])) [role="log"]`).first();
  }

  bubble(text, lane = "customer") {
    return this.log(lane).locator("article.m", { hasText: text }).last();
  }

  async write(text, lane = "customer") {
    await this.field(lane).fill(text);
    await this.form(lane).locator('button[type="submit"]').click();
  }

  /** Writes, and waits until the server has it. */
  async say(text, lane = "customer") {
    await this.write(text, lane);
    const first = text.split("\n")[0];
    await this.log(lane).locator("article.m[data-seq]", { hasText: first }).last().waitFor();
  }

  async sees(text, lane = "customer") {
    await this.log(lane).locator("article.m[data-seq]", { hasText: text }).last().waitFor();
  }

  async seesLine(text, lane = "customer") {
    await this.log(lane).locator(".sys", { hasText: text }).last().waitFor();
  }

  /** Chooses files as the picker would: an image by its own input, anything else by the other. */
  async attach(files, { image = false, lane = "customer" } = {}) {
    const input = image ? 'input[type="file"][accept="image/*"]:not([capture])' : 'input[type="file"]:not([accept])';
    await this.form(lane).locator(input).setInputFiles(files);
  }

  /** Records until the page counts two seconds, and sends it. */
  async speak(lane = "customer") {
    const form = this.form(lane);
    await form.getByRole("button", { name: this.word("record"), exact: true }).click();
    await form.locator(".rec .num", { hasText: "2″" }).waitFor();
    await form.getByRole("button", { name: this.word("send_voice"), exact: true }).click();
    await this.log(lane).locator("article.m[data-seq] .voicebox").last().waitFor();
  }

  /** A message's menu, and in it what is called so. */
  async act(text, key, lane = "customer") {
    const bubble = this.bubble(text, lane);
    await bubble.locator(".bmore").click({ force: true });
    await this.page.locator(".sheet .mrow", { hasText: this.word(key) }).click();
  }

  /** What stands in the log, top to bottom: words of bubbles. */
  texts(lane = "customer") {
    return this.log(lane).locator("article.m[data-seq] .tx").allInnerTexts();
  }

  /** A look at the page at rest: what moves has come to its end, pictures are there. */
  async look(name) {
    await this.page.waitForFunction(() => {
      const moving = document.getAnimations().filter((one) => one.playState === "running" && one.effect.getComputedTiming().endTime !== Infinity);
      return moving.length === 0 && [...document.images].every((image) => image.complete || !image.offsetParent);
    });
    return inspect(this.visit, name);
  }

  async photograph(name) {
    const file = path.join(plan.screenshots, `${this.visit.reader.name}-${name}.png`);
    await picture(this.page, { path: file });
    return file;
  }

  async scanned() {
    return scan(await this.photograph("scan"));
  }
}

/** A photograph of a leaking dishwasher, as a camera would make one: a real JPEG of about a hundred kilobytes. */
export async function photo(page, { width = 1200, height = 900 } = {}) {
  const bytes = await page.evaluate(async ([width, height]) => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const pen = canvas.getContext("2d");
    const box = (x, y, w, h, color) => {
      pen.fillStyle = color;
      pen.fillRect((x * width) / 100, (y * height) / 100, (w * width) / 100, (h * height) / 100);
    };
    box(0, 0, 100, 72, "#c9cfd1");
    box(0, 72, 100, 28, "#b39f86");
    for (let n = 0; n < 6; n += 1) box(n * 18 - 3, 72, 0.4, 28, "#8f7c63");
    box(24, 0, 52, 76, "#f1f3f3");
    box(24, 0, 52, 7, "#dde2e3");
    box(28, 2.5, 14, 2, "#2c3437");
    box(38, 12, 24, 3, "#c2c9cb");
    box(27, 20, 46, 46, "#e7eaeb");
    box(24, 74, 52, 3, "#3a4447");
    pen.fillStyle = "#8fb9c9";
    pen.beginPath();
    pen.ellipse(width * 0.5, height * 0.86, width * 0.3, height * 0.09, 0, 0, 7);
    pen.fill();
    pen.fillStyle = "#d4e8ef";
    pen.beginPath();
    pen.ellipse(width * 0.46, height * 0.83, width * 0.13, height * 0.015, 0, 0, 7);
    pen.fill();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, [width, height]);
  return Buffer.from(bytes);
}

/** Ends the script: nothing of it may keep the process. */
export function finish() {
  process.stdin.destroy();
}
