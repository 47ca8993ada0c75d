// The customer's chat: header, progress, banners, log, rating, composer. Everything that changes it comes from the chat's events.
//   await openRoom({ base, company, privacy, switchUrl, page }) → the Chat; `page` is replaced
import { button, el, line } from "./dom.js";
import { banners } from "./banners.js";
import { nameOf, summary } from "./bubble.js";
import { Chat } from "./chat.js";
import { closedBar } from "./closed.js";
import { Composer } from "./composer.js";
import { showGone } from "./gone.js";
import { fitKeyboard } from "./keyboard.js";
import { counts } from "./lane.js";
import { Log } from "./log.js";
import { Notify } from "./notify.js";
import { progressBar } from "./progress.js";
import { t } from "./words.js";

/** What is looked at only later comes when there is nothing else to do, so that it is there when the network is not. */
const LATER = [() => import("./actions.js"), () => import("./menu.js"), () => import("./people.js"), () => import("./viewer.js"), () => import("./search.js"), () => import("./contact.js"), () => import("./rating.js"), () => import("./emoji.js"), () => import("./recording.js")];

export async function openRoom({ base, company, privacy, switchUrl, page }) {
  const chat = new Chat({ base, lanes: ["customer"] });
  try {
    await chat.start();
  } catch (error) {
    chat.stop();
    return failed({ error, page, company, base, again: () => openRoom({ base, company, privacy, switchUrl, page }) });
  }
  new Room({ chat, company, privacy, switchUrl, page });
  return chat;
}

function failed({ error, page, company, base, again }) {
  if ([401, 403, 404, 410].includes(error.status)) return showGone(page, error.code, { company, base });
  if (!error.words) throw error;
  const act = button({ icon: "redo", text: t("join_retry"), class: "btn primary lg block", onclick: again });
  const card = el("section", { class: "card stt", role: "alert" }, el("h1", { text: t("load_failed") }), el("p", { class: "lead", text: error.words }));
  page.replaceChildren(el("main", {}, el("div", { class: "scroll" }, card), el("div", { class: "dockbar" }, act)));
  return null;
}

