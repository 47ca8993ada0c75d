// Where the page is, by the fragment's route. The spelling is the documented link's: #/mobileOperator/ticketCreate?…
//   start({ onShow }) → shows the address's part and follows it; onShow(part) after each move
//   go(part, { lane })      isWide() → ticket and both lanes are side by side      current() → the part
//   lookAt(lane) → on a phone, brings a lane to the front; on a desk does nothing
// Parts: "form" (ticketCreate), "ticket" (tickets), "members", "receipt", "customer" and "internal" (group).
//
// A link from the ticket system carries ddtab: whoever clicks 一键拉群 lands there. With a ticket that has its title he wants
// to talk, so a phone shows the chat and a desk the ticket beside it; a ticket without one opens as the form.
const PATHS = { ticketCreate: "form", tickets: "ticket", members: "members", receipt: "receipt", group: "customer" };
const NAMES = { form: "ticketCreate", ticket: "tickets", members: "members", receipt: "receipt", customer: "group", internal: "group" };
const SIDE = ["form", "ticket", "members", "receipt"];

const app = document.querySelector(".app");
const main = document.querySelector("main.desk");
const form = document.querySelector("[data-ticket-form]");
const wide = window.matchMedia("(min-width: 1024px)");
const phone = window.matchMedia("(max-width: 719px)");
let part = "";
let listener = () => {};

export const isWide = () => wide.matches;
export const isPhone = () => phone.matches;
export const current = () => part;

function read() {
  const [path, query = ""] = location.hash.slice(1).split("?");
  const found = PATHS[path.split("/").filter(Boolean).pop()];
  const asked = new URLSearchParams(query);
  const landing = found === undefined || (found === "form" && asked.has("ddtab"));
  if (landing && main.dataset.filled === "true") return wide.matches ? "ticket" : "customer";
  if (landing) return "form";
  return found === "customer" && asked.get("lane") === "internal" ? "internal" : found;
}

function show(moved) {
  part = read();
  const side = SIDE.includes(part);
  app.dataset.view = side ? "side" : part;
  if (side) app.dataset.tab = part;
  else if (app.dataset.tab === "form") app.dataset.tab = "ticket";
  form.hidden = part !== "form";
  mark("[data-tab-link]", (link) => link.dataset.tabLink === (app.dataset.tab === "form" ? "ticket" : app.dataset.tab));
  mark("[data-goto]", (link) => link.dataset.goto === (["form", "receipt"].includes(part) ? "ticket" : part));
  listener(part);
  if (moved) focus();
}

function mark(links, is) {
  for (const link of document.querySelectorAll(links)) {
    if (is(link)) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Whoever goes somewhere is there with the keyboard and the screen reader too. */
function focus() {
  const ids = { form: "form-h", ticket: "ticket", members: "members", receipt: "receipt", customer: "lane-customer", internal: "lane-internal" };
  const target = document.getElementById(ids[part]);
  target?.focus({ preventScroll: true });
  document.querySelector(".panes").scrollTop = 0;
}

export function go(where) {
  const query = where === "internal" ? "?lane=internal" : "";
  const hash = `#/mobileOperator/${NAMES[where]}${query}`;
  if (location.hash === hash) show(true);
  else location.hash = hash;
}

export function lookAt(lane) {
  if (isWide() || part === lane) return;
  if (!isPhone() && !SIDE.includes(part)) return;
  history.replaceState(history.state, "", `#/mobileOperator/group${lane === "internal" ? "?lane=internal" : ""}`);
  show(false);
}

export function start({ onShow }) {
  listener = onShow;
  window.addEventListener("hashchange", () => show(true));
  wide.addEventListener("change", () => show(false));
  show(false);
}
