// The main job as people see it: the link signs the agent in, the code on his page opens the customer's page.
import assert from "node:assert/strict";

import { READERS, assertSilent, inspect, launch, newReader, panel, plan, scan } from "./browser.mjs";

const SESSION = "/customer-service/session";

async function staff(browser, reader, link) {
  const visit = await newReader(browser, reader);
  const { page } = visit;
  await page.goto(link);
  await page.locator('body[data-session="signed-in"]').waitFor();
  assert.ok(!page.url().includes("st="), `the sign-in ticket is in the address: ${page.url()}`);
  assert.ok(page.url().startsWith(link.split("#")[0]), "the permanent address stays");
  await sees(page, reader);
  await inspect(visit, "staff");
  // A desk shows the code beside the chat, a phone behind a button; large it is on both.
  if (reader.options.isMobile) await page.locator('.bar [data-do="code"]').click();
  else await page.locator("[data-qr]").click();
  await page.locator('[data-dialog="code"] .qr').waitFor();
  assert.deepEqual([...new Set(scan(await inspect(visit, "staff-code")))], [plan.customer_url], "the code on the screen");
  await page.keyboard.press("Escape");

  await page.reload();
  await page.locator('body[data-session="signed-in"]').waitFor();
  await switchLanguage(page);
  await page.locator(`html[lang^="${reader.lang === "zh" ? "en" : "zh"}"]`).waitFor();
  await titled(page);
  await switchLanguage(page);
  await page.locator(`html[lang^="${reader.lang}"]`).waitFor();
  await titled(page);
  return visit;
}

const titled = (page) => page.locator("#ticket h2", { hasText: plan.ticket.title }).waitFor({ state: "attached" });

async function switchLanguage(page) {
  await page.locator('.bar [data-do="menu"]').click();
  await page.locator("#menu a.lang").click();
}

/** Group, ticket, members, timeline. */
async function sees(page, reader) {
  const words = plan.words[reader.lang];
  await page.getByRole("heading", { level: 1, name: plan.group }).waitFor();
  const ticket = await page.locator("#ticket").innerText();
  for (const word of [plan.ticket.case_id, plan.ticket.title, plan.ticket.description, words.stage, words.priority]) {
    assert.ok(ticket.includes(word), `the ticket lacks ${word}:\n${ticket}`);
  }
  const members = await page.locator("#members li").allInnerTexts();
  assert.equal(members.length, plan.people.length, members.join(" | "));
  for (const name of plan.people) assert.ok(members.some((text) => text.includes(name)), `${name} is missing`);
  const steps = await page.locator("#receipt li").allInnerTexts();
  assert.equal(steps.length, 2, steps.join(" | "));
  assert.ok(steps.every((text) => text.includes(plan.team_group_id)), "each step names its evidence");
  assert.ok(steps[1].includes(words.pulled_in), `one is in, the customer is not: ${steps[1]}`);
  assert.equal(await page.locator("#code .url a").getAttribute("href"), plan.customer_url);
}

async function customer(browser, reader) {
  const visit = await newReader(browser, reader);
  const { page } = visit;
  await page.goto(plan.customer_url);
  const text = await page.locator("body").innerText();
  for (const word of [plan.company, plan.group, plan.words[reader.lang].open]) {
    assert.ok(text.includes(word), `the customer's page lacks ${word}:\n${text}`);
  }
  await assertSilent(page, [...plan.secrets, "openConversationId", "cid"], "the customer's page");
  await inspect(visit, "customer");
  await page.locator("a.lang").click();
  await page.locator(`html[lang^="${reader.lang === "zh" ? "en" : "zh"}"]`).waitFor();
  await assertSilent(page, plan.secrets, "the customer's page in the other language");
  assert.deepEqual(await visit.context.cookies().then((all) => all.map((c) => c.name)), ["lq_lang"]);
  await visit.close();
}

async function usedLink(browser, reader, link) {
  const visit = await newReader(browser, reader);
  visit.willRefuse(SESSION);
  await visit.page.goto(link);
  await panel(visit.page, "used");
  assert.ok(!visit.page.url().includes("st="), "a used ticket leaves the address too");
  await assertSilent(visit.page, plan.secrets, "a used link");
  await inspect(visit, "used");
  await visit.close();
}

async function noTicket(browser, reader, link) {
  const visit = await newReader(browser, reader);
  await visit.page.goto(link.split("&st=")[0]);
  await panel(visit.page, "gate");
  await assertSilent(visit.page, plan.secrets, "the gate");
  await inspect(visit, "gate");
  await visit.page.locator("a.lang").click();
  await visit.page.locator(`html[lang^="${reader.lang === "zh" ? "en" : "zh"}"]`).waitFor();
  assert.ok(visit.page.url().includes("#/mobileOperator/ticketCreate"), "the fragment goes along");
  await visit.close();
}

const browser = await launch();
try {
  for (const [at, reader] of READERS.entries()) {
    const link = plan.links[at];
    const signedIn = await staff(browser, reader, link);
    await customer(browser, reader);
    await usedLink(browser, reader, link);
    await noTicket(browser, reader, link);
    await signedIn.close();
    console.log(`${reader.name}: done`);
  }
} finally {
  await browser.close();
}