class Room {
  constructor({ chat, company, privacy, switchUrl, page }) {
    Object.assign(this, { chat, company, privacy, switchUrl, page });
    this.notify = new Notify({ title: () => `${this.#title()} · ${company}`, kind: "customer" });
    this.title = el("h1", { class: "t" });
    this.dot = el("i", { class: "dot" });
    this.who = el("span");
    const people = button({ icon: "users", label: t("members"), class: "ib", onclick: () => this.#open("people") });
    const more = button({ icon: "more", label: t("menu"), class: "ib", onclick: () => this.#open("menu") });
    const head = el("header", { class: "chead" }, el("div", { class: "grow" }, this.title, el("p", { class: "s" }, this.dot, this.who)), people, more);
    this.progress = progressBar();
    this.banners = banners(chat, { onContact: () => this.contact() });
    const logRoot = el("div");
    const form = el("form", { class: "compose" });
    this.closed = closedBar(chat, { download: this.download });
    const main = el("main", { class: "talk" }, head, this.progress.node, this.banners.node, logRoot, form, this.closed.node);
    page.className = "phone room";
    page.replaceChildren(main);

    const tools = { onActions: (entry) => this.#actions(entry), onImage: (entry) => this.#view(entry) };
    this.log = new Log({ chat, lane: "customer", root: logRoot, label: t("log"), ...tools });
    this.composer = new Composer({ chat, lane: "customer", root: form, onSent: () => this.log.latest(), extras: [{ icon: "phone", text: t("leave_contact"), onclick: () => this.contact() }] });
    this.form = form;
    this.ratingPlace = el("div", { class: "ratingplace" });
    this.log.box.append(this.ratingPlace);
    this.stopKeyboard = fitKeyboard(page, () => this.log.draw());
    this.#drop(main);
    this.#listen();
    this.#show();
    const later = () => LATER.forEach((load) => load().catch(() => {}));
    if (window.requestIdleCallback) requestIdleCallback(later, { timeout: 4_000 });
    else setTimeout(later, 2_000);
  }

  get download() {
    return this.chat.api.url("/transcript", { format: "html" });
  }

  #title() {
    const { ticket, group } = this.chat.state;
    return line(ticket?.title) || line(group?.name);
  }

  #listen() {
    const { chat } = this;
    chat.on("state", () => this.#show());
    chat.on("online", () => this.#showWho());
    chat.on("status", () => this.#showWho());
    chat.on("entries", (lane, fresh, live) => live && this.#noticed(fresh));
    chat.on("entries", () => this.#count());
    chat.on("reads", () => this.#count());
    chat.on("gone", (code) => {
      this.stopKeyboard();
      this.#gone(code);
    });
    this.log.onAway = () => this.#count();
    document.addEventListener("keydown", (event) => {
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        this.#open("search");
      }
    });
  }

  #show() {
    const { state } = this.chat;
    this.title.textContent = this.#title();
    this.title.title = this.#title();
    this.progress.show(state);
    this.#showWho();
    const open = state.group.open;
    this.form.hidden = !open;
    this.closed.show(!open);
    if (state.group.state === "dissolved") {
      this.chat.stop();
      return this.#gone("dissolved");
    }
    this.#rating();
    this.#count();
  }

  #gone(code) {
    this.notify.unread(0);
    showGone(this.page, code, { company: this.company, base: this.chat.api.base });
  }

  #showWho() {
    const { chat } = this;
    const staff = [...chat.members.values()].filter((one) => one.kind === "staff" && chat.online.has(one.id));
    const closed = chat.state.group.open === false;
    const words = closed ? t("ended") : chat.status === "connecting" ? t("banner_connecting") : chat.status === "offline" ? t("offline_line") : staff.length > 0 ? t("online_names", { names: staff.map((one) => nameOf(one, chat)).slice(0, 3).join(t("list")) }) : t("online_none");
    this.who.textContent = words;
    this.dot.hidden = closed;
    this.dot.className = `dot${chat.status === "offline" ? " bad" : chat.status === "online" && staff.length > 0 ? " ok" : ""}`;
  }

  #noticed(fresh) {
    const entry = fresh.filter((one) => counts(one, this.chat.me.id)).pop();
    if (!entry) return;
    this.notify.message({ name: nameOf(this.chat.person(entry.by ?? {}), this.chat), text: summary(entry), tag: this.chat.api.base, onclick: () => this.log.latest() });
  }

  #count() {
    this.notify.unread(this.chat.lane("customer").unread(this.chat.me.id));
  }

  async #rating() {
    const asked = this.chat.state.satisfaction?.ask;
    if (!asked) return this.ratingPlace.replaceChildren();
    const { rating } = await import("./rating.js");
    this.rating ??= rating(this.chat);
    if (!this.rating.node.isConnected) this.ratingPlace.replaceChildren(this.rating.node);
    this.rating.show();
    this.log.draw();
  }

  async contact() {
    const { openContact } = await import("./contact.js");
    openContact(this.chat);
  }

  async #open(what) {
    if (what === "people") (await import("./people.js")).openPeople(this.chat);
    else if (what === "search") (await import("./search.js")).openSearch({ chat: this.chat, lane: "customer", onGo: (seq) => this.log.go(seq) });
    else (await import("./menu.js")).openMenu(this, { search: () => this.#open("search") });
  }

  async #actions(entry) {
    const { messageActions } = await import("./actions.js");
    messageActions(entry, { chat: this.chat, onQuote: this.chat.state.group.open ? (one) => this.composer.quote(one) : undefined });
  }

  async #view(entry) {
    const { openViewer } = await import("./viewer.js");
    const all = [...this.chat.lane("customer").entries.values()].filter((one) => one.kind === "image" && one.file && !one.recalled);
    all.sort((a, b) => a.seq - b.seq);
    openViewer({ chat: this.chat, entries: all, at: all.indexOf(entry) });
  }

  #drop(main) {
    const has = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    main.addEventListener("dragover", (event) => has(event) && event.preventDefault());
    main.addEventListener("drop", (event) => {
      if (!has(event)) return;
      event.preventDefault();
      if (this.chat.state.group.open) this.composer.addFiles([...event.dataTransfer.files]);
    });
  }
}
