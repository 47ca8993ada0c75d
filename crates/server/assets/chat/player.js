// Voice messages: the whole bubble plays. One at a time on the page.
//   voiceButton(address, ms) → <button>
import { el, icon } from "./dom.js";
import { lasting } from "./time.js";
import { t } from "./words.js";

const BARS = [4, 8, 6, 12, 18, 10, 6, 14, 20, 16, 8, 12, 6, 10, 16, 12, 6, 4, 8, 12, 8, 4, 6, 3];
let audio = null;
let stopLast = null;

export function voiceButton(address, ms) {
  const sign = el("span", { class: "pl" }, icon("play"));
  const time = el("span", { class: "vt num", text: lasting(ms) });
  const node = el("button", { type: "button", class: "voice", "aria-label": t("play_voice", { time: lasting(ms) }) }, sign, wave(), time);
  const show = (name) => {
    sign.replaceChildren(icon(name));
    node.classList.toggle("playing", name === "pause");
  };
  node.addEventListener("click", () => {
    if (stopLast?.node === node) return stopLast();
    stopLast?.();
    play(address, ms, node, show, time);
  });
  return node;
}

function play(address, ms, node, show, time) {
  audio ??= new Audio();
  const mine = audio;
  const over = () => {
    mine.pause();
    mine.ontimeupdate = mine.onended = mine.onerror = null;
    time.textContent = lasting(ms);
    show("play");
    if (stopLast === over) stopLast = null;
  };
  over.node = node;
  stopLast = over;
  mine.src = address;
  mine.ontimeupdate = () => {
    time.textContent = lasting(Math.max(1000, (ms || mine.duration * 1000 || 0) - mine.currentTime * 1000));
  };
  mine.onended = over;
  const failed = () => {
    over();
    time.textContent = t("cannot_play");
  };
  mine.onerror = failed;
  show("pause");
  mine.play().catch((error) => error.name !== "AbortError" && failed());
}

function wave() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "wave");
  svg.setAttribute("viewBox", "0 0 96 22");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", BARS.map((height, n) => `M${2 + n * 4} ${11 - height / 2}v${height}`).join(""));
  svg.append(path);
  return svg;
}
