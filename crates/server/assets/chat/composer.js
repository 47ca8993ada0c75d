// Where one writes, for one lane.
//   new Composer({ chat, lane, root, to, placeholder, sendText, extras: [{ icon, text, onclick }], onSent })
//     root: an empty <form>; `to` (optional): nodes of the first line that says who will see it; `sendText`: words on the send
//     button (staff: 发给客户 / 仅内部发送; none: an arrow); extras: more things behind the plus (quick replies, leave a phone)
//   quote(entry)   insert(text)   focus()   setEnabled(yes, words)
// Enter sends where there is a keyboard, Shift+Enter breaks the line; on a touch screen Enter breaks the line.
// What is written stays over a reload, for each lane.
import { button, clean, el, icon, line } from "./dom.js";
import { kindOf } from "./outbox.js";
import { mention } from "./mention.js";
import { nameOf, summary } from "./bubble.js";
import { toast } from "./sheet.js";
import { fileSize } from "./media.js";
import { forget, recall, remember } from "./storage.js";
import { t } from "./words.js";

const DRAFT_MS = 400;

export class Composer {
  #quoted = null;
  #draftTimer = 0;

  constructor({ chat, lane, root, to, placeholder, sendText, extras = [], onSent }) {
    Object.assign(this, { chat, lane, root, onSent, extras });
    this.draftKey = `lq-draft:${chat.api.base}:${chat.me.id}:${lane}`;
    this.field = el("textarea", { class: "field", rows: 1, "aria-label": placeholder ?? t("write"), placeholder: placeholder ?? t("write"), enterkeyhint: coarse() ? "enter" : "send", autocapitalize: "sentences", maxlength: 100_000 });
    this.names = mention({ field: this.field, people: () => this.#people(), onChange: () => this.#changed() });
    this.send = button({ icon: sendText ? undefined : "send", text: sendText, label: sendText ? undefined : t("send"), class: sendText ? "btn primary sendw" : "send" });
    this.send.type = "submit";
    this.mic = button({ icon: "mic", label: t("record"), class: "ib", onclick: () => this.#record() });
    this.plus = button({ icon: "plus", label: t("more_to_send"), class: "ib", "aria-expanded": "false", onclick: () => this.#toggle("plus") });
    this.smile = button({ icon: "smile", label: t("emoji"), class: "ib", "aria-expanded": "false", onclick: () => this.#toggle("emoji") });
    this.quoteBar = el("div", { class: "qbar", hidden: true });
    this.count = el("p", { class: "hint over", role: "status" });
    this.panel = el("div", { class: "panel", hidden: true });
    this.row = el("div", { class: "crow" }, this.plus, this.field, this.smile, this.mic, this.send);
    root.classList.add("comp");
    root.dataset.lane = lane;
    root.append(...(to ? [el("p", { class: "to" }, to)] : []), this.names.node, this.quoteBar, this.row, this.count, this.panel);
    this.#inputs();
    this.#listen();
    this.field.value = recall(this.draftKey) ?? "";
    this.#changed();
  }

  #listen() {
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.field.addEventListener("input", () => {
      this.#changed();
      if (this.field.value) this.chat.typing(this.lane);
    });
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("focus", () => this.#toggle(null));
    this.field.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      this.addFiles(files);
    });
  }

  #key(event) {
    // While a Chinese input method composes, Enter belongs to it.
    if (event.isComposing || event.keyCode === 229) return;
    if (this.names.take(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey && !event.altKey && (!coarse() || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && this.#quoted) {
      event.stopPropagation();
      this.#quote(null);
    }
  }

  #people() {
    return [...this.chat.members.values()].filter((one) => one.id !== this.chat.me?.id && line(one.name) && (this.lane !== "internal" || one.kind === "staff") && !["left", "removed"].includes(one.state));
  }

  get #limit() {
    return this.chat.state?.limits?.text ?? 4_000;
  }

  #changed() {
    const { field } = this;
    const written = clean(field.value).trim();
    const length = [...written].length;
    const over = length > this.#limit;
    this.count.textContent = over ? t("too_long", { n: length - this.#limit, limit: this.#limit }) : length > this.#limit - 200 ? t("left", { n: this.#limit - length }) : "";
    this.send.disabled = over || (!written && !this.send.classList.contains("sendw"));
    this.root.classList.toggle("filled", written.length > 0);
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight + 2, 160)}px`;
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => (field.value ? remember(this.draftKey, field.value) : forget(this.draftKey)), DRAFT_MS);
  }

  #submit() {
    const text = clean(this.field.value).replace(/[ \t]+$/gm, "").trim();
    if (!text || this.send.disabled) return;
    const mentions = this.names.chosen(text);
    this.chat.sendText(this.lane, text, { quote: this.#quoted, mentions: mentions.length > 0 ? mentions : undefined });
    this.field.value = "";
    this.names.clear();
    this.#quote(null);
    this.#changed();
    this.field.focus();
    this.onSent?.();
  }

  quote(entry) {
    this.#quote({ seq: entry.seq, kind: entry.kind, name: nameOf(this.chat.person(entry.by ?? {}), this.chat), text: summary(entry).slice(0, 120) });
    this.focus();
  }

  #quote(quoted) {
    this.#quoted = quoted;
    this.quoteBar.hidden = !quoted;
    if (!quoted) return this.quoteBar.replaceChildren();
    this.quoteBar.replaceChildren(icon("quote"), el("span", { class: "grow", text: `${quoted.name}${t("colon")}${quoted.text}` }), button({ icon: "x", label: t("no_quote"), class: "ib", onclick: () => this.#quote(null) }));
  }

  insert(text) {
    const { field } = this;
    field.setRangeText(text, field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length, "end");
    this.#changed();
  }

  focus() {
    this.field.focus();
  }

  setEnabled(yes, words) {
    this.row.hidden = !yes;
    this.panel.hidden = true;
    this.count.textContent = yes ? "" : (words ?? "");
    for (const one of [this.field, this.plus, this.smile, this.mic]) one.disabled = !yes;
    if (yes) this.#changed();
  }

  #inputs() {
    const input = (attributes) => {
      const node = el("input", { type: "file", class: "vh", tabindex: "-1", "aria-hidden": "true", ...attributes });
      node.addEventListener("change", () => {
        this.addFiles([...node.files], attributes["data-kind"]);
        node.value = "";
      });
      this.root.append(node);
      return node;
    };
    this.pickImage = input({ accept: "image/*", multiple: true });
    this.pickCamera = input({ accept: "image/*", capture: "environment" });
    this.pickFile = input({ multiple: true });
    this.pickVoice = input({ accept: "audio/*", capture: "user", "data-kind": "voice" });
  }

  addFiles(files, kind) {
    const most = this.chat.state?.limits?.file_bytes ?? 20 << 20;
    const fit = files.filter((file) => file.size > 0 && file.size <= most);
    for (const file of fit) this.chat.sendFile(this.lane, file, { kind: kind ?? kindOf(file) });
    const large = files.find((file) => file.size > most);
    if (large) this.count.textContent = t("file_too_large", { name: line(large.name), size: fileSize(large.size), limit: fileSize(most) });
    else if (fit.length < files.length) this.count.textContent = t("file_empty");
    this.#toggle(null);
    if (fit.length > 0) this.onSent?.();
  }

  #toggle(which) {
    const same = this.panel.dataset.shows === which && !this.panel.hidden;
    const shows = same ? null : which;
    this.panel.hidden = !shows;
    this.panel.dataset.shows = shows ?? "";
    this.plus.setAttribute("aria-expanded", String(shows === "plus"));
    this.smile.setAttribute("aria-expanded", String(shows === "emoji"));
    if (shows === "emoji") this.#emoji();
    if (shows === "plus") this.panel.replaceChildren(this.#plusGrid());
    if (shows && coarse()) this.field.blur();
    this.onSent?.(true);
  }

  async #emoji() {
    const { emojiGrid } = await import("./emoji.js");
    if (this.panel.dataset.shows === "emoji") this.panel.replaceChildren(emojiGrid((face) => this.insert(face)));
  }

  #plusGrid() {
    const tile = ({ icon: sign, text, onclick }) => el("button", { type: "button", class: "tile", on: { click: onclick } }, el("span", { class: "ti" }, icon(sign)), el("span", { text }));
    const picks = [
      { icon: "image", text: t("pick_image"), onclick: () => this.pickImage.click() },
      coarse() && { icon: "camera", text: t("pick_camera"), onclick: () => this.pickCamera.click() },
      { icon: "file", text: t("pick_file"), onclick: () => this.pickFile.click() },
      ...this.extras.map((one) => ({ ...one, onclick: () => {
        this.#toggle(null);
        one.onclick(this);
      } })),
    ];
    return el("div", { class: "tiles" }, picks.filter(Boolean).map(tile), el("p", { class: "hint", text: t("file_limit", { size: fileSize(this.chat.state?.limits?.file_bytes ?? 20 << 20) }) }));
  }

  async #record() {
    // Plain http has no microphone, and a picker opens only while the tap lasts: nothing is waited for here.
    const able = Boolean(navigator.mediaDevices?.getUserMedia) && window.isSecureContext !== false;
    if (!able) return this.pickVoice.click();
    try {
      const { recording } = await import("./recording.js");
      const sent = await recording(this.row);
      if (!sent) return;
      this.chat.sendFile(this.lane, sent.file, { kind: "voice", ms: sent.ms });
      this.onSent?.();
    } catch {
      toast(t("no_microphone"));
      this.count.textContent = t("no_microphone");
    } finally {
      this.mic.focus();
    }
  }
}

export function coarse() {
  return matchMedia("(pointer: coarse)").matches;
}
