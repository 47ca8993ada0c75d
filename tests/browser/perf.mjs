// What the customer's page weighs and how long a phone on 4G waits for it; run by bench/page.sh, one visit each time.
// Prints one object: bytes and requests up to the landing and into the chat, and milliseconds.
import { launch, newReader, plan } from "./browser.mjs";
import { desk, phone } from "./talk-people.mjs";

/** Marks in the customer's page when something is first on its screen; Date.now is one clock for both browsers here. */
function watch() {
  const marks = {};
  const wanted = {
    landing: "[data-join]:not([hidden])",
    first: '[role="log"] article.m',
    writable: 'form[data-lane="customer"] textarea:not([disabled])',
    live: '[role="log"] article.m ~ article.m',
  };
  const look = () => {
    for (const [name, css] of Object.entries(wanted)) if (!marks[name] && document.querySelector(css)) marks[name] = Date.now();
    requestAnimationFrame(look);
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-join]")) marks.tap = Date.now();
  }, true);
  globalThis.laqunMarks = marks;
  look();
}

function weigh(cdp) {
  const seen = { bytes: 0, requests: 0 };
  cdp.on("Network.requestWillBeSent", ({ request }) => {
    if (!request.url.startsWith("data:")) seen.requests += 1;
  });
  cdp.on("Network.loadingFinished", ({ encodedDataLength }) => {
    seen.bytes += encodedDataLength;
  });
  return seen;
}

const browser = await launch();
try {
  const agent = await newReader(browser, desk("zh"));
  await agent.page.goto(plan.link);
  const field = agent.page.locator('form[data-lane="customer"] textarea');
  const send = agent.page.locator('form[data-lane="customer"] button[type="submit"]');
  await field.fill("您好，请先关掉电源。");
  await send.click();
  await agent.page.locator('section[data-lane="customer"] article.m[data-seq]').waitFor();

  const customer = await newReader(browser, phone("zh"));
  const { page } = customer;
  await page.addInitScript(watch);
  const cdp = await customer.context.newCDPSession(page);
  await cdp.send("Network.enable");
  const { latency, down, up, slower } = plan.limits;
  await cdp.send("Network.emulateNetworkConditions", { offline: false, latency, downloadThroughput: down / 8, uploadThroughput: up / 8 });
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: slower });
  const weight = weigh(cdp);
  const began = Date.now();
  await page.goto(plan.customer);
  await page.locator("[data-join]").waitFor();
  await page.waitForLoadState("networkidle");
  const landing = { ...weight };
  await page.locator("[data-join]").tap();
  await page.locator('form[data-lane="customer"] textarea').waitFor();
  await page.locator('[role="log"] article.m').waitFor();
  await page.waitForLoadState("networkidle");
  const chat = { ...weight };
  await agent.page.evaluate(() => document.querySelector('form[data-lane="customer"] button[type="submit"]').addEventListener("click", () => {
    globalThis.laqunSent = Date.now();
  }, true));
  await field.fill("师傅下午到。");
  await send.click();
  await page.locator('[role="log"] article.m ~ article.m').waitFor();
  const marks = await page.evaluate(() => globalThis.laqunMarks);
  const sent = await agent.page.evaluate(() => globalThis.laqunSent);
  console.log(JSON.stringify({
    landing_bytes: landing.bytes,
    landing_requests: landing.requests,
    chat_bytes: chat.bytes,
    chat_requests: chat.requests,
    landing_ms: marks.landing - began,
    write_ms: marks.writable - marks.tap,
    first_ms: marks.first - marks.tap,
    live_ms: marks.live - sent,
  }));
} finally {
  await browser.close();
  process.stdin.destroy();
}
