// In the composer's place while the group is closed: why, and the way back in.
//   closedBar(chat, { download }) → { node, show(yes) }
import { button, el, icon } from "./dom.js";
import { t } from "./words.js";

export function closedBar(chat, { download }) {
  const title = el("h2", { text: t("closed_title") });
  const lead = el("p");
  const told = el("p", { class: "err", role: "alert" });
  const act = button({ icon: "redo", text: t("reopen"), class: "btn primary lg block", onclick: () => reopen() });
  const save = el("a", { class: "btn quiet block", href: download, download: "" }, icon("dl"), t("download"));
  const node = el("section", { class: "closedbar", hidden: true, "aria-label": t("closed_title") }, title, lead, act, told, save);

  async function reopen() {
    act.disabled = true;
    act.querySelector("span").textContent = t("reopening");
    told.textContent = "";
    try {
      await chat.api.post("/reopen");
      await chat.refresh();
    } catch (error) {
      told.textContent = error.words ?? String(error);
    } finally {
      act.disabled = false;
      act.querySelector("span").textContent = t("reopen");
    }
  }
  return {
    node,
    show(yes) {
      node.hidden = !yes;
      lead.textContent = chat.state.group.state === "closing" ? t("closing_lead") : t("closed_lead");
    },
  };
}
