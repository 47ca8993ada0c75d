// Redeems the sign-in ticket `st` of the fragment. Whatever becomes of it, it leaves the address at once, so that
// it is in no bookmark, no history and no screenshot.
const SESSION_URL = "/customer-service/session";
const REASONS = ["expired", "used", "invalid"];
const signedIn = document.body.dataset.session === "signed-in";

function takeTicket() {
  const fragment = location.hash.slice(1);
  const cut = fragment.indexOf("?");
  const route = cut < 0 ? "" : fragment.slice(0, cut + 1);
  const pairs = fragment.slice(cut + 1).split("&");
  const found = pairs.filter((pair) => pair.startsWith("st="));
  if (found.length === 0) return null;
  const rest = (route + pairs.filter((pair) => !pair.startsWith("st=")).join("&")).replace(/\?$/, "");
  history.replaceState(history.state, "", location.pathname + location.search + (rest && `#${rest}`));
  const value = found[found.length - 1].slice("st=".length);
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function show(name, status) {
  if (signedIn) return;
  for (const panel of document.querySelectorAll("[data-panel]")) {
    panel.hidden = panel.dataset.panel !== name;
    const words = panel.querySelector("[data-template]");
    if (words) words.textContent = words.dataset.template.replace("{status}", status ?? "");
  }
  const title = document.querySelector("[data-panel]:not([hidden]) h1");
  if (title) document.title = title.textContent;
  // How to get in is the remedy of every failure but a broken line.
  const how = document.querySelector("[data-how]");
  if (how) how.hidden = ["busy", "done", "offline"].includes(name);
}

async function redeem(ticket) {
  show("busy");
  let answer;
  try {
    // The default mode "cors" on purpose: only so does the browser send a true Origin from a no-referrer page.
    answer = await fetch(SESSION_URL, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ st: ticket }),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    answer = null;
  }
  if (answer === null || answer.status >= 500) {
    const again = document.querySelector("[data-retry]");
    if (again) again.onclick = () => redeem(ticket);
    show("offline");
    return;
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) {
    show("done");
    // Who is signed in already and stays the same person needs no second page.
    if (!(signedIn && body.same === true)) location.reload();
    return;
  }
  show(REASONS.includes(body.code) ? body.code : "refused", answer.status);
}

function start() {
  const ticket = takeTicket();
  if (ticket !== null) redeem(ticket);
}

// A second click on the group button while this page is open changes only the fragment: no page is loaded.
window.addEventListener("hashchange", start);
for (const link of document.querySelectorAll("[data-keep-fragment]")) {
  link.addEventListener("click", () => {
    link.hash = location.hash;
  });
}
start();
