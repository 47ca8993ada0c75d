// What a colleague does on the staff page: both lanes, the ticket's form, people, quick replies, closing and reopening, leaving.
import assert from "node:assert/strict";

import { READERS, inspect, launch, newReader, plan } from "./browser.mjs";

const phone = (reader) => reader.options.isMobile === true;

/** Goes to a part of the page by its route, as its tabs do. */
async function route(page, hash) {
  await page.evaluate((to) => {
    location.hash = to;
  }, `#/mobileOperator/${hash}`);
}

const lane = (page, name) => page.locator(`section[data-lane="${name}"]`);

/** The lanes stand side by side on a desk; on a phone one is shown, and the internal one tints the screen. */
async function layout(visit) {
  const { page, reader } = visit;
  await lane(page, "customer").locator(".comp").waitFor();
  if (phone(reader)) {
    assert.ok(!(await lane(page, "internal").isVisible()), "one lane at a time");
    await inspect(visit, "desk-chat");
    await page.locator('[data-goto="internal"]').click();
    await lane(page, "internal").locator(".comp").waitFor();
    assert.ok(!(await lane(page, "customer").isVisible()), "the customer's lane is away");
    await inspect(visit, "desk-internal");
    await page.locator('[data-goto="members"]').click();
  } else {
    const boxes = await Promise.all([page.locator(".side"), lane(page, "customer"), lane(page, "internal")].map((one) => one.boundingBox()));
    assert.equal(Math.round(boxes[0].width), 384);
    assert.ok(boxes[1].x >= boxes[0].x + 383 && boxes[2].x >= boxes[1].x + boxes[1].width - 1, JSON.stringify(boxes));
    assert.ok(Math.abs(boxes[1].width / boxes[2].width - 1.5) < 0.02, JSON.stringify(boxes));
    await page.locator('[data-tab-link="members"]').click();
  }
  await page.locator("#members").waitFor();
  await inspect(visit, "desk-members");
  await route(page, "receipt");
  await page.locator("#receipt").waitFor();
  await inspect(visit, "desk-receipt");
}

/** A line in each lane arrives in its own, under words that say who sees it. */
async function talk(visit, name, text) {
  const { page } = visit;
  await route(page, `group${name === "internal" ? "?lane=internal" : ""}`);
  const place = lane(page, name);
  const words = plan.words[visit.reader.lang];
  const to = await place.locator(".to").innerText();
  assert.ok(to.includes(words[name]), `${to} lacks ${words[name]}`);
  await place.locator("textarea").fill(text);
  await place.locator(".sendw").click();
  await place.locator("article", { hasText: text }).waitFor();
  const other = lane(page, name === "internal" ? "customer" : "internal");
  assert.equal(await other.locator("article", { hasText: text }).count(), 0, "a line is in its own lane only");
}

/** What the form saves is there after a reload. */
async function form(visit) {
  const { page, reader } = visit;
  const title = `${plan.ticket.title} ${reader.name}`;
  await route(page, "ticketCreate");
  const field = page.locator("#f-title");
  await page.waitForFunction(() => document.querySelector("#f-title").value !== "");
  await inspect(visit, "desk-form");
  await field.fill("");
  await page.locator("[data-ticket-form] [type=submit]").click();
  await page.locator('[data-error="title"]').waitFor();
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  await field.fill(title);
  await page.locator('[name="priority"][value="urgent"]').check({ force: true });
  await page.locator("[data-ticket-form] [type=submit]").click();
  await page.locator("#ticket h2", { hasText: title }).waitFor();
  await page.reload();
  await page.locator("#ticket h2", { hasText: title }).waitFor({ state: "attached" });
  assert.ok((await page.locator("#ticket").innerText()).includes(plan.words[reader.lang].urgent));
}

/** From the menu on a phone, from the bar on a desk. */
async function act(visit, name) {
  const { page, reader } = visit;
  if (!phone(reader)) return page.locator(`.bar [data-do="${name}"]`).click();
  await page.locator('.bar [data-do="menu"]').click();
  await page.locator(`#menu [data-do="${name}"]`).click();
}

