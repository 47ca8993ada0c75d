// Who is in the group, and what it is about.
//   openPeople(chat)
import { el, line } from "./dom.js";
import { personRow } from "./bubble.js";
import { openSheet } from "./sheet.js";
import { stageWords } from "./system.js";
import { t } from "./words.js";

export function openPeople(chat) {
  const here = [...chat.members.values()].filter((one) => !["left", "removed"].includes(one.state));
  const staff = here.filter((one) => one.kind === "staff");
  const others = here.filter((one) => one.kind !== "staff");
  const { ticket } = chat.state;
  const list = (people) => el("ul", { class: "plist" }, people.map((one) => personRow(one, chat)));
  openSheet({
    title: t("members"),
    content: [
      ticket && el("section", { class: "tkcard" }, el("p", { class: "hint num", text: t("ticket_number", { id: line(ticket.case_id) }) }), el("p", { class: "strong", text: line(ticket.title) || line(chat.state.group.name) }), ticket.status && el("p", { class: "hint", text: stageWords(ticket.status) })),
      staff.length > 0 && [el("h3", { text: t("who_helps") }), list(staff)],
      others.length > 0 && [el("h3", { text: t("who_else") }), list(others)],
    ],
  });
}
