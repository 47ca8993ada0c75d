// Who is in the group: invite a colleague by name, remove, hand over.
//   wirePeople({ api, service, group, changed }) → { invite(), member(button) }      changed(): something was done, look again
import { avatar, button, el, icon, line } from "../chat/dom.js";
import { t } from "../chat/words.js";
import { ask, busy, open } from "./dialog.js";
import { toast } from "./toast.js";

const PAUSE_MS = 200;

export function wirePeople({ api, service, group, changed }) {
  const dialog = document.querySelector('[data-dialog="invite"]');
  const query = dialog.querySelector("[data-invite-q]");
  const status = dialog.querySelector("[data-invite-status]");
  const list = dialog.querySelector("[data-invite-list]");
  let asked = 0;
  let timer = 0;

  async function look() {
    const mine = (asked += 1);
    try {
      const { people } = await service.get("/colleagues", { group, q: query.value.trim() });
      if (mine !== asked) return;
      list.replaceChildren(...people.map(row));
      status.textContent = people.length === 0 ? t("nobody_found") : t("people_found", { n: people.length });
    } catch (error) {
      if (mine === asked) status.textContent = error.words ?? String(error);
    }
  }

  function row(person) {
    const name = line(person.name) || line(person.staff_id);
    const act = person.member
      ? el("span", { class: "chip" }, icon("check"), t("is_in"))
      : button({ class: "btn sm", text: t("invite_do"), label: t("invite_who", { name }), "data-busy": t("inviting"), onclick: (event) => invite(person, name, event.currentTarget) });
    const about = el("div", { class: "grow" }, el("p", { class: "nm" }, el("bdi", { text: name })), el("p", { class: "ro" }, el("bdi", { text: line(person.staff_id) })));
    return el("li", { data: { staff: person.staff_id } }, avatar({ name, kind: "staff" }), about, act);
  }

  async function invite(person, name, pressed) {
    try {
      await busy(pressed, api.post("/members", { staff_id: person.staff_id }));
      status.textContent = t("invited", { name });
      pressed.replaceWith(el("span", { class: "chip", tabindex: "-1" }, icon("check"), t("is_in")));
      query.focus();
      changed();
    } catch (error) {
      status.textContent = error.words ?? String(error);
    }
  }

  query.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });

  return {
    invite() {
      query.value = "";
      list.replaceChildren();
      status.textContent = "";
      open("invite");
      query.focus();
      look();
    },

    member(pressed) {
      const { person, kind } = pressed.closest("[data-person]").dataset;
      const name = pressed.dataset.name;
      const menu = open("member");
      const visitor = kind !== "staff";
      menu.querySelector("[data-member-name]").textContent = name;
      for (const one of menu.querySelectorAll("[data-for]")) one.hidden = (one.dataset.for === "visitor") !== visitor;
      menu.querySelector('[data-do="hand-over"]').onclick = () => ask({
        title: t("hand_over_ask", { name }),
        lead: t("hand_over_lead", { name }),
        yes: t("hand_over_do"),
        act: async () => {
          await api.post("/hand-over", { person });
          toast(t("handed_over", { name }));
          changed();
        },
      });
      menu.querySelector('[data-do="remove"]').onclick = () => ask({
        title: t("remove_ask", { name }),
        lead: t(visitor ? "remove_visitor_lead" : "remove_staff_lead", { name }),
        yes: t("remove_do"),
        act: async () => {
          await api.del(`/members/${person}`);
          toast(t("removed", { name }));
          changed();
        },
      });
    },

  };
}
