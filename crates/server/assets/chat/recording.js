// While a voice message is being recorded: a row with time, level, cancel and send stands in the composer's place.
//   await recording(row) → { file, ms } or null if it was cancelled; throws if there is no microphone
import { button, el } from "./dom.js";
import { record } from "./recorder.js";
import { lasting } from "./time.js";
import { t } from "./words.js";

const MOST_MS = 60_000;
const LEAST_MS = 700;

export async function recording(row) {
  const recorder = await record();
  return new Promise((resolve) => {
    const began = Date.now();
    const time = el("span", { class: "num", text: lasting(0) });
    const level = el("meter", { class: "level", min: 0, max: 1, value: 0, "aria-hidden": "true" });
    const end = async (send) => {
      clearInterval(timer);
      node.remove();
      row.hidden = false;
      if (!send || Date.now() - began < LEAST_MS) {
        recorder.cancel();
        return resolve(null);
      }
      resolve(await recorder.stop());
    };
    const node = el("div", { class: "crow rec", role: "group", "aria-label": t("recording") },
      button({ icon: "x", label: t("cancel"), class: "ib", onclick: () => end(false) }),
      el("p", { class: "grow recline" }, el("i", { class: "dot bad" }), el("span", { role: "status", text: t("recording") }), time, level),
      button({ icon: "send", label: t("send_voice"), class: "send", onclick: () => end(true) }));
    const timer = setInterval(() => {
      const ms = Date.now() - began;
      time.textContent = lasting(ms);
      level.value = recorder.level();
      if (ms >= MOST_MS) end(true);
    }, 150);
    node.addEventListener("keydown", (event) => event.key === "Escape" && end(false));
    row.hidden = true;
    row.after(node);
    node.querySelector(".send").focus();
  });
}