async function people(visit) {
  const { page, reader } = visit;
  const colleague = plan.colleagues[reader.name];
  await act(visit, "invite");
  await page.locator("[data-invite-q]").fill(colleague.name);
  const row = page.locator(`[data-staff="${colleague.staff_id}"]`);
  await inspect(visit, "desk-invite");
  await row.getByRole("button").click();
  await row.locator(".chip").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#invite").waitFor({ state: "hidden" });
  const member = page.locator("#members li", { hasText: colleague.name });
  await member.waitFor({ state: "attached" });
  await page.locator("#receipt li", { hasText: colleague.name }).first().waitFor({ state: "attached" });

  const name = `${plan.group} ${reader.name}`;
  await page.locator('.bar [data-do="menu"]').click();
  await inspect(visit, "desk-menu");
  await page.locator('#menu [data-do="rename"]').click();
  await page.locator("#rename-name").fill(name);
  await page.locator("[data-rename] [type=submit]").click();
  await page.getByRole("heading", { level: 1, name }).waitFor();

  await route(page, "members");
  await member.locator('[data-do="member"]').click();
  await page.locator('#member [data-do="remove"]').click();
  await page.locator("[data-ask-yes]").click();
  await member.waitFor({ state: "detached" });
}

/** A reply of one's own is written into the composer, not sent. */
async function replies(visit) {
  const { page, reader } = visit;
  const text = `${plan.words[reader.lang].reply} ${reader.name}`;
  await route(page, "group");
  const composer = lane(page, "customer").locator("textarea");
  await lane(page, "customer").locator('.crow > button:not([type="submit"])').last().click();
  await page.locator("#replies-new").fill(text);
  await page.locator("[data-replies-form] button").click();
  await page.locator("[data-replies-list] .said", { hasText: text }).waitFor();
  await inspect(visit, "desk-replies");
  await page.locator("[data-replies-list] .said", { hasText: text }).click();
  assert.equal(await composer.inputValue(), text);
  await composer.fill("");
}

/** What was said inside is found, and said to be inside. */
async function find(visit, text) {
  const { page, reader } = visit;
  if (phone(reader)) await act(visit, "find");
  else {
    // In a field it is a letter like others.
    await page.locator("h1").click();
    await page.keyboard.press("/");
  }
  await page.locator("#find [name=q]").fill(text);
  const hit = page.locator("#find .hit", { hasText: text });
  await hit.locator(".chip.int").waitFor();
  await inspect(visit, "desk-find");
  await hit.click();
  await lane(page, "internal").locator("article", { hasText: text }).waitFor();
}

async function closing(visit) {
  const { page } = visit;
  await route(page, "group");
  await act(visit, "close");
  await page.locator("[data-ask-yes]").click();
  await lane(page, "customer").locator(".shutline").waitFor();
  await inspect(visit, "desk-closed");
  await lane(page, "customer").locator(".shutline button").click();
  await lane(page, "customer").locator(".comp").waitFor();
}

async function leaving(visit) {
  const { page } = visit;
  await page.locator('.bar [data-do="menu"]').click();
  await page.locator('#menu [data-do="sign-out"]').click();
  await page.locator('body[data-session="gate"]').waitFor();
  assert.ok(!(await page.content()).includes(plan.ticket.title), "who has left sees no ticket");
}

const browser = await launch();
try {
  for (const [n, reader] of READERS.entries()) {
    const visit = await newReader(browser, reader);
    const inside = `inside ${reader.name}`;
    await visit.page.goto(plan.links[n]);
    await visit.page.locator('body[data-session="signed-in"]').waitFor();
    await layout(visit);
    await talk(visit, "customer", `outside ${reader.name}`);
    await talk(visit, "internal", inside);
    await form(visit);
    await people(visit);
    await replies(visit);
    await find(visit, inside);
    await closing(visit);
    await leaving(visit);
    await visit.close();
    console.log(`${reader.name}: done`);
  }
} finally {
  await browser.close();
}
