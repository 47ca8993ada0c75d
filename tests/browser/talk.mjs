// The conversation as both sides live it, from the click in the ticket system to the rating and back: a phone and a desk.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { launch, plan } from "./browser.mjs";
import { OUTAGE, Person, click, desk, finish, phone, photo, wish } from "./talk-people.mjs";

const [AGENT, CUSTOMER] = plan.agent_and_customer;
/** What staff say among themselves. Nothing that reaches the customer's browser may hold it. */
const INTERNAL = "Batch-7731: do not promise a new machine";
const INTERNAL_FILE = "inside-7731.txt";
const SECRETS = ["7731", "do not promise"];
const LINES = "请先关掉电源，\n再关进水阀。\nhttps://help.example.com/w3?a=1&b=2";

/** The link signs in; the code on the screen is the customer's way in. */
async function arrive(browser) {
  const group = await click("123");
  const agent = await Person.sit(browser, desk(AGENT));
  await agent.signIn(group.link);
  await agent.page.locator("[data-qr]").click();
  await agent.page.locator('[data-dialog="code"] .qr').waitFor();
  const [address] = await agent.scanned();
  assert.equal(address, group.customer, "the code on the screen");
  await agent.page.keyboard.press("Escape");

  const customer = await Person.sit(browser, phone(CUSTOMER));
  await customer.join(address);
  await agent.page.locator("#members [data-person].on", { hasText: "陈女士" }).waitFor({ state: "attached" });
  return { group, agent, customer };
}

/** Text with its lines and its link, typing, marks, a quote, a picture, a file, and what is taken back. */
async function talk({ agent, customer }) {
  await customer.field().pressSequentially("水", { delay: 20 });
  await agent.log().locator(".typing:visible").waitFor();
  await customer.say("水从门下面出来了");
  await agent.sees("水从门下面出来了");
  await customer.bubble("水从门下面出来了").locator(".meta.read").waitFor();

  await agent.say(LINES);
  await customer.sees("请先关掉电源");
  const said = customer.bubble("请先关掉电源");
  assert.equal(await said.locator(".tx").innerText(), LINES, "line breaks arrive");
  assert.equal(await said.locator("a").getAttribute("href"), "https://help.example.com/w3?a=1&b=2");
  assert.match(await said.locator("a").getAttribute("rel"), /noopener.*noreferrer/);

  await customer.attach({ name: "漏水.jpg", mimeType: "image/jpeg", buffer: await photo(customer.page) }, { image: true });
  const picture = agent.log().locator("article.m .pic img").last();
  await picture.waitFor();
  await agent.page.waitForFunction((img) => img.complete && img.naturalWidth > 0, await picture.elementHandle());

  await agent.attach({ name: "安装说明.txt", mimeType: "text/plain", buffer: Buffer.from("第一步：断电。\n") });
  const file = customer.log().locator("a.file", { hasText: "安装说明.txt" });
  await file.waitFor();
  const [download] = await Promise.all([customer.page.waitForEvent("download"), file.click()]);
  assert.equal(readFileSync(await download.path(), "utf8"), "第一步：断电。\n");

  await agent.act("水从门下面出来了", "reply");
  await agent.say("门封条翘起来了");
  await customer.bubble("门封条翘起来了").locator(".qt", { hasText: "水从门下面出来了" }).waitFor();

  await agent.say("三点到");
  await customer.sees("三点到");
  await agent.act("三点到", "take_back");
  await customer.log().locator(".recalled").waitFor();
  assert.equal(await customer.bubble("三点到").count(), 0, "what was taken back is gone");
}

/** An internal word, an internal file: seen by whoever may, and by nobody else on any way. */
async function whisper({ group, agent, customer }) {
  await agent.say(INTERNAL, "internal");
  await agent.attach({ name: INTERNAL_FILE, mimeType: "text/plain", buffer: Buffer.from("7731") }, { lane: "internal" });
  await agent.log("internal").locator("a.file", { hasText: INTERNAL_FILE }).waitFor();
  await agent.field("internal").pressSequentially("7731", { delay: 10 });
  await agent.field("internal").fill("");
  // A word to the customer behind it: once that has come, the others would have.
  await agent.say("师傅明天上午到");
  await customer.sees("师傅明天上午到");
  await silent(customer, group);
}

