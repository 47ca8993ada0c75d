// Nothing goes on here any more: why, and what to do.
//   showGone(page, code)     page: the element that is replaced
import { button, el, icon } from "./dom.js";
import { t } from "./words.js";

const KNOWN = { removed: "userminus", renewed: "link", dissolved: "end", not_found: "search", not_joined: "redo", full: "users" };

export function showGone(page, code) {
  const known = code in KNOWN ? code : "not_found";
  const again = ["not_joined", "full", "not_found"].includes(known);
  const title = el("h1", { text: t(`gone_${known}`), tabindex: "-1" });
  const card = el("section", { class: "card stt", role: "alert" }, el("span", { class: "big warn" }, icon(KNOWN[known])), title, el("p", { class: "lead", text: t(`gone_${known}_lead`) }));
  const main = el("main", { class: "gone", data: { gone: known } }, el("div", { class: "scroll" }, card));
  if (again) main.append(el("div", { class: "dockbar" }, button({ icon: "redo", text: t("gone_reload"), class: "btn lg block", onclick: () => location.reload() })));
  page.classList.remove("room");
  page.removeAttribute("style");
  const head = page.querySelector(".phead");
  page.replaceChildren(...(head ? [head] : []), main);
  document.title = t(`gone_${known}`);
  title.focus({ preventScroll: true });
}
