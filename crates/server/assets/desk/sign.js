// sign(name) → one of the page's own drawings (templates/staff_sprite.html), hidden from screen readers
const SVG = "http://www.w3.org/2000/svg";

export function sign(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}
