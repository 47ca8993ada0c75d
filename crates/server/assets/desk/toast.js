// toast(words, { act, label, ms }): a line in passing, with at most one action. Errors are said where they belong, too.
import { button, el, icon } from "../chat/dom.js";
import { t } from "../chat/words.js";

const SHORT_MS = 4_000;
const UNDO_MS = 8_000;

export function toast(words, { act, label, sign = "check" } = {}) {
  const place = document.querySelector("[data-toasts]");
  const node = el("div", { class: "told" }, icon(sign), el("span", { text: words }));
  let left = (act ? UNDO_MS : SHORT_MS) / 1000;
  const undo = act && button({ class: "btn", text: t("undo_in", { label, n: left }), onclick: () => over(act) });
  if (undo) node.append(undo);
  // Whoever is on the action with pointer or keyboard is not hurried.
  const waits = () => undo && (undo.matches(":hover") || document.activeElement === undo);
  const timer = setInterval(() => {
    if (waits()) return;
    left -= 1;
    if (left <= 0) return over();
    if (undo) undo.firstChild.textContent = t("undo_in", { label, n: left });
  }, 1_000);
  function over(then) {
    clearInterval(timer);
    node.remove();
    then?.();
  }
  place.replaceChildren(node);
}
