// The ticket's progress as a four-part bar with words.
//   progressBar() → { node, show(state) }     state: the snapshot
import { el } from "./dom.js";
import { stageWords } from "./system.js";
import { t } from "./words.js";

const STAGES = ["accepted", "in_progress", "pending_confirmation", "done"];

export function progressBar() {
  const name = el("b");
  const step = el("span", { class: "num" });
  const bar = el("div", { class: "bar4", role: "img" }, STAGES.map(() => el("i")));
  const node = el("div", { class: "pin", hidden: true }, el("p", { class: "pl4" }, name, step), bar);
  const show = ({ ticket, group }) => {
    const at = STAGES.indexOf(ticket?.status);
    node.hidden = at < 0;
    if (at < 0) return;
    name.textContent = stageWords(ticket.status);
    step.textContent = group?.open === false ? t("ended") : t("step_of", { n: at + 1 });
    const done = ticket.status === "done";
    [...bar.children].forEach((part, n) => {
      part.className = n < at || done ? "d" : n === at ? "n" : "";
    });
    bar.setAttribute("aria-label", t("progress", { all: STAGES.map(stageWords).join(t("list")), now: stageWords(ticket.status) }));
  };
  return { node, show };
}
