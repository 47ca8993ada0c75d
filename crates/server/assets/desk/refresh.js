// The facts on the page (state, ticket, members, receipt) are written by the server, in one place, for everybody. When they
// have changed, the page is asked for again and its parts are exchanged; what a reader has in hand stays.
//   refresh() → a promise; calls that meet share one answer        onParts(listener): after parts were exchanged
const written = new WeakMap();
const listeners = [];
let running = null;
let again = false;

for (const part of document.querySelectorAll("[data-part]")) written.set(part, part.cloneNode(true));

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
  // Signed out, or no longer a member: the whole page says so.
  if (!main) return location.reload();
  let changed = false;
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (fresh && !fresh.isEqualNode(written.get(part))) {
      exchange(part, fresh);
      changed = true;
    }
  }
  Object.assign(document.querySelector("main.desk").dataset, { state: main.dataset.state, filled: main.dataset.filled });
  if (main.dataset.customerUrl !== document.querySelector("main.desk").dataset.customerUrl) return location.reload();
  if (changed) for (const listener of listeners) listener();
}

function exchange(part, fresh) {
  written.set(part, fresh.cloneNode(true));
  const held = part.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  part.replaceChildren(...fresh.childNodes);
  if (held) part.querySelector(held)?.focus();
}

function keyOf(node) {
  const row = node.closest("[data-person]");
  const own = node.dataset.do ? `[data-do="${node.dataset.do}"]` : node.tagName.toLowerCase();
  return row ? `[data-person="${row.dataset.person}"] ${own}` : own;
}
