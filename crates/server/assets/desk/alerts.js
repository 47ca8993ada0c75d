// Being noticed: unread per lane (tabs, title, icon), sound and system notifications, each with its switch.
//   wireAlerts({ chat, goTo(lane) }) → { count(), came(lane, entries), set(box), show() }
import { nameOf, summary } from "../chat/bubble.js";
import { line } from "../chat/dom.js";
import { counts } from "../chat/lane.js";
import { Notify } from "../chat/notify.js";
import { recall, remember } from "../chat/storage.js";
import { t } from "../chat/words.js";

const WANTED = "lq-notify:staff";

class StaffNotify extends Notify {
  get enabled() {
    return super.enabled && recall(WANTED) === true;
  }
}

export function wireAlerts({ chat, goTo }) {
  const plain = document.title;
  const notify = new StaffNotify({ title: () => (chat.state ? plain.replace(/^.* · /, `${line(chat.state.group.name)} · `) : plain), kind: "staff" });
  const note = document.querySelector("[data-notify-note]");
  const calm = note.textContent;
  const box = (name) => document.querySelector(`[data-set="${name}"]`);

  return {
    count() {
      let all = 0;
      for (const name of chat.lanes) {
        const n = chat.lane(name).unread(chat.me?.id);
        const badge = document.querySelector(`[data-unread="${name}"]`);
        badge.hidden = n === 0;
        badge.textContent = n > 99 ? "99+" : String(n);
        badge.setAttribute("aria-label", t("unread", { n }));
        badge.setAttribute("role", "img");
        all += n;
      }
      notify.unread(all);
    },

    came(name, entries) {
      for (const entry of entries.filter((one) => counts(one, chat.me?.id))) {
        const person = chat.person(entry.by ?? {});
        const lane = t(name === "internal" ? "lane_internal" : "lane_customer");
        notify.message({ name: `${nameOf(person, chat)} · ${lane}`, text: summary(entry), tag: `${chat.state.group.id}-${name}`, onclick: () => goTo(name) });
      }
    },

    show() {
      box("sound").checked = notify.sound;
      box("notify").checked = notify.enabled;
      const unable = !("Notification" in window) || !window.isSecureContext;
      // Where only a service worker may notify, the switch would promise what cannot be.
      box("notify").closest("li").hidden = !unable && !notify.able;
      const denied = !unable && Notification.permission === "denied";
      box("notify").disabled = unable || denied;
      note.textContent = unable ? t("notify_unable") : denied ? t("notify_denied") : calm;
    },

    async set(pressed) {
      if (pressed.dataset.set === "sound") return notify.setSound(pressed.checked);
      const yes = pressed.checked && (Notification.permission === "granted" || (await notify.askPermission()));
      remember(WANTED, yes);
      this.show();
    },
  };
}
