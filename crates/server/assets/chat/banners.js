// What stands between header and log when something is the matter: no network, after hours.
//   banners(chat, { onContact }) → { node }
import { button, el, icon } from "./dom.js";
import { stamp } from "./time.js";
import { t } from "./words.js";

const PATIENCE_MS = 2_500;

export function banners(chat, { onContact }) {
  const node = el("div", { class: "banners", role: "status" });
  let late = false;
  let timer = 0;
  let shown = "";

  const draw = () => {
    const waiting = chat.outbox?.waiting ?? 0;
    const away = chat.status === "offline" || (chat.status === "connecting" && late);
    const { hours, group } = chat.state;
    const after = hours && hours.open === false && group.open;
    const key = `${away}${waiting}${after}${hours?.opens_at}`;
    if (key === shown) return;
    shown = key;
    node.replaceChildren();
    if (away) node.append(ban("wifioff", waiting > 0 ? t("banner_offline_n", { n: waiting }) : t("banner_offline"), button({ icon: "redo", text: t("banner_retry"), class: "btn", onclick: () => {
      chat.connection.wake();
      chat.outbox?.kick();
    } }), "warn"));
    else if (after) node.append(ban("moon", hours.opens_at ? t("banner_hours", { time: stamp(hours.opens_at) }) : t("banner_hours_plain"), button({ icon: "phone", text: t("leave_contact"), class: "btn", onclick: onContact })));
  };
  const status = () => {
    clearTimeout(timer);
    late = false;
    if (chat.status === "connecting") timer = setTimeout(() => {
      late = true;
      draw();
    }, PATIENCE_MS);
    draw();
  };
  for (const name of ["outbox", "state"]) chat.on(name, draw);
  chat.on("status", status);
  status();
  return { node };
}

function ban(sign, words, act, tone = "") {
  return el("div", { class: `ban ${tone}` }, icon(sign), el("p", { class: "grow", text: words }), act);
}
