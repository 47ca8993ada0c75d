// What people do by mistake, or to see what happens: each has its answer on the screen, and costs the others nothing.
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";

import { launch } from "./browser.mjs";
import { OUTAGE, Person, click, desk, finish, phone, photo, wish } from "./talk-people.mjs";

const MIB = 1 << 20;

/** Nothing and only blanks are not sent; 4,001 characters are told beside the field; 4,000 go. */
async function texts({ agent, customer }) {
  const posts = [];
  customer.page.on("request", (request) => request.method() === "POST" && request.url().endsWith("/messages") && posts.push(request.url()));
  const send = customer.form().locator('button[type="submit"]');
  for (const nothing of ["", "   \n \t", "\u202e\u200b"]) {
    await customer.field().fill(nothing);
    assert.ok(await send.isDisabled(), JSON.stringify(nothing));
  }
  await customer.field().fill("长".repeat(4001));
  await customer.form().getByText(customer.word("too_long", { n: 1, limit: 4000 })).waitFor();
  assert.ok(await send.isDisabled());
  await customer.look("bad-long");
  assert.deepEqual(posts, []);
  await customer.field().fill("长".repeat(4000));
  await send.click();
  await agent.sees("长".repeat(50));

  // What turns letters around or hides them is neither shown nor makes a name of another.
  await customer.write("前\u202e反过来\u200b后");
  await agent.sees("反过来");
  const shown = await agent.bubble("前").last().locator(".tx").innerText();
  assert.equal(shown, "前反过来后");
  await customer.say("<img src=x onerror=alert(1)> javascript:alert(1) <b>粗</b>");
  await agent.sees("<img src=x onerror=alert(1)>");
  assert.equal(await agent.log().locator(".tx img, .tx b:not(.at)").count(), 0);
}

/** Too large, empty, a bomb: told in words, and taken back. What a page could run is a file to save, whatever it says it is. */
async function files({ agent, customer }, group) {
  await customer.attach({ name: "大.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(21 * MIB, 7) });
  await customer.form().getByText("大.bin").waitFor();
  await customer.look("bad-large");
  await customer.attach({ name: "空.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) });
  await customer.form().getByText(customer.word("file_empty")).waitFor();

  customer.visit.willRefuse(`/g/${group.token}/files`);
  await customer.attach({ name: "炸弹.png", mimeType: "image/png", buffer: bomb() }, { image: true });
  const failed = customer.log().locator("article.pending", { hasText: "炸弹.png" });
  await failed.locator(".meta.failed", { hasText: "30000×30000" }).waitFor();
  await customer.look("bad-bomb");
  await failed.getByRole("button", { name: customer.word("drop") }).click();
  await failed.waitFor({ state: "detached" });

  const html = Buffer.from("<!doctype html><script>alert(1)</script>");
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  const taken = [
    { name: "画.svg", mimeType: "image/svg+xml", buffer: svg },
    { name: "page.html", mimeType: "text/html", buffer: html },
    { name: "照片.png", mimeType: "image/png", buffer: html },
  ];
  for (const file of taken) {
    await customer.attach(file);
    const link = agent.log().locator("a.file", { hasText: file.name });
    await link.waitFor();
    const got = await agent.page.evaluate(async (address) => {
      const { headers } = await fetch(address);
      return ["content-disposition", "content-type", "x-content-type-options"].map((name) => headers.get(name));
    }, await link.getAttribute("href"));
    assert.match(got[0], /^attachment/, file.name);
    assert.ok(!/html|svg|image/.test(got[1]), `${file.name} comes as ${got[1]}`);
    assert.equal(got[2], "nosniff");
  }
  await customer.look("bad-kinds");
}

/** A few bytes that say they are a picture of 900 megapixels. */
function bomb() {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(30_000, 0);
  size.writeUInt32BE(30_000, 4);
  size.set([8, 2, 0, 0, 0], 8);
  const parts = [["IHDR", size], ["IDAT", deflateSync(Buffer.alloc(100_000))], ["IEND", Buffer.alloc(0)]];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...parts.map(([name, data]) => chunk(name, data))]);
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  let crc = ~0;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  sum.writeUInt32BE(~crc >>> 0);
  return Buffer.concat([length, body, sum]);
}

/** Fifty at once: each arrives, or the screen says which did not and why; the other side goes on meanwhile. */
async function fifty({ agent, customer }, group) {
  // More than a person says in a few seconds: the server asks for patience, and the page has it.
  customer.visit.willRefuse(`/g/${group.token}/messages`);
  const picture = await photo(customer.page, { width: 120, height: 90 });
  const many = Array.from({ length: 50 }, (_, n) => ({ name: `第${n + 1}张.jpg`, mimeType: "image/jpeg", buffer: picture }));
  await customer.attach(many, { image: true });
  await agent.say("慢慢传，不急");
  await customer.sees("慢慢传，不急");
  await customer.page.waitForFunction(() => document.querySelectorAll("article.pending:not(:has(.meta.failed))").length === 0, undefined, { timeout: 60_000 });
  assert.equal(await customer.log().locator("article.pending").count(), 0, "fifty small pictures are taken");
  await customer.photograph("bad-fifty");
  const names = await agent.page.evaluate(async () => {
    const base = document.querySelector("main.desk").dataset.base;
    const { entries } = await (await fetch(`${base}/entries?lane=customer&after=0&limit=200`)).json();
    return entries.filter((entry) => entry.kind === "image").map((entry) => entry.file.name);
  });
  assert.deepEqual(new Set(names), new Set(many.map(({ name }) => name)), "each of them, and none twice");
  assert.equal(names.length, many.length);
}

/** A page that is left open while the server is away says so, and goes on by itself when it is back. */
async function restart({ agent, customer }) {
  for (const person of [agent, customer]) person.visit.willComplain(OUTAGE);
  await wish("stop");
  const banner = customer.page.getByText(customer.word("banner_offline"), { exact: true }).first();
  await banner.waitFor();
  await customer.look("bad-server-away");
  await wish("start");
  await banner.waitFor({ state: "hidden" });
  await agent.say("回来了");
  await customer.sees("回来了");
}

const browser = await launch();
try {
  const group = await click("123");
  const agent = await Person.sit(browser, desk("zh"));
  await agent.signIn(group.link);
  const customer = await Person.sit(browser, phone("zh"));
  await customer.join(group.customer);
  const people = { agent, customer };
  await texts(people);
  await files(people, group);
  await fifty(people, group);
  await restart(people);
  await agent.visit.close();
  await customer.visit.close();
} finally {
  await browser.close();
  finish();
}
