// Every state of the group page, by day and by night: no sideways scrolling, nothing serious from axe, a picture to look at.
// And a customer who has only a keyboard.
import assert from "node:assert/strict";

import { launch } from "./browser.mjs";
import { OUTAGE, Person, click, desk, finish, phone, photo, wish } from "./talk-people.mjs";

const TALKS = {
  zh: {
    caseId: "123",
    inside: ["这批 W3 已有三例相同反馈，先别答应换新机。", "收到，走保修上门。"],
    talk: { hello: "陈女士您好，请先关掉洗碗机的电源和进水阀。", off: "都关了，水是从门下面出来的", photo: "漏水.jpg", seal: "门封条左下角翘起来了，装的时候没压到位。今天可以上门。", file: "安装说明.pdf", when: "四点以后都在家" },
  },
  en: {
    caseId: "4117",
    inside: ["Three similar reports on this W3 batch. Do not promise a new machine yet.", "Understood. Visit after 16:00, under warranty."],
    talk: { hello: "Hello Ms Chen, please switch off the power and the water inlet first.", off: "Both are off. The water comes out under the door.", photo: "leak.jpg", seal: "The lower left of the door seal has lifted. It was not pressed in. We can come today.", file: "Fitting guide.pdf", when: "Someone is home after four." },
  },
};

/** By day and by night, from the same page. */
async function both(person, name) {
  const { reader } = person.visit;
  for (const scheme of ["light", "dark"]) {
    await person.page.emulateMedia({ colorScheme: scheme });
    person.visit.reader = { ...reader, name: reader.name.replace(/light|dark/, scheme) };
    await person.look(name);
  }
  await person.page.emulateMedia({ colorScheme: "light" });
  person.visit.reader = reader;
}

async function conversation({ agent, customer }, { talk, inside }) {
  await agent.say(talk.hello);
  await customer.sees(talk.hello);
  await customer.say(talk.off);
  await customer.attach({ name: talk.photo, mimeType: "image/jpeg", buffer: await photo(customer.page) }, { image: true });
  await agent.log().locator("article.m .pic img").last().waitFor();
  await agent.act(talk.off, "reply");
  await agent.say(talk.seal);
  await agent.attach({ name: talk.file, mimeType: "application/pdf", buffer: Buffer.concat([Buffer.from("%PDF-1.4\n"), Buffer.alloc(183_000, 10)]) });
  await customer.log().locator("a.file", { hasText: talk.file }).waitFor();
  await customer.speak();
  await agent.log().locator("article.m .voicebox").last().waitFor();
  await customer.say(talk.when);
  await agent.sees(talk.when);
  for (const text of inside) await agent.say(text, "internal");
}

/** A page at rest: pictures are there, what was sent is marked as read. */
async function rests(person) {
  await person.page.waitForFunction(() => [...document.images].every((image) => image.complete || !image.offsetParent));
  await person.page.evaluate(() => document.activeElement?.blur?.());
}

async function customerStates(browser, agent, customer) {
  await rests(customer);
  await both(customer, "chat");
  const second = await Person.sit(browser, phone(customer.lang));
  await second.join(customer.address);
  await rests(second);
  await both(second, "guest");
  await second.visit.close();

  customer.visit.willComplain(OUTAGE);
  await customer.context.setOffline(true);
  await customer.write(customer.lang === "zh" ? "师傅几点到？" : "When will he come?");
  await customer.page.locator(".banners .ban").waitFor();
  await both(customer, "offline");
  await customer.context.setOffline(false);
  await customer.page.locator(".banners .ban").waitFor({ state: "detached" });
}

async function closed(agent, customer) {
  await agent.page.locator('.bar [data-do="close"]').click();
  await agent.page.locator("[data-ask-yes]").click();
  await customer.page.getByRole("radio", { name: customer.word("score_5"), exact: true }).waitFor();
  await both(customer, "closed");
  await both(agent, "closed");
  await customer.page.getByRole("button", { name: customer.word("reopen"), exact: true }).click();
  await customer.field().waitFor();
}

