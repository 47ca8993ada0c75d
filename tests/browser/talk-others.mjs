// Who comes by another way: a forwarded staff link, a second device, somebody removed, a renewed link, a network that lets
// only some kinds of connection through.
import assert from "node:assert/strict";

import { assertSilent, launch, newReader, panel } from "./browser.mjs";
import { OUTAGE, Person, click, desk, finish, phone } from "./talk-people.mjs";

const HISTORY = "门封条翘起来了";

/** The permanent address is no key: who was sent it is nobody, and the same link with its ticket used is as little. */
async function forwarded(browser, { link }) {
  for (const [address, shown] of [[link.split("&st=")[0], "gate"], [link, "used"]]) {
    const visit = await newReader(browser, desk("zh"));
    visit.willRefuse("/customer-service/session");
    await visit.page.goto(address);
    await panel(visit.page, shown);
    await assertSilent(visit.page, [HISTORY, "陈女士", "林晓", "洗碗机"], `a forwarded link, ${shown}`);
    const id = new URL(address).searchParams.get("openConversationId");
    visit.willRefuse(`/customer-service/groups/${encodeURIComponent(id)}/state`);
    const status = await visit.page.evaluate(async (id) => (await fetch(`/customer-service/groups/${encodeURIComponent(id)}/state`)).status, id);
    assert.equal(status, 401);
    await visit.close();
  }
}

/** A second device is a guest: announced, without the past until staff allow it. */
async function guest(browser, group, agent, customer) {
  const second = await Person.sit(browser, phone("zh"));
  await second.join(group.customer, "隔壁老王");
  await agent.seesLine("隔壁老王");
  await customer.seesLine("隔壁老王");
  await second.say("我是邻居");
  await agent.sees("我是邻居");
  assert.equal(await second.bubble(HISTORY).count(), 0, "a guest sees from joining on");
  await second.look("guest");
  assert.ok(!(await second.tapped.text()).includes(HISTORY), "the past came to a guest's browser");
  await second.photograph("guest");

  await agent.page.locator('.bar [data-do="menu"]').click();
  await agent.page.locator('[data-set="history"]').click();
  await agent.page.keyboard.press("Escape");
  await agent.log("internal").locator(".sys", { hasText: agent.word("sys_history_allowed").replace(/\{.*?\}/g, "").trim() }).waitFor();
  await second.page.reload();
  await second.sees(HISTORY);
  return second;
}

/** Removed: told so, on the open page and on the next visit; what is sent from there reaches nobody. */
async function removed(group, agent, second) {
  // What the page asks while it learns of it.
  for (const path of ["state", "read", "typing", "entries", "live"]) second.visit.willRefuse(`/g/${group.token}/${path}`);
  await agent.page.locator('[data-tab-link="members"]').click();
  await agent.page.locator("#members li", { hasText: "隔壁老王" }).locator('[data-do="member"]').click();
  await agent.page.locator('[data-dialog="member"] [data-do="remove"]').click();
  await agent.page.locator("[data-ask-yes]").click();
  await agent.seesLine("隔壁老王");
  await second.page.getByText(second.word("gone_removed"), { exact: true }).first().waitFor();
  await second.look("removed");
  second.visit.willRefuse(`/g/${group.token}/messages`);
  const status = await second.page.evaluate(async (token) => {
    const body = JSON.stringify({ client_id: crypto.randomUUID?.() ?? "0190a5b0-0000-7000-8000-000000000001", lane: "customer", kind: "text", text: "还在" });
    return (await fetch(`/g/${token}/messages`, { method: "POST", headers: { "content-type": "application/json" }, body })).status;
  }, group.token);
  assert.equal(status, 403);
  second.visit.willRefuse(`/g/${group.token}`);
  await second.page.reload();
  await second.page.getByText(second.word("gone_removed"), { exact: true }).first().waitFor();
  await second.visit.close();
}

/** A renewed link: the old code says so to who comes with it, and who was in goes on. */
async function renewed(browser, group, agent, customer) {
  const shown = await agent.page.locator("#code .url a").getAttribute("href");
  await agent.page.locator('.bar [data-do="menu"]').click();
  await agent.page.locator('#menu [data-do="renew"]').click();
  await agent.page.locator("[data-ask-yes]").click();
  await agent.page.waitForFunction((old) => {
    const now = document.querySelector("#code .url a")?.getAttribute("href");
    return now && now !== old;
  }, shown);
  await agent.field().waitFor();
  const late = await Person.sit(browser, phone("zh"));
  late.visit.willRefuse(new URL(group.customer).pathname);
  late.visit.willRefuse(`${new URL(group.customer).pathname}/state`);
  await late.page.goto(group.customer);
  await late.page.getByText(late.word("gone_renewed"), { exact: true }).first().waitFor();
  await late.look("renewed");
  await late.visit.close();
  await customer.say("我还在");
  await agent.sees("我还在");
}

/** Ways that a network takes away: the next one carries the talk. */
async function ways(browser, group, agent) {
  const blocks = {
    events: (context) => context.routeWebSocket(/\/live/, (socket) => socket.close()),
    poll: async (context) => {
      await context.routeWebSocket(/\/live/, (socket) => socket.close());
      await context.route(/\/events\?/, (route) => route.abort());
    },
  };
  const fresh = await agent.page.locator("#code .url a").getAttribute("href");
  for (const [way, block] of Object.entries(blocks)) {
    const person = await Person.sit(browser, phone("en"));
    person.visit.willComplain(OUTAGE);
    await block(person.context);
    const carried = person.page.waitForRequest((request) => request.url().includes(`/${way}?`));
    await person.join(fresh, `By ${way}`);
    await carried;
    await person.say(`I come by ${way}`);
    await agent.sees(`I come by ${way}`);
    await agent.say(`You came by ${way}`);
    await person.sees(`You came by ${way}`);
    await person.visit.close();
  }
}

const browser = await launch();
try {
  const group = await click("123");
  const agent = await Person.sit(browser, desk("zh"));
  await agent.signIn(group.link);
  await agent.say(HISTORY);
  await forwarded(browser, group);
  const customer = await Person.sit(browser, phone("zh"));
  await customer.join(group.customer);
  await customer.sees(HISTORY);
  const second = await guest(browser, group, agent, customer);
  await removed(group, agent, second);
  await renewed(browser, group, agent, customer);
  await ways(browser, group, agent);
  await agent.visit.close();
  await customer.visit.close();
} finally {
  await browser.close();
  finish();
}
