// The ticket's form: filled from the server when it opens, saved as a whole, never lost by going elsewhere on the page.
//   wireTicket({ api, chat, saved }) → { shown(part) }      saved(): the server has it
import { t } from "../chat/words.js";
import { attachments } from "./attachments.js";
import { busy, fail } from "./dialog.js";
import { go, isWide } from "./route.js";
import { toast } from "./toast.js";

const TEXTS = ["title", "description", "customer_name"];
const CHOICES = ["priority", "status"];

export function wireTicket({ api, chat, saved }) {
  const form = document.querySelector("[data-ticket-form]");
  const files = attachments({ api, form, changed: () => touch() });
  const error = (name) => form.querySelector(`[data-error="${name}"]`);
  let dirty = false;
  let asked = false;

  function touch() {
    dirty = true;
  }

  async function fill() {
    for (const place of form.querySelectorAll("[data-error]")) fail(place, "");
    form.setAttribute("aria-busy", "true");
    try {
      const ticket = await api.get("/ticket");
      if (dirty) return;
      for (const name of TEXTS) form.elements[name].value = ticket[name] ?? "";
      for (const name of CHOICES) for (const choice of form.elements[name]) choice.checked = choice.value === ticket[name];
      files.set(ticket.attachments ?? []);
    } catch (problem) {
      fail(error("form"), problem.words ?? String(problem));
    } finally {
      form.removeAttribute("aria-busy");
    }
  }

  function collect() {
    const body = { attachments: files.ids() };
    for (const name of TEXTS) body[name] = form.elements[name].value.trim();
    for (const name of CHOICES) body[name] = form.elements[name].value || undefined;
    if (!body.customer_name) delete body.customer_name;
    return body;
  }

  form.addEventListener("input", touch);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    if (button.getAttribute("aria-disabled")) return;
    for (const name of ["title", "form"]) fail(error(name), "");
    const body = collect();
    if (!body.title) {
      fail(error("title"), t("title_missing"));
      return form.elements.title.focus();
    }
    if (files.busy()) return fail(error("form"), t("files_busy"));
    try {
      await busy(button, api.put("/ticket", body));
    } catch (problem) {
      return fail(error("form"), problem.words ?? String(problem));
    }
    dirty = false;
    document.querySelector("main.desk").dataset.filled = "true";
    toast(t("ticket_saved"));
    saved();
    go("ticket");
  });
  form.querySelector("[data-cancel]").addEventListener("click", () => {
    dirty = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });

  return {
    shown(part) {
      const opened = part === "form" && !asked;
      asked = part === "form";
      if (!opened || dirty) return;
      fill().then(() => {
        // On a phone the keyboard would cover the form before it was read.
        if (isWide() && chat.state && form.elements.title.value === "") form.elements.title.focus();
      });
    },
  };
}
