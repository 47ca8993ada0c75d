// A lane on the screen: any length of history in a bounded number of nodes, the place kept while older parts come in.
//   new Log({ chat, lane: "customer", root, label, onActions(entry, node), onImage(entry) })
//     root: an empty element that fills its place; the log scrolls inside it
//   draw()            shows what changed (it listens to the chat by itself)
//   latest(smooth)    to the newest message          go(seq)   to a message, wherever it is, and marks it
//   setActive(yes)    an inactive log (a tab that is not shown) reads nothing
//   onAway(count)     set it: called with the number of unread ones below when that changes
import { bubble, pending } from "./bubble.js";
import { el, icon, button } from "./dom.js";
import { gestures } from "./gestures.js";
import { counts } from "./lane.js";
import { rows } from "./rows.js";
import { systemLine, systemText } from "./system.js";
import { day, clock, iso } from "./time.js";
import { t } from "./words.js";

const STEP = 40;
const MOST = 200;
const NEAR_PX = 600;
const BOTTOM_PX = 80;

export class Log {
  #nodes = new Map();
  #signs = new Map();
  #busy = false;
  #stick = true;
  #active = true;
  #frame = 0;
  #off = [];

  constructor({ chat, lane, root, label, onActions, onImage }) {
    Object.assign(this, { chat, root, onActions, onImage, lane: chat.lane(lane) });
    this.away = 0;
    this.divider = 0;
    this.list = el("div", { class: "msgs" });
    this.typing = el("p", { class: "typing", hidden: true, "aria-hidden": "true" });
    this.box = el("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": label, tabindex: "0" }, this.list, this.typing);
    this.jump = button({ icon: "down", text: t("to_latest"), class: "jumpdown", hidden: true, onclick: () => this.latest(true) });
    root.classList.add("logbox");
    root.append(this.box, this.jump);
    this.box.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    gestures(this.box, { actions: (seq, node) => this.onActions(this.lane.get(seq), node) });
    this.#window();
    this.#listen();
    this.#firstLook();
  }

  destroy() {
    for (const off of this.#off) off();
    this.root.replaceChildren();
  }

  setActive(yes) {
    this.#active = yes;
    if (yes) this.draw();
  }

  #window() {
    this.hi = this.lane.head;
    this.lo = Math.max(this.lane.from + 1, this.hi - STEP + 1);
    while (this.lo > this.lane.from + 1 && this.hi - this.lo < MOST / 2 && this.lane.get(this.lo - 1)) this.lo -= 1;
  }

  #listen() {
    const mine = (name) => name === this.lane.name;
    this.#off = [
      this.chat.on("entries", (name, fresh, live) => mine(name) && this.#came(fresh, live)),
      this.chat.on("reads", (name) => mine(name) && this.draw()),
      this.chat.on("typing", (name) => mine(name) && this.#drawTyping()),
      this.chat.on("outbox", () => this.draw()),
      this.chat.on("state", () => this.#stateRead()),
    ];
    const resized = () => this.#stick && this.#toBottom();
    const seen = () => document.visibilityState === "visible" && this.#readMarks();
    if (window.ResizeObserver) new ResizeObserver(resized).observe(this.box);
    document.addEventListener("visibilitychange", seen);
    this.#off.push(() => document.removeEventListener("visibilitychange", seen));
    // A picture without known size grows when it comes.
    this.list.addEventListener("load", resized, true);
  }

  #firstLook() {
    const { read, head, from } = this.lane;
    if (read > 0 && read < head && this.lane.unread(this.chat.me?.id) > 0) this.divider = Math.max(read, from) + 1;
    this.draw(true);
    const mark = this.list.querySelector(".unread");
    this.#toBottom();
    if (mark && mark.getBoundingClientRect().top < this.box.getBoundingClientRect().top) {
      mark.scrollIntoView({ block: "start" });
      this.#stick = false;
    }
  }

  #came(fresh, live) {
    const atEnd = this.hi >= this.lane.head - fresh.length - 1 || this.#stick;
    const byMe = fresh.some((entry) => entry.by?.id === this.chat.me?.id && entry.kind !== "system");
    const others = fresh.filter((entry) => counts(entry, this.chat.me?.id));
    if (byMe) this.divider = 0;
    else if (live && others.length > 0 && document.visibilityState !== "visible" && this.#readAll()) this.divider = others[0].seq;
    if (atEnd) this.hi = this.lane.head;
    if (byMe && atEnd) this.#stick = true;
    this.#trim();
    this.draw();
  }

  /** More of the history may be there to see than before. */
  #stateRead() {
    this.draw();
    if (this.#active && this.box.scrollTop < NEAR_PX) this.#extend("older");
  }

  #readAll() {
    return this.divider === 0 || this.divider <= this.lane.read;
  }

  #trim() {
    if (this.hi - this.lo <= MOST) return;
    if (this.#stick) this.lo = this.hi - MOST + STEP;
    else this.hi = Math.min(this.hi, this.lo + MOST);
  }

  draw(first = false) {
    if (first) return this.#draw();
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const end = this.hi >= this.lane.head;
    const items = end && this.chat.outbox ? this.chat.outbox.items.filter((item) => item.lane === this.lane.name) : [];
    const wanted = rows({ chat: this.chat, lane: this.lane, lo: this.lo, hi: this.hi, divider: this.divider, items });
    const anchor = this.#stick ? null : this.#anchor();
    this.box.setAttribute("aria-busy", String(this.#busy));
    this.#place(wanted);
    if (this.#stick) this.#toBottom();
    else if (anchor) this.#restore(anchor);
    this.#drawTyping();
    this.#countAway();
    this.#readMarks();
  }

  #place(wanted) {
    const keep = new Set(wanted.map((row) => row.key));
    for (const [key, node] of this.#nodes) {
      if (keep.has(key)) continue;
      node.remove();
      this.#nodes.delete(key);
      this.#signs.delete(key);
    }
    let at = this.list.firstChild;
    for (const row of wanted) {
      let node = this.#nodes.get(row.key);
      if (!node || this.#signs.get(row.key) !== row.sign) {
        const made = this.#make(row);
        if (node) {
          // A bubble that is drawn anew keeps the keyboard's place, and does not come in a second time.
          const focused = node.contains(document.activeElement);
          made.classList.add("still");
          if (at === node) at = node.nextSibling;
          node.replaceWith(made);
          if (focused) made.focus({ preventScroll: true });
        }
        node = made;
        this.#nodes.set(row.key, node);
        this.#signs.set(row.key, row.sign);
      }
      if (node === at) at = at.nextSibling;
      else this.list.insertBefore(node, at);
    }
  }

  #make(row) {
    const { chat } = this;
    if (row.kind === "day") return el("p", { class: "day" }, el("time", { datetime: iso(row.entry.at), text: `${day(row.entry.at)} ${clock(row.entry.at)}` }));
    if (row.kind === "unread") return el("p", { class: "unread" }, el("span", { text: t("unread_below") }));
    if (row.kind === "system") {
      const { icon: sign, nodes } = systemLine(row.entry, chat);
      return el("p", { class: "sys", data: { seq: row.entry.seq }, title: systemText(row.entry, chat) }, icon(sign), el("span", {}, nodes));
    }
    if (row.kind === "item") return pending(row.item, { chat, first: row.first, onRetry: (item) => chat.outbox.retry(item), onDrop: (item) => chat.outbox.drop(item) });
    return bubble(row.entry, { chat, first: row.first, meta: row.meta, onActions: this.onActions, onImage: this.onImage, onQuote: (seq) => this.go(seq) });
  }

  #anchor() {
    const top = this.box.getBoundingClientRect().top;
    for (const [key, node] of this.#nodes) {
      const box = node.getBoundingClientRect();
      if (box.bottom > top && key !== "unread" && !key.startsWith("d")) return { key, offset: box.top };
    }
    return null;
  }

  #restore({ key, offset }) {
    const node = this.#nodes.get(key);
    if (node) this.box.scrollTop += node.getBoundingClientRect().top - offset;
  }

  #toBottom() {
    this.box.scrollTop = this.box.scrollHeight;
  }

  get #left() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight;
  }

  #scrolled() {
    this.#stick = this.#left < BOTTOM_PX && this.hi >= this.lane.head;
    if (this.box.scrollTop < NEAR_PX) this.#extend("older");
    else if (this.#left < NEAR_PX) this.#extend("newer");
    this.#countAway();
    this.#readMarks();
  }

  async #extend(way) {
    const done = way === "older" ? this.lo <= this.lane.from + 1 : this.hi >= this.lane.head;
    if (this.#busy || done) return;
    this.#busy = true;
    try {
      if (way === "older") {
        await this.lane.older(this.lo, STEP);
        this.lo = Math.max(this.lane.from + 1, this.lo - STEP);
        if (this.hi - this.lo > MOST) this.hi = this.lo + MOST;
      } else {
        await this.lane.newer(this.hi, STEP);
        this.hi = Math.min(this.lane.head, this.hi + STEP);
        if (this.hi - this.lo > MOST) this.lo = this.hi - MOST;
      }
      this.#draw();
    } catch {
      // The network: the next scroll asks again.
    } finally {
      this.#busy = false;
      this.box.setAttribute("aria-busy", "false");
    }
  }

  latest(smooth = false) {
    const there = this.hi >= this.lane.head;
    if (!there) this.#window();
    this.#stick = true;
    this.#draw();
    if (smooth && there) this.box.scrollTo({ top: this.box.scrollHeight, behavior: "smooth" });
  }

  async go(seq) {
    await this.lane.around(seq).catch(() => {});
    if (!this.lane.get(seq)) return;
    if (seq < this.lo || seq > this.hi) {
      this.lo = Math.max(this.lane.from + 1, seq - STEP / 2);
      this.hi = Math.min(this.lane.head, seq + STEP);
    }
    this.#stick = false;
    this.#draw();
    const node = this.#nodes.get(`e${seq}`);
    if (!node) return;
    node.scrollIntoView({ block: "center" });
    node.classList.add("found");
    setTimeout(() => node.classList.remove("found"), 2_000);
    node.focus?.({ preventScroll: true });
  }

  #drawTyping() {
    const names = [...this.lane.typing.values()].map((one) => one.name || t("a_visitor"));
    this.typing.hidden = names.length === 0;
    if (names.length === 0) return;
    const dots = el("span", { class: "dots" }, el("i"), el("i"), el("i"));
    this.typing.replaceChildren(dots, el("span", { text: t("typing", { names: names.slice(0, 3).join(t("list")) }) }));
    if (this.#stick) this.#toBottom();
  }

  #countAway() {
    let count = 0;
    if (!this.#stick) for (let seq = this.lane.read + 1; seq <= this.lane.head; seq += 1) {
      const entry = this.lane.get(seq);
      if (entry && counts(entry, this.chat.me?.id)) count += 1;
    }
    const far = this.#left > this.box.clientHeight / 2 || this.hi < this.lane.head;
    this.jump.hidden = this.#stick || !far;
    this.jump.querySelector("span").textContent = count > 0 ? t("new_below", { n: count }) : t("to_latest");
    if (count !== this.away) this.onAway?.(count);
    this.away = count;
  }

  /** Read is what has been on a screen that somebody looks at. */
  #readMarks() {
    if (!this.#active || document.visibilityState !== "visible" || this.box.clientHeight === 0) return;
    if (this.#stick) return this.chat.markRead(this.lane.name, this.lane.head);
    const bottom = this.box.getBoundingClientRect().bottom;
    let seen = 0;
    for (const node of this.list.children) {
      if (!node.dataset.seq) continue;
      if (node.getBoundingClientRect().top > bottom - 20) break;
      seen = Number(node.dataset.seq);
    }
    if (seen > 0) this.chat.markRead(this.lane.name, seen);
  }
}
