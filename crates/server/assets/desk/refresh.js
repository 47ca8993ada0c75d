// The facts on the page (state, ticket, link, members, receipt) are written by the server, in one place, for everybody. When they
// have changed, the page is asked for again and its parts are exchanged; what a reader has in hand stays.
//   refresh() → a promise; calls that meet share one answer        onParts(listener): after parts were exchanged
const written = new WeakMap();
const listeners = [];
let running = null;
let again = false;

for (const part of document.querySelectorAll("[data-part]")) written.set(part, asWritten(part));

export function onParts(listener) {
  listeners.push(listener);
}

export function refresh() {
  again = running !== null;
  running ??= look().finally(() => {
    running = null;
    if (again) refresh();
  });
  return running;
}

async function look() {
  let page;
  try {
    const answer = await fetch(location.pathname + location.search, { cache: "no-store", headers: { accept: "text/html" } });
    if (answer.status >= 500) return;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return;
  }
  const main = page.querySelector("main.desk");
  const mine = document.querySelector("main.desk").dataset;
  // Signed out, no longer a member, or somebody else has signed in: the whole page says so.
  if (main?.dataset.me !== mine.me) return location.reload();
  let changed = false;
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (fresh && !asWritten(fresh).isEqualNode(written.get(part))) {
      exchange(part, fresh);
      changed = true;
    }
  }
  Object.assign(mine, { state: main.dataset.state, filled: main.dataset.filled });
  if (changed) for (const listener of listeners) listener();
}

function exchange(part, fresh) {
  written.set(part, asWritten(fresh));
  const held = part.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  part.replaceChildren(...fresh.childNodes);
  copyButtons(part, false);
  if (held) part.querySelector(held)?.focus();
}

/** A part as the server wrote it: copy.js shows its buttons. */
function asWritten(part) {
  const copy = part.cloneNode(true);
  copyButtons(copy, true);
  return copy;
}

function copyButtons(part, hidden) {
  for (const button of part.querySelectorAll("[data-copy]")) button.hidden = hidden;
}

function keyOf(node) {
  const row = node.closest("[data-person]");
  const own = node.dataset.do ? `[data-do="${node.dataset.do}"]` : node.tagName.toLowerCase();
  return row ? `[data-person="${row.dataset.person}"] ${own}` : own;
}
