// Being noticed: the number in the title, the dot on the icon, a sound, a system notification.
//   const notify = new Notify({ title: () => string, kind: "customer" | "staff" })
//   unread(count)                 title "(3) …" and the dot; 0 takes both away
//   message({ name, text, tag, onclick })   sound and notification, if nobody looks at the page and the person wants them
//   sound, setSound(yes)          kept in this browser; on unless switched off
//   able → this browser shows system notifications to a page      canAsk, askPermission(), enabled
import { recall, remember } from "./storage.js";

const BEEP_EVERY_MS = 2_000;

/** Browsers of Android have the constructor and allow notifications from a service worker only: it throws, permitted or not.
 *  Elsewhere one that is not permitted shows nothing; where it is permitted it would be seen, so the name must do. */
function constructs() {
  if (Notification.permission === "granted") return !/Android/i.test(navigator.userAgent);
  try {
    new Notification("").close();
    return true;
  } catch {
    return false;
  }
}

export class Notify {
  #able;
  #count = 0;
  #context = null;
  #last = 0;
  #icon = document.querySelector('link[rel="icon"]');
  #plain = this.#icon?.href;

  constructor({ title, kind }) {
    this.title = title;
    this.key = `lq-sound:${kind}`;
    this.sound = recall(this.key) ?? true;
    // A browser plays sounds only once the person has touched the page.
    const ready = () => this.#audio();
    document.addEventListener("pointerdown", ready, { once: true });
    document.addEventListener("keydown", ready, { once: true });
  }

  setSound(yes) {
    this.sound = yes;
    remember(this.key, yes);
    if (yes) this.#beep();
  }

  get able() {
    this.#able ??= "Notification" in window && window.isSecureContext && constructs();
    return this.#able;
  }

  get canAsk() {
    return this.able && Notification.permission === "default";
  }

  get enabled() {
    return this.able && Notification.permission === "granted";
  }

  async askPermission() {
    try {
      return (await Notification.requestPermission()) === "granted";
    } catch {
      return false;
    }
  }

  unread(count) {
    document.title = count > 0 ? `(${count > 99 ? "99+" : count}) ${this.title()}` : this.title();
    if (count > 0 !== this.#count > 0) this.#dot(count > 0);
    this.#count = count;
    if ("setAppBadge" in navigator && window.isSecureContext) (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
  }

  message({ name, text, tag, onclick }) {
    const looking = document.visibilityState === "visible" && document.hasFocus();
    if (looking) return;
    if (this.sound) this.#beep();
    if (!this.enabled || document.visibilityState === "visible") return;
    try {
      const note = new Notification(name, { body: text.slice(0, 140), tag, icon: this.#plain });
      note.onclick = () => {
        window.focus();
        note.close();
        onclick?.();
      };
    } catch {
      // Title, dot and sound remain.
      this.#able = false;
    }
  }

  #audio() {
    const Context = window.AudioContext ?? window.webkitAudioContext;
    if (!Context) return null;
    this.#context ??= new Context();
    if (this.#context.state === "suspended") this.#context.resume().catch(() => {});
    return this.#context;
  }

  #beep() {
    const now = Date.now();
    if (now - this.#last < BEEP_EVERY_MS || !this.#context) return;
    this.#last = now;
    const context = this.#audio();
    const at = context.currentTime;
    for (const [frequency, start] of [[660, 0], [880, 0.11]]) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = frequency;
      gain.gain.setValueAtTime(0.0001, at + start);
      gain.gain.exponentialRampToValueAtTime(0.12, at + start + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, at + start + 0.16);
      tone.connect(gain).connect(context.destination);
      tone.start(at + start);
      tone.stop(at + start + 0.18);
    }
  }

  #dot(yes) {
    if (!this.#icon) return;
    if (!yes) {
      this.#icon.href = this.#plain;
      return;
    }
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 64;
      const pen = canvas.getContext("2d");
      pen.drawImage(image, 0, 0, 64, 64);
      pen.fillStyle = "#cc3a30";
      pen.beginPath();
      pen.arc(48, 16, 15, 0, 7);
      pen.fill();
      if (this.#count > 0) this.#icon.href = canvas.toDataURL("image/png");
    };
    image.src = this.#plain;
  }
}
