// The customer's page in a browser: coming in, talking, everything around a message, no network, and the states in between.
// Staff are a second party who speaks by the page's own addresses, signed in as the link signs in.
import assert from "node:assert/strict";
import path from "node:path";

import { READERS, assertSilent, inspect, launch, newReader, picture, plan } from "./browser.mjs";
import { Staff } from "./staff.mjs";

const W = (reader) => plan.words[reader.lang];
const shot = (reader, name) => path.join(plan.screenshots, `${reader.name}-${name}.png`);

/** Comes in from the landing; the page is not loaded a second time. */
async function join(visit, url, name) {
  const { page, reader } = visit;
  await page.goto(url);
  await page.evaluate(() => {
    globalThis.sameDocument = true;
  });
  await page.locator("#name").fill(name);
  await inspect(visit, `customer-landing-${name ? "named" : "bare"}`);
  await page.locator("[data-join]").click();
  await page.locator(".talk .log").waitFor();
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true, "the chat comes without a second page");
  await page.locator(".sys").filter({ hasText: W(reader).joined }).first().waitFor();
}

const said = (page, text) => page.locator(".m .tx").filter({ hasText: text });

async function say(page, text) {
  await page.locator(".field").fill(text);
  await page.locator(".comp .send").click();
}

/** Both talk; line breaks, links, names, read marks, typing, quoting, recall, search. */
async function talk(visit, staff) {
  const { page, reader } = visit;
  const words = W(reader);
  await say(page, "都关了\n水是从门下面出来的 https://help.example.com/a?b=1。");
  const mine = said(page, "都关了");
  await mine.waitFor();
  assert.equal(await mine.locator("a").getAttribute("href"), "https://help.example.com/a?b=1", "the sentence's end is not in the link");
  assert.equal(await mine.innerText(), "都关了\n水是从门下面出来的 https://help.example.com/a?b=1。");
  await page.locator(".meta.sent").waitFor();

  const first = (await staff.entries("customer")).find((entry) => entry.text?.startsWith("都关了"));
  await staff.post("/read", { lane: "customer", seq: first.seq });
  await page.locator(".meta.read").filter({ hasText: words.read }).waitFor();

  await staff.post("/typing", { lane: "customer" });
  await page.locator(".typing").filter({ hasText: words.typing }).waitFor();
  const hostile = `<img src=x onerror=alert(1)>\u202egnp.exe`;
  const answer = await staff.say(hostile, { quote: first.seq });
  const bubble = page.locator(`article[data-seq="${answer.seq}"]`);
  await bubble.waitFor();
  assert.equal(await bubble.locator("img").count(), 0, "words are words");
  assert.ok((await bubble.innerText()).includes("<img src=x onerror=alert(1)>gnp.exe"));
  assert.ok((await bubble.getAttribute("aria-label")).includes(plan.caller), "a screen reader hears who");
  await bubble.locator(".qt").filter({ hasText: "都关了" }).waitFor();

  await bubble.locator(".bmore").click();
  await page.locator(".mrow").filter({ hasText: words.reply }).click();
  await page.locator(".qbar").waitFor();
  await say(page, "好的，谢谢");
  await page.locator(".m.me .qt").waitFor();

  const own = page.locator("article[data-seq]").filter({ hasText: "好的，谢谢" });
  await own.locator(".bmore").click();
  await page.locator(".mrow").filter({ hasText: words.take_back }).click();
  await page.locator(".m.me .recalled").waitFor();
  assert.ok(!(await page.locator(".log").innerText()).includes("好的，谢谢"), "what was taken back is gone");

  await page.keyboard.press("/");
  const search = page.locator(".sheet input[type=search]");
  await search.fill("门下面");
  await page.locator(".hit mark").filter({ hasText: "门下面" }).waitFor();
  await page.locator(".hit").first().click();
  await page.locator(`article[data-seq="${first.seq}"].found`).waitFor();
}

