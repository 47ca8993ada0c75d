// The two lanes: a log and a composer each, over one conversation. Who will see what is written stands in words where it is
// written, by name.
//   wireLanes({ chat, replies, reopen }) → { goTo(lane, seq), say(text, lane), focus(lane), state(), shown(part) }
import { messageActions } from "../chat/actions.js";
import { Composer } from "../chat/composer.js";
import { button, el, icon, line } from "../chat/dom.js";
import { Log } from "../chat/log.js";
import { openViewer } from "../chat/viewer.js";
import { t } from "../chat/words.js";
import { go, isPhone, lookAt } from "./route.js";
import { sign } from "./sign.js";

const NAMED = 3;

export function wireLanes({ chat, replies, reopen }) {
  const lanes = new Map(chat.lanes.map((name) => [name, make(name)]));

  function make(name) {
    const place = document.querySelector(`section[data-lane="${name}"]`);
    const internal = name === "internal";
    const words = el("span");
    const form = place.querySelector("[data-composer]");
    const composer = new Composer({
      chat,
      lane: name,
      root: form,
      to: [icon(internal ? "lock" : "eye"), words],
      placeholder: t(internal ? "write_internal" : "write_customer"),
      sendText: t(internal ? "send_internal" : "send_customer"),
      onSent: (opened) => opened || log.latest(),
    });
    form.setAttribute("aria-label", t(internal ? "lane_internal" : "lane_customer"));
    dress(composer, name, internal);
    const log = new Log({
      chat,
      lane: name,
      root: place.querySelector("[data-log]"),
      label: t(internal ? "lane_internal" : "lane_customer"),
      // A quote stays in its lane: each log knows its own composer only.
      onActions: (entry) => messageActions(entry, { chat, onQuote: (quoted) => composer.quote(quoted) }),
      onImage: (entry) => {
        const entries = pictures(name);
        openViewer({ chat, entries, at: entries.indexOf(entry) });
      },
    });
    return { place, composer, log, words, form, shut: place.querySelector("[data-shut]") };
  }

  /** Staff write more than a line: the field has the whole width, the tools stand below it. */
  function dress(composer, name, internal) {
    const mention = button({ icon: "at", label: t("mention_add"), class: "ib", onclick: () => {
      composer.insert("@");
      composer.focus();
      composer.field.dispatchEvent(new Event("input"));
    } });
    const quick = button({ label: t("replies_open"), class: "ib", onclick: () => replies(name) });
    quick.append(sign("bolt"));
    composer.row.prepend(composer.field);
    composer.send.before(mention, quick);
    if (!internal) return;
    composer.send.classList.replace("primary", "internal");
    composer.send.prepend(icon("lock"));
  }

  function pictures(name) {
    const lane = chat.lane(name);
    const all = [...lane.entries.values()].filter((entry) => entry.kind === "image" && entry.file && !entry.recalled);
    return all.sort((a, b) => a.seq - b.seq);
  }

  function others(staffOnly) {
    const here = [...chat.members.values()].filter((one) => one.id !== chat.me?.id && ["joined", "invited"].includes(one.state));
    const visitor = (one) => one.kind !== "staff";
    const seen = here.filter((one) => (staffOnly ? !visitor(one) : !visitor(one) || one.state === "joined"));
    return seen.sort((a, b) => visitor(b) - visitor(a)).map((one) => line(one.name) || t(one.kind === "guest" ? "guest_name" : "customer_name"));
  }

  function listed(names) {
    const shown = names.slice(0, NAMED).join(t("and"));
    return names.length > NAMED ? t("and_more", { names: shown, n: names.length }) : shown;
  }

  function audience() {
    const visitors = [...chat.members.values()].filter((one) => one.kind !== "staff" && one.state === "joined");
    const names = others(false);
    const inside = others(true);
    const outside = lanes.get("customer");
    outside.words.textContent = visitors.length === 0
      ? t(names.length === 0 ? "to_nobody_yet" : "to_staff_yet", { names: listed(names) })
      : t("to_customer", { names: listed(names) });
    outside.place.querySelector("[data-seen-by]").textContent = visitors.length === 0 ? t("seen_by_nobody_yet") : t(inside.length === 0 ? "seen_by_visitor" : "seen_by", { names: listed(visitors.map((one) => line(one.name) || t("customer_name"))), n: inside.length });
    lanes.get("internal").words.textContent = inside.length === 0 ? t("to_self") : t("to_internal", { names: listed(inside) });
  }

  function open() {
    const { state, open: talking } = chat.state.group;
    for (const { form, shut } of lanes.values()) {
      form.hidden = !talking;
      shut.hidden = talking;
      if (talking) shut.replaceChildren();
      else if (shut.dataset.state !== state || !shut.firstChild) shut.replaceChildren(shutline(state));
      shut.dataset.state = state;
    }
  }

  function shutline(state) {
    const key = { dissolved: "shut_dissolved", reserved: "shut_making", creating: "shut_making", failed: "shut_failed" }[state] ?? "shut_closed";
    const again = key === "shut_closed" && button({ class: "btn sm", icon: "redo", text: t("reopen_do"), onclick: reopen });
    return el("p", { class: "shutline" }, icon(key === "shut_making" ? "clock" : "lock"), el("span", { text: t(key) }), again);
  }

  return {
    goTo(name, seq) {
      if (isPhone()) go(name);
      else lookAt(name);
      // A lane that was not shown has no height before the next frame.
      requestAnimationFrame(() => lanes.get(name).log.go(seq));
    },

    say(text, name) {
      const { composer } = lanes.get(name);
      const before = composer.field.value;
      composer.insert(before && !/\s$/.test(before) ? ` ${text}` : text);
      composer.focus();
    },

    state() {
      audience();
      open();
    },

    shown(part) {
      for (const [name, { log }] of lanes) {
        log.setActive(!isPhone() || part === name);
        if (part === name) log.draw();
      }
    },
  };
}
