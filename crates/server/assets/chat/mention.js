// @ completion: while a name is typed behind an @, the people of the group are offered.
//   mention({ field, people() → [{ id, name }], onChange }) → { node (put it above the field), chosen(text) → mentions in the text,
//     take(event) → true if the key was for the list, clear() }
import { el, line } from "./dom.js";
import { t } from "./words.js";

const MOST = 6;
let lists = 0;

export function mention({ field, people, onChange }) {
  lists += 1;
  const id = `mentions-${lists}`;
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", id);
  const node = el("ul", { id, class: "mentions", role: "listbox", "aria-label": t("mention"), hidden: true });
  const picked = new Map();
  let found = [];
  let at = 0;

  const typed = () => /(^|\s|[^\w])@([^\s@]{0,20})$/.exec(field.value.slice(0, field.selectionStart));
  const draw = () => {
    const match = typed();
    const word = match?.[2]?.toLowerCase();
    found = match ? people().filter((one) => line(one.name).toLowerCase().includes(word)).slice(0, MOST) : [];
    at = Math.min(at, Math.max(0, found.length - 1));
    node.hidden = found.length === 0;
    if (node.hidden) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `${id}-${at}`);
    node.replaceChildren(...found.map((one, n) => el("li", { id: `${id}-${n}`, role: "option", "aria-selected": String(n === at), text: line(one.name), on: { pointerdown: (event) => {
      event.preventDefault();
      choose(one);
    } } })));
  };
  const choose = (one) => {
    const match = typed();
    const end = field.selectionStart;
    const start = end - match[2].length;
    const name = line(one.name);
    field.setRangeText(`${name} `, start, end, "end");
    picked.set(one.id, name);
    node.hidden = true;
    found = [];
    field.focus();
    onChange();
  };
  field.addEventListener("input", draw);
  field.addEventListener("blur", () => {
    node.hidden = true;
  });
  return {
    node,
    take(event) {
      if (node.hidden || found.length === 0) return false;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      else if (event.key === "Escape") found = [];
      else if (event.key === "Enter" || event.key === "Tab") return choose(found[at]), true;
      else return false;
      if (event.key === "Escape") node.hidden = true;
      else draw();
      return true;
    },
    chosen: (text) => [...picked].filter(([, name]) => text.includes(`@${name}`)).map(([id, name]) => ({ id, name })),
    clear: () => picked.clear(),
  };
}
