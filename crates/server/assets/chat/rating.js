// Satisfaction: one tap on one of five faces with words; a sentence if one likes; it can be changed.
//   rating(chat) → { node, show() }
import { button, el, icon } from "./dom.js";
import { t } from "./words.js";

const SCORES = [1, 2, 3, 4, 5];

export function rating(chat) {
  let score = 0;
  const told = el("p", { class: "hint", role: "status" });
  const faces = SCORES.map((n) => el("button", { type: "button", role: "radio", "aria-checked": "false", tabindex: n === 3 ? "0" : "-1", data: { score: n }, on: { click: () => give(n) } }, icon(`face${n}`), el("span", { text: t(`score_${n}`) })));
  const group = el("div", { class: "faces", role: "radiogroup", "aria-labelledby": "rating-title" }, faces);
  const comment = el("textarea", { class: "in", rows: 2, maxlength: 500, "aria-label": t("solved_comment"), placeholder: t("solved_comment") });
  const more = el("form", { class: "more", hidden: true }, comment, button({ text: t("solved_send"), class: "btn block" }));
  more.lastChild.type = "submit";
  const node = el("section", { class: "card rating", "aria-labelledby": "rating-title" }, el("h2", { id: "rating-title", text: t("solved") }), el("p", { class: "hint", text: t("solved_lead") }), group, told, more);

  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = faces.indexOf(document.activeElement);
    faces[(at + step + faces.length) % faces.length].focus();
  });
  more.addEventListener("submit", (event) => {
    event.preventDefault();
    give(score, comment.value.trim());
  });

  async function give(n, words) {
    const before = score;
    pick(n);
    told.textContent = "";
    try {
      await chat.api.post("/satisfaction", { score: n, comment: words });
      more.hidden = words !== undefined;
      told.textContent = t("solved_thanks", { score: t(`score_${n}`) });
    } catch (error) {
      pick(before);
      told.textContent = error.words ?? String(error);
    }
  }

  function pick(n) {
    score = n;
    for (const [at, face] of faces.entries()) {
      face.setAttribute("aria-checked", String(at + 1 === n));
      face.tabIndex = at + 1 === (n || 3) ? 0 : -1;
    }
  }

  return {
    node,
    show() {
      const given = chat.state.satisfaction?.score;
      if (given && given !== score) {
        pick(given);
        told.textContent = t("solved_thanks", { score: t(`score_${given}`) });
      }
    },
  };
}