async function staffStates(agent, group) {
  await rests(agent);
  await both(agent, "lanes");
  await agent.page.locator('[data-tab-link="members"]').click();
  await both(agent, "members");
  await agent.page.locator('[data-tab-link="receipt"]').click();
  await both(agent, "receipt");
  await agent.page.locator('[data-tab-link="ticket"]').click();
  await agent.page.locator("[data-edit]").click();
  await agent.page.locator("[data-ticket-form]").waitFor();
  await both(agent, "ticket-form");
}

/** What is printed is black on white whatever the reader's scheme is, and decodes. */
async function poster(browser, group) {
  const person = await Person.sit(browser, desk("zh"));
  await person.page.goto(`${group.customer}/poster`);
  assert.ok((await person.scanned()).includes(group.customer), "the poster's code");
  await both(person, "poster");
  await person.visit.close();
}

async function staffOnPhone(browser, group) {
  const agent = await Person.sit(browser, phone("zh"));
  await agent.signIn(group.link);
  await rests(agent);
  await both(agent, "staff-customer-lane");
  await agent.page.locator('[data-goto="internal"]').click();
  await agent.field("internal").waitFor();
  await both(agent, "staff-internal-lane");
  await agent.visit.close();
}

/** No pointer: from the address to a sent message with Tab, letters and Enter; the place is always to be seen. */
async function keyboard(browser, group, agent) {
  const reader = desk("zh");
  const person = await Person.sit(browser, { ...reader, name: "keyboard", options: { ...reader.options, viewport: { width: 390, height: 844 } } });
  const { page } = person;
  await page.goto(group.customer);
  await person.joinButton.waitFor();
  const to = async (wanted) => {
    for (let steps = 0; steps < 30; steps += 1) {
      if (await page.evaluate((css) => document.activeElement?.matches(css), wanted)) return seen();
      await page.keyboard.press("Tab");
    }
    assert.fail(`Tab never comes to ${wanted}`);
  };
  const seen = async () => {
    const marked = await page.evaluate(() => {
      const around = [document.activeElement, document.activeElement.closest("form")].filter(Boolean);
      return around.some((node) => {
        const style = getComputedStyle(node);
        return style.outlineStyle !== "none" || style.boxShadow !== "none";
      });
    });
    assert.ok(marked, `the focus is not to be seen: ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 120))}`);
  };
  await to('input[name="name"]');
  await page.keyboard.type("键盘用户");
  await to("[data-join]");
  await page.keyboard.press("Enter");
  await person.field().waitFor();
  await to("form.comp textarea");
  await page.keyboard.type("只用键盘");
  await page.keyboard.press("Enter");
  await person.sees("只用键盘");
  await agent.sees("只用键盘");
  await agent.say("看到了");
  await person.sees("看到了");
  // A screen reader hears it: it comes in a polite log, as a name, a time and the words.
  const spoken = await person.bubble("看到了").evaluate((node) => [node.closest("[role=log][aria-live=polite]") !== null, node.getAttribute("aria-label")]);
  assert.ok(spoken[0] && /林晓.*看到了/.test(spoken[1]), JSON.stringify(spoken));
  await person.visit.close();
}

const browser = await launch();
try {
  for (const lang of ["zh", "en"]) {
    const script = TALKS[lang];
    if (lang === "en") await wish("admin", { words: ["ticket add", script.caseId, "--title", "Dishwasher W3 leaks after installation", "--description", "Fitted yesterday; it leaks under the door as soon as it runs.", "--priority", "high", "--assignee", "123", "--status", "in_progress"] });
    const group = await click(script.caseId);
    const agent = await Person.sit(browser, desk(lang));
    await agent.signIn(group.link);
    const customer = await Person.sit(browser, phone(lang));
    customer.address = group.customer;
    await customer.page.goto(group.customer);
    await customer.joinButton.waitFor();
    await both(customer, "landing");
    await customer.join(group.customer, lang === "en" ? "Ms Chen" : undefined);
    await conversation({ agent, customer }, script);
    if (lang === "zh") {
      await customerStates(browser, agent, customer);
      await closed(agent, customer);
      await staffOnPhone(browser, await click(script.caseId));
      await keyboard(browser, group, agent);
      await poster(browser, group);
    } else {
      await rests(customer);
      await customer.look("chat");
      await staffStates(agent, group);
    }
    await agent.visit.close();
    await customer.visit.close();
  }
} finally {
  await browser.close();
  finish();
}