/** A picture and a file: thumbnail, viewer, download; what is too large is told before it is sent. */
async function files(visit, staff) {
  const { page, reader } = visit;
  const [pick] = [page.locator('input[type=file][multiple]:not([accept])')];
  await pick.setInputFiles([{ name: "漏水.png", mimeType: "image/png", buffer: Buffer.from(plan.png, "base64") }, { name: "说明.txt", mimeType: "text/plain", buffer: Buffer.from("第一步，关水。") }]);
  await page.locator(".m.me .pic img").waitFor();
  await page.locator(".m.me a.file").filter({ hasText: "说明.txt" }).waitFor();
  const [image, text] = ["image", "file"].map((kind) => async () => (await staff.entries("customer")).find((entry) => entry.kind === kind));
  assert.equal((await image()).file.type, "image/png");
  assert.equal((await text()).file.name, "说明.txt");
  await page.locator(".pic").first().click();
  await page.locator(".viewer .vimg").waitFor();
  await page.waitForFunction(() => document.querySelector(".vimg").naturalWidth > 0);
  await page.keyboard.press("Escape");
  await page.locator(".viewer").waitFor({ state: "detached" });
  await pick.setInputFiles([{ name: "big.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(plan.file_bytes + 1) }]);
  await page.locator(".comp .over").filter({ hasText: W(reader).too_large }).waitFor();
}

/** A voice message: recorded, sent, played by the whole bubble. */
async function voice(visit, staff) {
  const { page, reader } = visit;
  await page.getByRole("button", { name: W(reader).record }).click();
  await page.locator(".rec").waitFor();
  // As long as somebody needs to say a word; a shorter one counts as a slip of the finger.
  await page.waitForFunction(() => Number.parseInt(document.querySelector(".rec .num").textContent, 10) >= 2);
  await page.locator(".rec .send").click();
  await page.locator(".m.me .voice").waitFor();
  const sent = (await staff.entries("customer")).find((entry) => entry.kind === "voice");
  assert.ok(sent.file.ms >= 1_000 && /^audio\//.test(sent.file.type), JSON.stringify(sent.file));
  await page.locator(".m.me .voice").click();
  await page.locator(".voice.playing").waitFor();
  await page.locator(".voice:not(.playing)").waitFor();
  assert.ok(!(await page.locator(".voice .vt").innerText()).match(/放不了|Cannot/), "it plays to its end");
}

/** No network: what is written waits, in order, over a reload; then it arrives once. */
async function offline(visit, staff, url) {
  const { page, reader } = visit;
  await visit.unplug(true);
  for (const text of ["断网一", "断网二", "断网三"]) await say(page, text);
  await page.locator(".banners .ban").filter({ hasText: W(reader).offline }).waitFor();
  assert.equal(await page.locator(".pending .meta.waiting, .pending .meta.sending").count(), 3);
  await inspect(visit, "customer-offline");
  await visit.unplug(false);
  await page.goto(url);
  await said(page, "断网三").waitFor();
  await page.locator(".pending").first().waitFor({ state: "detached" });
  const texts = (await staff.entries("customer")).map((entry) => entry.text).filter((text) => text?.startsWith("断网"));
  assert.deepEqual(texts, ["断网一", "断网二", "断网三"], "once each, in order");
  await staff.say("看到了");
  await said(page, "看到了").waitFor();
}

/** A long conversation: few nodes, older parts come by scrolling, the place is kept, and the way back is one tap. */
async function long(visit, staff) {
  const { page, reader } = visit;
  // More than the page keeps at once: for one reader, because the server slows down who says so much.
  const many = reader === READERS[0] ? plan.many : 30;
  for (let n = 1; n <= many; n += 1) await staff.say(`第 ${n} 条`);
  await said(page, new RegExp(`^第 ${many} 条$`)).waitFor();
  for (let turns = 0; turns === 0 || (await said(page, /^第 1 条$/).count()) === 0; turns += 1) {
    assert.ok(turns < 100, "the beginning never came");
    await page.locator(".log").evaluate((log) => {
      log.scrollTop = 0;
    });
    await page.evaluate(() => new Promise((next) => setTimeout(next, 50)));
  }
  assert.ok((await page.locator("article").count()) <= 205, "the page does not grow without end");
  await page.locator(".jumpdown").click();
  await said(page, new RegExp(`^第 ${many} 条$`)).waitFor();
}

/** Sheets by keyboard and finger; large type; the other language. */
async function around(visit) {
  const { page, reader } = visit;
  const [people, more] = [page.locator(".chead .ib").first(), page.locator(".chead .ib").last()];
  await people.click();
  await page.locator(".sheet").filter({ hasText: plan.caller }).waitFor();
  await inspect(visit, "customer-people");
  await page.keyboard.press("Escape");
  await page.locator(".sheet").waitFor({ state: "detached" });
  assert.equal(await people.evaluate((node) => node === document.activeElement), true, "the focus goes back");
  await more.click();
  await page.locator(".sheet").waitFor();
  await inspect(visit, "customer-menu");
  await page.keyboard.press("Escape");
  await more.click();
  await page.locator(".mrow").filter({ hasText: W(reader).large }).click();
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize), "20px");
  await page.keyboard.press("Escape");
  await inspect(visit, "customer-large");
  await more.click();
  await page.locator(".mrow").filter({ hasText: W(reader).large }).click();
  await page.keyboard.press("Escape");
  await page.locator('.comp .ib[aria-expanded]').first().click();
  await page.locator(".tile").filter({ hasText: W(reader).contact }).click();
  await page.locator("#contact").fill("12");
  await page.locator(".sheet form button[type=submit]").click();
  await page.locator(".sheet .err").filter({ hasText: W(reader).bad_phone }).waitFor();
  await page.locator("#contact").fill("13800006621");
  await page.locator(".sheet form button[type=submit]").click();
  await page.locator(".sheet .ban").waitFor();
  await page.keyboard.press("Escape");
}

/** Done, rated in one tap, closed, reopened by the customer, and the other language on the way. */
async function ending(visit, staff) {
  const { page, reader } = visit;
  await staff.finish();
  await page.locator(".rating .faces button").nth(4).click();
  await page.locator(".rating").filter({ hasText: W(reader).thanks }).waitFor();
  await inspect(visit, "customer-rating");
  await staff.post("/close");
  await page.locator(".closedbar").waitFor();
  await inspect(visit, "customer-closed");
  await page.locator(".closedbar .primary").click();
  await page.locator(".comp .field").waitFor();
  await say(page, "又漏了");
  await page.locator("article[data-seq]").filter({ hasText: "又漏了" }).locator(".meta.sent").waitFor();
}

/** A second device is a guest and does not see what was said before; removed, it says so. */
async function guest(browser, reader, staff, url) {
  const visit = await newReader(browser, reader);
  const { page } = visit;
  await join(visit, url, "");
  assert.ok(!(await page.locator(".log").innerText()).includes("又漏了"), "a guest sees nothing of before");
  await say(page, "我是家人");
  await page.locator(".meta.sent").waitFor();
  const state = await staff.get("/state");
  const person = state.members.find((member) => member.kind === "guest" && member.state !== "removed");
  for (const what of ["state", "read", "live"]) visit.willRefuse(`${new URL(url).pathname}/${what}`);
  await staff.del(`/members/${person.id}`);
  await page.locator('main[data-gone="removed"]').waitFor();
  await inspect(visit, "customer-removed");
  await visit.close();
}

/** The link is renewed: who is in goes on, who comes with the old one is told. */
async function renewed(browser, reader, visit, staff, url) {
  await staff.post("/renew-link");
  await visit.page.reload();
  await said(visit.page, "又漏了").waitFor();
  const late = await newReader(browser, reader);
  late.willRefuse(new URL(url).pathname);
  const answer = await late.page.goto(url);
  assert.equal(answer.status(), 410);
  await late.page.getByRole("heading", { name: W(reader).renewed }).waitFor();
  await late.close();
}

const browser = await launch();
try {
  for (const reader of READERS) {
    const { link, customer_url } = plan.groups[reader.name];
    const staff = await Staff.signIn(plan.url, link);
    const visit = await newReader(browser, reader);
    await join(visit, customer_url, "陈女士");
    await staff.say(plan.internal, { lane: "internal" });
    await talk(visit, staff);
    await files(visit, staff);
    await voice(visit, staff);
    await inspect(visit, "customer-chat");
    await around(visit);
    await offline(visit, staff, customer_url);
    await long(visit, staff);
    await ending(visit, staff);
    await assertSilent(visit.page, [plan.internal], "the customer's chat");
    await guest(browser, reader, staff, customer_url);
    await renewed(browser, reader, visit, staff, customer_url);
    await picture(visit.page, { path: shot(reader, "customer-end") });
    await visit.close();
    console.log(`${reader.name}: done`);
  }
} finally {
  await browser.close();
}
