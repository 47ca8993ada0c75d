// Leaving a phone number, an e-mail address or an address for the reply. Only staff see it.
//   openContact(chat)
import { button, el, icon } from "./dom.js";
import { openSheet } from "./sheet.js";
import { t } from "./words.js";

const KINDS = {
  phone: { type: "tel", autocomplete: "tel", inputmode: "tel", good: (v) => /^\+?[\d\s()-]{5,24}$/.test(v) && v.replace(/\D/g, "").length >= 5 },
  email: { type: "email", autocomplete: "email", inputmode: "email", good: (v) => /^[^\s@]+@[^\s@]+$/.test(v) },
  address: { type: "text", autocomplete: "street-address", inputmode: "text", good: (v) => v.length > 1 },
};

export function openContact(chat) {
  let kind = "phone";
  const field = el("input", { class: "in", id: "contact", maxlength: 200, data: { focus: "" } });
  const label = el("label", { for: "contact" });
  const told = el("p", { class: "err", role: "alert" });
  const picks = Object.keys(KINDS).map((one) => el("button", { type: "button", role: "radio", text: t(`contact_${one}`), on: { click: () => choose(one) } }));
  const row = el("div", { class: "seg", role: "radiogroup", "aria-label": t("contact_title") }, picks);
  const save = button({ text: t("contact_save"), class: "btn primary lg block" });
  save.type = "submit";
  const form = el("form", { class: "fieldset", novalidate: true }, row, label, field, told, save);
  const choose = (one) => {
    kind = one;
    for (const [n, pick] of picks.entries()) {
      const on = Object.keys(KINDS)[n] === one;
      pick.setAttribute("aria-checked", String(on));
      pick.tabIndex = on ? 0 : -1;
    }
    const { type, autocomplete, inputmode } = KINDS[one];
    Object.assign(field, { type, autocomplete });
    field.inputMode = inputmode;
    label.textContent = t(`contact_${one}`);
    told.replaceChildren();
  };
  row.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = Object.keys(KINDS);
    const next = (all.indexOf(kind) + step + all.length) % all.length;
    choose(all[next]);
    picks[next].focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const value = field.value.trim();
    const wrong = !value ? t("contact_empty") : KINDS[kind].good(value) ? "" : t(kind === "phone" ? "contact_bad_phone" : kind === "email" ? "contact_bad_email" : "contact_empty");
    if (wrong) return say(wrong);
    save.disabled = true;
    try {
      await chat.api.post("/contact", { kind, value });
      form.replaceWith(el("p", { class: "ban", role: "status" }, icon("check"), el("span", { text: t("contact_saved") })));
    } catch (error) {
      say(error.words ?? String(error));
    } finally {
      save.disabled = false;
    }
  });
  const say = (text) => {
    told.replaceChildren(icon("alert"), text);
    field.setAttribute("aria-invalid", "true");
    field.focus();
  };
  choose("phone");
  openSheet({ title: t("contact_title"), content: [el("p", { class: "sec", text: t("contact_lead") }), form] });
}
