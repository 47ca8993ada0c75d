// Nothing goes on here any more: why, and what to do.
//   showGone(page, code, { company, base })     page: the element that is replaced
import { button, el, icon, initial, line } from "./dom.js";
import { t } from "./words.js";

const KNOWN = { removed: "userminus", renewed: "link", dissolved: "end", not_found: "search", not_joined: "redo", full: "users" };

export function showGone(page, code, { company, base }) {
  const known = code in KNOWN ? code : "not_found";
  const again = ["not_joined", "full", "not_found"].includes(known);
  const title = el("h1", { text: t(`gone_${known}`), tabindex: "-1" });
  const card = el("section", { class: "card stt", role: "alert" }, el("span", { class: "big warn" }, icon(KNOWN[known])), title, el("p", { class: "lead", text: t(`gone_${known}_lead`) }));
  const act = again ? { icon: "redo", text: t("gone_reload"), onclick: () => location.reload() } : { icon: "copy", text: t("gone_copy"), onclick: () => copyLink(base) };
  const head = el("header", { class: "phead" }, el("span", { class: "logo", "aria-hidden": "true", text: initial(company) }), el("p", { class: "nm", text: line(company) }));
  const main = el("main", { class: "gone", data: { gone: known } }, el("div", { class: "scroll" }, card), el("div", { class: "dockbar" }, button({ ...act, class: "btn lg block" })));
  page.className = "phone";
  page.removeAttribute("style");
  page.replaceChildren(head, main);
  document.title = `${t(`gone_${known}`)} · ${line(company)}`;
  title.focus({ preventScroll: true });
}

async function copyLink(base) {
  const { copy } = await import("./actions.js");
  copy(location.origin + base);
}
