// A phone's keyboard takes part of the screen without telling the layout: the room is made as high as what can be seen.
//   fitKeyboard(node, onChange) → stop()
export function fitKeyboard(node, onChange) {
  const view = window.visualViewport;
  if (!view) return () => {};
  const fit = () => {
    // A page that is pinched larger keeps its layout.
    if (view.scale > 1.01) return;
    const covered = window.innerHeight - view.height > 60;
    node.style.height = covered ? `${view.height}px` : "";
    node.classList.toggle("typingup", covered);
    if (covered && view.offsetTop > 0) window.scrollTo(0, 0);
    onChange?.();
  };
  view.addEventListener("resize", fit);
  view.addEventListener("scroll", fit);
  return () => {
    view.removeEventListener("resize", fit);
    view.removeEventListener("scroll", fit);
  };
}
