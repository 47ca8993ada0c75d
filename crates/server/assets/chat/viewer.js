// Pictures, large: pinch, double tap and wheel zoom, drag moves, a swipe shows the next one, Esc closes. The picture is a real
// <img>, so a long press saves it where the browser can.
//   openViewer({ chat, entries (with pictures, oldest first), at })
import { button, el, icon, line } from "./dom.js";
import { stamp } from "./time.js";
import { t } from "./words.js";

const MOST = 5;
const SWIPE_PX = 60;

export function openViewer({ chat, entries, at }) {
  // Taken back meanwhile.
  if (!entries[at]) return;
  const before = document.activeElement;
  const image = el("img", { class: "vimg", alt: "", draggable: "false" });
  const title = el("p", { class: "vtitle" });
  const save = el("a", { class: "ib vib", "aria-label": t("save_file") }, icon("dl"));
  const close = button({ icon: "x", label: t("close"), class: "ib vib", onclick: () => shut() });
  const back = button({ icon: "back", label: t("previous"), class: "ib vib vprev", onclick: () => step(-1) });
  const next = button({ icon: "back", label: t("next"), class: "ib vib vnext", onclick: () => step(1) });
  const stage = el("div", { class: "vstage" }, image);
  const node = el("div", { class: "viewer", role: "dialog", "aria-modal": "true", "aria-label": t("viewer"), tabindex: "-1" }, stage, el("header", { class: "vhead" }, title, save, close), back, next);
  const view = { scale: 1, x: 0, y: 0 };

  const draw = () => {
    image.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  };
  const reset = () => {
    Object.assign(view, { scale: 1, x: 0, y: 0 });
    draw();
  };
  const zoom = (scale) => {
    view.scale = Math.min(MOST, Math.max(1, scale));
    if (view.scale === 1) Object.assign(view, { x: 0, y: 0 });
    draw();
  };
  const show = () => {
    const { file, by, at: when } = entries[at];
    image.src = chat.api.url(`/files/${file.id}`);
    image.alt = t("picture_of", { name: line(file.name) });
    title.textContent = `${line(chat.person(by ?? {}).name ?? "")} ${stamp(when)}${entries.length > 1 ? ` · ${at + 1} / ${entries.length}` : ""}`;
    save.href = image.src;
    save.download = file.name || "";
    back.hidden = at === 0;
    next.hidden = at === entries.length - 1;
    reset();
  };
  const step = (by) => {
    if (!entries[at + by]) return;
    at += by;
    show();
  };
  const keys = (event) => {
    const acts = { Escape: shut, ArrowLeft: () => step(-1), ArrowRight: () => step(1), "+": () => zoom(view.scale * 1.5), "-": () => zoom(view.scale / 1.5) };
    if (event.key === "Tab") return keepIn(node, event);
    if (!acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  };
  const hidden = [...document.body.children].filter((other) => !other.hasAttribute("inert"));
  function shut() {
    node.remove();
    document.removeEventListener("keydown", keys, true);
    for (const other of hidden) other.removeAttribute("inert");
    before?.focus?.({ preventScroll: true });
  }
  for (const other of hidden) other.setAttribute("inert", "");
  document.addEventListener("keydown", keys, true);
  fingers(stage, view, { draw, zoom, step, reset });
  document.body.append(node);
  show();
  close.focus();
}

function keepIn(node, event) {
  const all = [...node.querySelectorAll("button:not([hidden]), a")];
  const at = all.indexOf(document.activeElement);
  event.preventDefault();
  all[(at + (event.shiftKey ? -1 : 1) + all.length) % all.length].focus();
}

function fingers(stage, view, { draw, zoom, step, reset }) {
  const down = new Map();
  let start = null;
  let tapped = 0;
  const spread = () => {
    const [a, b] = [...down.values()];
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  };
  const begin = () => {
    const [x, y] = [...down.values()][0] ?? [0, 0];
    start = { x, y, view: { ...view }, spread: down.size > 1 ? spread() : 0 };
  };
  stage.addEventListener("pointerdown", (event) => {
    down.set(event.pointerId, [event.clientX, event.clientY]);
    if (event.pointerType === "mouse") event.preventDefault();
    begin();
  });
  stage.addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId) || !start) return;
    down.set(event.pointerId, [event.clientX, event.clientY]);
    if (down.size > 1 && start.spread) return zoom((start.view.scale * spread()) / start.spread);
    const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
    view.x = start.view.x + dx;
    view.y = view.scale > 1 ? start.view.y + dy : 0;
    draw();
  });
  const up = (event) => {
    if (!down.delete(event.pointerId)) return;
    const moved = event.clientX - (start?.x ?? 0);
    if (down.size > 0) return begin();
    if (view.scale === 1 && Math.abs(moved) > SWIPE_PX && event.type === "pointerup") {
      reset();
      step(moved < 0 ? 1 : -1);
    } else if (view.scale === 1) reset();
    if (Math.abs(moved) < 8 && event.type === "pointerup") {
      if (Date.now() - tapped < 300) zoom(view.scale > 1 ? 1 : 2.5);
      tapped = Date.now();
    }
  };
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", up);
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(view.scale * (event.deltaY < 0 ? 1.15 : 1 / 1.15));
  }, { passive: false });
}