/** Wire, page, search, transcript: none of them has the internal word; each has what was said to the customer. */
async function silent(customer, { token }) {
  const base = `/g/${token}`;
  customer.visit.willRefuse(`${base}/search`);
  const looked = await customer.page.evaluate(async (base) => {
    const text = async (path) => (await fetch(base + path)).text();
    const hits = await text("/search?q=7731&lane=customer");
    const inside = await text("/search?q=7731&lane=internal");
    const transcripts = await Promise.all(["html", "txt", "json"].map((format) => text(`/transcript?format=${format}`)));
    return { hits, inside, transcripts };
  }, base);
  assert.deepEqual(JSON.parse(looked.hits).hits, []);
  assert.ok(!("hits" in JSON.parse(looked.inside)), `a customer asked for the internal lane: ${looked.inside}`);
  for (const transcript of looked.transcripts) assert.ok(transcript.includes("师傅明天上午到"), "the transcript has what was said");
  const html = await customer.page.content();
  const wire = await customer.tapped.text();
  assert.ok(wire.includes("师傅明天上午到") && wire.includes("socket {"), "the tap hears");
  for (const secret of SECRETS) {
    assert.ok(!looked.transcripts.join("\n").includes(secret), `the transcript holds ${secret}`);
    assert.ok(!html.includes(secret), `the page holds ${secret}`);
    // The address of the search that the test itself asked for has the word.
    const heard = customer.tapped.wire.filter((one) => !one.split("\n")[0].includes("/search?")).join("\n");
    assert.ok(!heard.includes(secret), `${secret} came to the customer's browser`);
  }
  assert.ok(!/"lane":\s*"internal"/.test(wire), "an entry of the internal lane came to the customer's browser");
  assert.ok(!/"t":"hello"[^}]*"i":/.test(wire), "the internal lane's number came to the customer's browser");
}

/** The network goes, and the server goes: what was written meanwhile arrives once and in order. */
async function outages({ agent, customer }) {
  for (const person of [agent, customer]) person.visit.willComplain(OUTAGE);
  await customer.context.setOffline(true);
  for (const n of [1, 2, 3]) await customer.write(`断网 ${n}`);
  await customer.log().locator("article.m.pending").nth(2).waitFor();
  await customer.photograph("offline");
  await agent.say("断网时客服说的");
  assert.equal(await agent.bubble("断网 1").count(), 0);
  await customer.context.setOffline(false);
  await customer.sees("断网时客服说的");
  await agent.sees("断网 3");

  assert.equal(await wish("stop"), 0, "the server ends in order");
  await customer.write("重启 1");
  await agent.write("重启 客服");
  await customer.write("重启 2");
  await customer.log().locator("article.m.pending").nth(1).waitFor();
  await wish("start");
  await agent.sees("重启 2");
  await customer.sees("重启 客服");
  await customer.log().locator("article.m.pending").first().waitFor({ state: "detached" });

  const wanted = ["断网 1", "断网 2", "断网 3", "重启 1", "重启 2"];
  const texts = await agent.texts();
  assert.deepEqual(texts.filter((text) => wanted.includes(text)), wanted, "once, and in order");
  assert.deepEqual(await customer.texts(), texts, "the same order for both");
}

/** Closed, rated with one tap, opened again by the customer. */
async function end({ agent, customer }) {
  await agent.page.locator('.bar [data-do="close"]').click();
  await agent.page.locator("[data-ask-yes]").click();
  await customer.seesLine(customer.lang === "zh" ? "结束了这次对话" : "closed");
  const good = customer.page.getByRole("button", { name: customer.word("score_5"), exact: true }).or(customer.page.getByRole("radio", { name: customer.word("score_5"), exact: true }));
  await good.waitFor();
  await customer.look("talk-closed");
  await good.click();
  await agent.log("internal").locator(".sys", { hasText: agent.word("score_5") }).waitFor();
  await customer.page.getByRole("button", { name: customer.word("reopen"), exact: true }).click();
  await customer.field().waitFor();
  await customer.say("又漏了");
  await agent.sees("又漏了");
  await customer.seesLine("");
}

const browser = await launch();
try {
  const people = await arrive(browser);
  await talk(people);
  await whisper(people);
  await outages(people);
  await end(people);
  await silent(people.customer, people.group);
  await people.agent.look("talk");
  await people.customer.look("talk");
  await people.agent.visit.close();
  await people.customer.visit.close();
  console.log(`${AGENT} and ${CUSTOMER}: done`);
} finally {
  await browser.close();
  finish();
}
