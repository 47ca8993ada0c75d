// Building the page. Text from people only ever becomes text nodes.
//   el(tag, props, ...children) → element. props: class, text, title, data: {…}, on: {event: fn}, any attribute;
//     true = empty attribute, false/null/undefined = no attribute. Children: nodes, strings, arrays, null.
//   icon(name) → an <svg> of icons.js, hidden from screen readers
//   button({ icon, label, text, class, onclick, … }) → <button type=button>; `label` is spoken, `text` is shown
//   clean(text) → without controls and the marks that reorder or hide text (line breaks stay)
//   line(text) → clean, on one line
//   linked(text, mentions) → nodes: text with links (http, https, www) and the @names of `mentions` marked
//   initial(name) → the letter in somebody's picture
//   avatar(person) → the picture: staff rounded squares, visitors circles
import { ICONS } from "./icons.js";

const parsed = new Map();

export function icon(name) {
  if (!parsed.has(name)) {
    const source = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${ICONS[name] ?? ""}</svg>`;
    parsed.set(name, new DOMParser().parseFromString(source, "image/svg+xml").documentElement);
  }
  const svg = document.importNode(parsed.get(name), true);
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function button({ icon: sign, label, text, onclick, ...props }) {
  const node = el("button", { type: "button", "aria-label": text ? undefined : label, title: text ? undefined : label, ...props });
  if (sign) node.append(icon(sign));
  if (text) node.append(el("span", { text }));
  if (text && label) node.setAttribute("aria-label", label);
  if (onclick) node.addEventListener("click", onclick);
  return node;
}

// The same marks as web/show.rs, written as escapes so that nobody has to see them.
const DECEIVES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

export function clean(text) {
  return String(text ?? "").replace(/\r\n?/g, "\n").replace(DECEIVES, "");
}

export function line(text) {
  return clean(text).replace(/\s+/g, " ").trim();
}

const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"'“”‘’「」『』【】（）《》，。；：！？、\u3000]+/gi;
const TRAILING = /[.,;:!?)\]}'"*_]+$/;

export function linked(text, mentions = []) {
  const shown = clean(text);
  const nodes = [];
  let at = 0;
  for (const match of shown.matchAll(LINK)) {
    let address = match[0];
    const tail = TRAILING.exec(address)?.[0] ?? "";
    // A bracket that the address itself opened stays in it.
    const keep = tail.startsWith(")") && address.includes("(") ? 1 : 0;
    address = address.slice(0, address.length - tail.length + keep);
    const href = safeAddress(address);
    if (!href) continue;
    nodes.push(...named(shown.slice(at, match.index), mentions));
    nodes.push(el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow ugc", text: address }));
    at = match.index + address.length;
  }
  nodes.push(...named(shown.slice(at), mentions));
  return nodes;
}

function safeAddress(text) {
  try {
    const url = new URL(/^www\./i.test(text) ? `https://${text}` : text);
    return ["http:", "https:"].includes(url.protocol) && url.hostname.includes(".") ? url.href : null;
  } catch {
    return null;
  }
}

function named(text, mentions) {
  const names = mentions.map((m) => `@${line(m.name)}`).filter((name) => name.length > 1);
  const nodes = [];
  let rest = text;
  while (rest) {
    const found = names.map((name) => [rest.indexOf(name), name]).filter(([at]) => at >= 0).sort((a, b) => a[0] - b[0])[0];
    if (!found) break;
    const [at, name] = found;
    if (at > 0) nodes.push(rest.slice(0, at));
    nodes.push(el("b", { class: "at", text: name }));
    rest = rest.slice(at + name.length);
  }
  if (rest) nodes.push(rest);
  return nodes;
}

export function initial(name) {
  const first = [...line(name)].find((c) => /[\p{L}\p{N}]/u.test(c));
  return first ? first.toUpperCase() : "·";
}

export function avatar(person) {
  const visitor = person.kind === "customer" || person.kind === "guest";
  const tone = visitor ? "av c" : person.role === "owner" ? "av a" : "av";
  return el("span", { class: tone, "aria-hidden": "true", text: initial(person.name) });
}
