// How a message is acted upon: long press, right click, and by keyboard (arrows from message to message, Enter or the menu key).
//   gestures(box, { actions(seq, node) })
const PRESS_MS = 450;
const MOVED_PX = 10;

export function gestures(box, { actions }) {
  let timer = 0;
  let from = null;
  let fired = false;

  const message = (target) => target.closest?.("article[data-seq]");
  // Pictures, links and files keep the browser's own long press: that is how a picture is saved.
  const own = (target) => target.closest?.("img, a, input, textarea, video");
  const open = (node) => actions(Number(node.dataset.seq), node);
  const stop = () => clearTimeout(timer);

  box.addEventListener("pointerdown", (event) => {
    const node = message(event.target);
    fired = false;
    if (event.pointerType === "mouse" || !node || own(event.target)) return;
    from = [event.clientX, event.clientY];
    timer = setTimeout(() => {
      fired = true;
      navigator.vibrate?.(10);
      open(node);
    }, PRESS_MS);
  });
  box.addEventListener("pointermove", (event) => {
    if (from && Math.hypot(event.clientX - from[0], event.clientY - from[1]) > MOVED_PX) stop();
  });
  for (const name of ["pointerup", "pointercancel", "scroll"]) box.addEventListener(name, stop, { passive: true });
  // The finger that opened the menu must not press what is under it when it is lifted.
  box.addEventListener("click", (event) => {
    if (!fired) return;
    fired = false;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  box.addEventListener("contextmenu", (event) => {
    const node = message(event.target);
    if (!node || own(event.target) || String(getSelection() ?? "")) return;
    event.preventDefault();
    if (fired || event.pointerType === "touch") return;
    open(node);
  });
  box.addEventListener("keydown", (event) => {
    const here = message(document.activeElement);
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const all = [...box.querySelectorAll("article")];
      const at = here ? all.indexOf(here) : all.length;
      const next = all[at + (event.key === "ArrowUp" ? -1 : 1)];
      if (!next) return;
      event.preventDefault();
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    } else if (here && document.activeElement === here && ["Enter", "ContextMenu"].includes(event.key)) {
      event.preventDefault();
      open(here);
    }
  });
}
