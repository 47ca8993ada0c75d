// Every address says something sensible, whoever opens it, with JavaScript and without.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";

import { READERS, assertSilent, inspect, launch, newReader, panel, picture, plan, scan } from "./browser.mjs";

const at = (address) => new URL(address, plan.url);

/** Addresses that anybody may open: what they answer and say, and that they say no more. */
async function addresses(browser, reader) {
  for (const { name, address, status, words } of plan.addresses) {
    const visit = await newReader(browser, reader);
    const url = at(address);
    if (status >= 400) visit.willRefuse(url.pathname);
    const answer = await visit.page.goto(url.href);
    assert.equal(answer.status(), status, name);
    const text = await visit.page.locator("body").innerText();
    assert.ok(text.includes(words[reader.lang]), `${name} lacks ${words[reader.lang]}:\n${text}`);
    await assertSilent(visit.page, plan.secrets, name);
    await inspect(visit, name);
    await visit.close();
  }
}

/** Tickets that sign nobody in. */
async function badTickets(browser, reader) {
  const base = plan.links[0].split("&st=")[0];
  const visit = await newReader(browser, reader);
  visit.willRefuse("/customer-service/session");
  for (const st of ["x", "%", "%E4%BD%A0", "A".repeat(200)]) {
    await visit.page.goto(`${base}&st=${st}`);
    await panel(visit.page, "invalid");
    assert.ok(!visit.page.url().includes("st="), visit.page.url());
    await assertSilent(visit.page, plan.secrets, `st=${st}`);
    // The next address differs in its fragment only, which alone would load no page.
    await visit.page.goto("about:blank");
  }
  await visit.close();
}

/** A page that is open when the agent clicks again signs in without being loaded; and shows no group that is not his. */
async function secondClick(browser, reader, link) {
  const visit = await newReader(browser, reader);
  const { page } = visit;
  await page.goto(link.split("&st=")[0]);
  await panel(page, "gate");
  await page.goto(link);
  await page.locator('body[data-session="signed-in"]').waitFor();
  await page.getByRole("heading", { level: 1, name: plan.group }).waitFor();

  const foreign = at(plan.foreign_group);
  visit.willRefuse(foreign.pathname);
  const answer = await page.goto(foreign.href);
  assert.equal(answer.status(), 404);
  await assertSilent(page, plan.secrets.filter((word) => word !== plan.caller), "a group that is not his");
  await inspect(visit, "no-group");
  const cookies = await visit.context.storageState();
  await visit.close();
  return cookies;
}

/** Without JavaScript the pages say the same; only signing in needs it, and says so. */
async function withoutScript(browser, reader, storageState) {
  const stranger = await newReader(browser, reader, { javaScriptEnabled: false });
  await stranger.page.goto(plan.links[0]);
  const gate = await stranger.page.locator("body").innerText();
  assert.ok(gate.includes(plan.words[reader.lang].no_script), gate);
  await assertSilent(stranger.page, plan.secrets, "the gate without JavaScript");
  await picture(stranger.page, { path: shot(reader, "gate-no-script"), fullPage: true });
  await stranger.page.goto(plan.customer_url);
  const text = await stranger.page.locator("body").innerText();
  assert.ok(text.includes(plan.company) && text.includes(plan.words[reader.lang].open), text);
  assert.equal(await stranger.page.locator("button:visible").count(), 0, "a button that does nothing");
  await picture(stranger.page, { path: shot(reader, "customer-no-script"), fullPage: true });
  const language = stranger.page.locator("a.lang");
  await language.click();
  await stranger.page.locator(`html[lang^="${reader.lang === "zh" ? "en" : "zh"}"]`).waitFor();
  await stranger.close();

  const staff = await newReader(browser, reader, { javaScriptEnabled: false, storageState });
  await staff.page.goto(plan.links[0]);
  await staff.page.getByRole("heading", { level: 1, name: plan.group }).waitFor();
  for (const part of ["#ticket", "#code", "#members", "#receipt"]) {
    assert.ok(await staff.page.locator(part).isVisible(), part);
  }
  assert.equal(await staff.page.locator("button:visible").count(), 0, "a button that does nothing");
  const file = shot(reader, "staff-no-script");
  await picture(staff.page, { path: file, fullPage: true });
  assert.deepEqual(scan(file), [plan.customer_url]);
  await staff.close();
}

/** A group that could not be made: the page waits, and shows it by itself once a further click has made it. */
async function waiting(browser, reader) {
  const { page_url, click } = plan.waiting[reader.name];
  const visit = await newReader(browser, reader);
  const { page } = visit;
  await page.clock.install();
  await page.goto(page_url);
  await page.locator('main[data-state="failed"]').waitFor();
  await inspect(visit, "failed");
  execFileSync(click[0], click.slice(1));
  // The page looks every fifteen seconds of its own clock, which runs here as fast as it can.
  for (let looks = 0; (await page.locator('main[data-state="active"]').count()) === 0; looks += 1) {
    assert.ok(looks < 400, "the page never showed that the group is ready");
    await page.clock.runFor(1000).catch(navigated);
    await page.waitForLoadState();
  }
  await inspect(visit, "ready-after-failed");
  await visit.close();
}

function navigated(error) {
  if (!/navigat|context was destroyed/i.test(String(error))) throw error;
}

/** The drawing decodes as Chromium paints it. */
async function drawing(browser, reader) {
  const visit = await newReader(browser, reader);
  await visit.page.goto(`${plan.customer_url}/qr.svg`);
  const file = shot(reader, "qr-svg");
  await picture(visit.page, { path: file });
  assert.deepEqual(scan(file), [plan.customer_url], "qr.svg");
  await visit.close();
}

const shot = (reader, name) => path.join(plan.screenshots, `${reader.name}-${name}.png`);

const browser = await launch();
try {
  for (const [n, reader] of READERS.entries()) {
    await addresses(browser, reader);
    await badTickets(browser, reader);
    const cookies = await secondClick(browser, reader, plan.links[n]);
    await withoutScript(browser, reader, cookies);
    await waiting(browser, reader);
    await drawing(browser, reader);
    console.log(`${reader.name}: done`);
  }
} finally {
  await browser.close();
}
