// What the server's page does not know and the live connection does: who is online, what a visitor left, how it was rated.
//   wireFacts({ chat }) → show(): after each change of the snapshot or of the page's parts
import { el, icon, line } from "../chat/dom.js";
import { t } from "../chat/words.js";
import { gallery } from "./attachments.js";

export function wireFacts({ chat }) {
  const attachments = document.querySelector("[data-attachments]");

  function people() {
    for (const row of document.querySelectorAll("[data-person]")) {
      const member = chat.members.get(row.dataset.person);
      const online = chat.online.has(row.dataset.person);
      row.classList.toggle("on", online);
      const chips = row.querySelector(".chips");
      let chip = chips.querySelector("[data-online]");
      if (!online) chip?.remove();
      else if (!chip) chips.prepend(el("span", { class: "chip", "data-online": true }, el("span", { class: "dot" }), t("online")));
      const left = row.querySelector("[data-left-contact]");
      const words = contact(member?.contact);
      left.hidden = !words;
      left.replaceChildren(...(words ? [t("contact_left"), el("bdi", { text: words })] : []));
    }
  }

  function satisfaction() {
    const place = document.querySelector("[data-satisfaction]");
    const score = Number(chat.state?.satisfaction?.score ?? 0);
    if (!place) return;
    place.hidden = !(score >= 1 && score <= 5);
    if (!place.hidden) place.replaceChildren(icon(`face${score}`), t("rated", { n: score }));
    place.className = `chip ${score >= 4 ? "ok" : score === 3 ? "" : "bad"}`;
  }

  return function show() {
    people();
    satisfaction();
    gallery({ api: chat.api, place: attachments, files: chat.state?.ticket?.attachments ?? [] });
    const history = document.querySelector("[data-set=history]");
    history.checked = chat.state?.guests_see_history === true;
  };
}

function contact(left) {
  if (!left) return "";
  if (typeof left === "string") return line(left);
  return line(left.value ?? "");
}
