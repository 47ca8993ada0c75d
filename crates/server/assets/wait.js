// A group that is being made: look every few seconds, load the page again when its state has changed.
const main = document.querySelector("main[data-state]");
const line = document.querySelector("[data-wait]");
const STEPS_MS = [1000, 1000, 1500, 2000, 3000];
const LATER_MS = 5000;
const FAILED_MS = 15000;
const SLOW_MS = 15000;
const started = Date.now();
const calm = line?.textContent;
let looks = 0;

function say(words) {
  // A live region speaks on every change; the same words again would only disturb.
  if (line && words && line.textContent !== words) line.textContent = words;
}

function next() {
  const pause = main.dataset.state === "failed" ? FAILED_MS : (STEPS_MS[looks] ?? LATER_MS);
  looks += 1;
  setTimeout(look, pause);
}

async function look() {
  if (document.hidden) {
    document.addEventListener("visibilitychange", look, { once: true });
    return;
  }
  try {
    const answer = await fetch(location.href, { cache: "no-store", headers: { accept: "text/html" } });
    if (answer.status >= 500) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.querySelector("main[data-state]")?.dataset.state !== main.dataset.state) {
      location.reload();
      return;
    }
    const slow = main.dataset.state !== "failed" && Date.now() - started > SLOW_MS;
    say(slow ? line?.dataset.slow : calm);
  } catch {
    say(line?.dataset.offline);
  }
  next();
}

if (main) next();
