// Search in one lane: what was found leads to its place in the log.
//   openSearch({ chat, lane, onGo(seq) })
import { button, clean, el, line } from "./dom.js";
import { nameOf, summary } from "./bubble.js";
import { openSheet } from "./sheet.js";
import { stamp } from "./time.js";
import { t } from "./words.js";

const WAIT_MS = 250;

export function openSearch({ chat, lane, onGo }) {
  let timer = 0;
  let asked = 0;
  let last = null;
  const field = el("input", { class: "in", type: "search", "aria-label": t("search_in"), placeholder: t("search_in"), maxlength: 100, autocomplete: "off", data: { focus: "" }, enterkeyhint: "search" });
  const told = el("p", { class: "hint", role: "status" });
  const list = el("ul", { class: "hits" });
  const more = button({ text: t("more_hits"), class: "btn block", hidden: true, onclick: () => look(last) });
  const hit = (entry) => {
    const words = entry.text ? clean(entry.text) : summary(entry);
    const head = el("span", { class: "hh" }, el("b", { text: nameOf(chat.person(entry.by ?? {}), chat) }), el("time", { text: stamp(entry.at) }));
    const go = () => {
      sheet.close();
      onGo(entry.seq);
    };
    return el("li", {}, el("button", { type: "button", class: "hit", on: { click: go } }, head, el("span", { class: "hx" }, marked(excerpt(words, field.value), field.value))));
  };
  const look = async (before) => {
    const q = line(field.value);
    const mine = ++asked;
    if (!q) {
      list.replaceChildren();
      told.textContent = "";
      more.hidden = true;
      return;
    }
    try {
      const answer = await chat.api.get("/search", { q, lane, before: before ?? undefined });
      if (mine !== asked) return;
      if (!before) list.replaceChildren();
      list.append(...answer.hits.map(hit));
      last = answer.before ?? null;
      more.hidden = !answer.more;
      told.textContent = list.children.length === 0 ? t("no_hits", { q }) : t("hits", { n: list.children.length });
    } catch (error) {
      if (mine === asked) told.textContent = error.words ?? String(error);
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  });
  const sheet = openSheet({ title: t("search"), wide: true, content: [field, told, list, more] });
}

function excerpt(text, q) {
  const flat = line(text);
  const at = flat.toLowerCase().indexOf(line(q).toLowerCase());
  return at > 40 ? `… ${flat.slice(at - 20, at + 160)}` : flat.slice(0, 180);
}

function marked(text, q) {
  const word = line(q).toLowerCase();
  const out = [];
  let rest = text;
  while (word) {
    const at = rest.toLowerCase().indexOf(word);
    if (at < 0) break;
    out.push(rest.slice(0, at), el("mark", { text: rest.slice(at, at + word.length) }));
    rest = rest.slice(at + word.length);
  }
  return [...out, rest];
}
