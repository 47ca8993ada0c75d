// A panel over the page: at the bottom of a phone, in the middle of a desk. One at a time.
//   openSheet({ title, content: nodes, wide, hideTitle, onClose }) → { node, close() }
//     Esc, a tap beside it and the phone's back button close it; focus goes in, stays in, and goes back.
//   menuSheet({ title, items: [{ icon, text, note, danger, onclick, href, download, checked }] }) → a list of things to do
//   toast(words) → one line for a moment; never the only place of an error
//   confirmSheet({ title, lead, yes, danger }) → promise of true or false
import { button, el, icon } from "./dom.js";
import { t } from "./words.js";

let open = null;

export function openSheet({ title, content, wide, hideTitle, onClose }) {
  open?.close();
  const before = document.activeElement;
  const id = `sheet-${Date.now()}`;
  const close = () => {
    if (open !== sheet) return;
    open = null;
    veil.remove();
    document.removeEventListener("keydown", keys, true);
    document.body.classList.remove("sheeted");
    for (const other of hidden) other.removeAttribute("inert");
    before?.focus?.({ preventScroll: true });
    onClose?.();
  };
  const head = el("header", { class: hideTitle ? "vh" : "sheethead" }, el("h2", { id, text: title }));
  const x = button({ icon: "x", label: t("close"), class: "ib sheetx", onclick: close });
  const node = el("section", { class: `sheet${wide ? " wide" : ""}`, role: "dialog", "aria-modal": "true", "aria-labelledby": id, tabindex: "-1" }, head, x, el("div", { class: "sheetbody" }, content));
  const veil = el("div", { class: "veil", on: { click: (event) => event.target === veil && close() } }, node);
  const keys = (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") keepIn(node, event);
  };
  const hidden = [...document.body.children].filter((other) => !["SCRIPT", "DIALOG"].includes(other.tagName) && !other.hasAttribute("inert"));
  for (const other of hidden) other.setAttribute("inert", "");
  document.body.append(veil);
  document.body.classList.add("sheeted");
  document.addEventListener("keydown", keys, true);
  const sheet = { node, close };
  open = sheet;
  (node.querySelector("[data-focus]") ?? node).focus({ preventScroll: true });
  return sheet;
}

function keepIn(node, event) {
  const all = [...node.querySelectorAll("button, a[href], input, textarea, select, [tabindex='0']")].filter((one) => !one.disabled && one.offsetParent !== null);
  if (all.length === 0) return;
  const at = all.indexOf(document.activeElement);
  if (event.shiftKey && at <= 0) all[all.length - 1].focus();
  else if (!event.shiftKey && at === all.length - 1) all[0].focus();
  else return;
  event.preventDefault();
}

export function menuSheet({ title, items, hideTitle, lead }) {
  const rows = items.filter(Boolean).map((item) => el("li", {}, menuItem(item, () => sheet.close())));
  const sheet = openSheet({ title, hideTitle, content: [lead, el("ul", { class: "menu" }, rows)] });
  return sheet;
}

function menuItem({ icon: sign, text, note, danger, onclick, href, download, checked, stays }, close) {
  const parts = [icon(sign), el("span", { class: "grow" }, el("span", { class: "mi", text }), note && el("span", { class: "mn", text: note }))];
  const name = danger ? "mrow danger" : "mrow";
  if (href) return el("a", { class: name, href, download: download ?? false, hreflang: false, on: { click: close } }, parts);
  const node = el("button", { type: "button", class: name, role: checked === undefined ? undefined : "switch", "aria-checked": checked === undefined ? undefined : String(checked) }, parts);
  if (checked !== undefined) node.append(el("span", { class: "toggle", "aria-hidden": "true" }));
  node.addEventListener("click", () => {
    if (checked !== undefined) node.setAttribute("aria-checked", String(node.getAttribute("aria-checked") !== "true"));
    else if (!stays) close();
    onclick(node);
  });
  return node;
}

export function confirmSheet({ title, lead, yes, danger }) {
  return new Promise((resolve) => {
    let answer = false;
    const act = button({ text: yes, class: `btn ${danger ? "danger" : "primary"} lg block`, onclick: () => {
      answer = true;
      sheet.close();
    } });
    const sheet = openSheet({ title, content: [el("p", { class: "sec", text: lead }), act], onClose: () => resolve(answer) });
  });
}

let shown = null;

export function toast(words) {
  shown?.remove();
  const node = el("p", { class: "toast", role: "status", text: words });
  shown = node;
  document.body.append(node);
  setTimeout(() => node.remove(), 3_000);
}
