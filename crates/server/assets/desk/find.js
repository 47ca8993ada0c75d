// Search in the group: both lanes, each hit says which; a hit leads to its place in its log.
//   wireFind({ api, chat, goTo(lane, seq) }) → open()
import { clean, el, icon, line } from "../chat/dom.js";
import { summary } from "../chat/bubble.js";
import { iso, stamp } from "../chat/time.js";
import { t } from "../chat/words.js";
import { open } from "./dialog.js";

const PAUSE_MS = 250;
const AROUND = 60;

export function wireFind({ api, chat, goTo }) {
  const dialog = document.querySelector('[data-dialog="find"]');
  const query = dialog.querySelector("[name=q]");
  const status = dialog.querySelector("[data-find-status]");
  const list = dialog.querySelector("[data-find-list]");
  const more = dialog.querySelector("[data-find-more]");
  let asked = 0;
  let timer = 0;
  let hits = [];
  let ends = {};

  async function look() {
    const words = query.value.trim();
    const mine = (asked += 1);
    hits = [];
    ends = {};
    if (!words) return show("");
    await read(words, mine, Object.fromEntries(chat.lanes.map((lane) => [lane, undefined])));
  }

  /** Each lane has numbers of its own: they are asked one by one and shown as one list by time. */
  async function read(words, mine, from) {
    try {
      const lanes = Object.keys(from);
      const answers = await Promise.all(lanes.map((lane) => api.get("/search", { q: words, lane, before: from[lane] })));
      if (mine !== asked) return;
      ends = {};
      for (const [at, lane] of lanes.entries()) {
        hits.push(...answers[at].hits);
        if (answers[at].more) ends[lane] = answers[at].before;
      }
      hits.sort((a, b) => b.at - a.at);
      show(hits.length === 0 ? t("nothing_found", { words }) : t("found", { n: hits.length }), words);
    } catch (error) {
      if (mine === asked) show(error.words ?? String(error));
    }
  }

  function show(told, words = "") {
    status.textContent = told;
    list.replaceChildren(...hits.map((entry) => row(entry, words)));
    more.hidden = Object.keys(ends).length === 0;
  }

  function row(entry, words) {
    const internal = entry.lane === "internal";
    const person = chat.person(entry.by ?? {});
    const lane = el("span", { class: internal ? "chip int" : "chip accent" }, icon(internal ? "lock" : "eye"), t(internal ? "lane_internal" : "lane_customer"));
    const head = el("span", { class: "top" }, lane, el("b", { text: line(person.name) }), el("time", { datetime: iso(entry.at), text: stamp(entry.at) }));
    const text = el("span", { class: "tx", dir: "auto" }, marked(entry.kind === "text" ? line(entry.text) : summary(entry), words));
    const act = () => {
      dialog.close();
      goTo(entry.lane, entry.seq);
    };
    return el("li", {}, el("button", { type: "button", class: "hit", on: { click: act } }, head, text));
  }

  query.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  dialog.querySelector("[data-find-form]").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    look();
  });
  more.querySelector("button").addEventListener("click", () => read(query.value.trim(), asked, ends));

  return () => {
    open("find");
    query.select();
    if (query.value) look();
  };
}

function marked(text, words) {
  const shown = clean(text);
  const at = shown.toLowerCase().indexOf(words.toLowerCase());
  if (!words || at < 0) return shown;
  const from = Math.max(0, at - AROUND);
  const end = at + words.length;
  return [`${from > 0 ? "\u2026" : ""}${shown.slice(from, at)}`, el("mark", { text: shown.slice(at, end) }), shown.slice(end)];
}
