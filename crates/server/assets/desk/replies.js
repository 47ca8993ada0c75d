// Quick replies: everybody's and one's own. Choosing one writes it into the composer; it is sent by hand.
//   wireReplies({ service, say(text, lane) }) → open(lane)
import { button, el, icon, line } from "../chat/dom.js";
import { t } from "../chat/words.js";
import { busy, fail, open } from "./dialog.js";

export function wireReplies({ service, say }) {
  const dialog = document.querySelector('[data-dialog="replies"]');
  const query = dialog.querySelector("[data-replies-q]");
  const status = dialog.querySelector("[data-replies-status]");
  const list = dialog.querySelector("[data-replies-list]");
  const form = dialog.querySelector("[data-replies-form]");
  const text = form.querySelector("textarea");
  const error = form.querySelector("[data-error]");
  let all = [];
  let lane = "customer";

  async function load() {
    try {
      all = (await service.get("/quick-replies")).replies;
      draw();
    } catch (problem) {
      status.textContent = problem.words ?? String(problem);
    }
  }

  function draw() {
    const wanted = query.value.trim().toLowerCase();
    const shown = all.filter((reply) => reply.body.toLowerCase().includes(wanted));
    list.replaceChildren(...shown.map(row));
    if (all.length === 0) status.textContent = t("replies_none");
    else status.textContent = shown.length === 0 ? t("nothing_found", { words: query.value.trim() }) : "";
  }

  function row(reply) {
    const pick = () => {
      dialog.close();
      say(reply.body, lane);
    };
    const drop = reply.mine && button({ icon: "x", class: "ib", label: t("reply_remove", { text: line(reply.body).slice(0, 30) }), onclick: (event) => remove(reply, event.currentTarget) });
    const whose = reply.mine ? el("span", { class: "chip" }, icon("user"), t("reply_mine")) : null;
    return el("li", {}, el("button", { type: "button", class: "said", on: { click: pick } }, el("span", { dir: "auto", text: reply.body })), whose, drop);
  }

  async function remove(reply, pressed) {
    try {
      await busy(pressed, service.del(`/quick-replies/${encodeURIComponent(reply.id)}`));
      all = all.filter((one) => one !== reply);
      draw();
      query.focus();
    } catch (problem) {
      status.textContent = problem.words ?? String(problem);
    }
  }

  query.addEventListener("input", draw);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fail(error, "");
    const body = text.value.trim();
    if (!body) return fail(error, t("reply_empty"));
    try {
      await busy(form.querySelector("button"), service.post("/quick-replies", { body }));
      text.value = "";
      await load();
      status.textContent = t("reply_added");
    } catch (problem) {
      fail(error, problem.words ?? String(problem));
    }
  });

  return (forLane) => {
    lane = forLane;
    query.value = "";
    fail(error, "");
    open("replies");
    query.focus();
    draw();
    load();
  };
}
