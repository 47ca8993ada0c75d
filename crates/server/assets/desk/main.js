// The staff page: the server's frame and facts, made live. One conversation, two lanes, everything a colleague does with a group.
import { Api } from "../chat/api.js";
import { Chat } from "../chat/chat.js";
import { addWords, lang, loadWords, t } from "../chat/words.js";
import { button, el, icon } from "../chat/dom.js";
import { wireAlerts } from "./alerts.js";
import { ask, open } from "./dialog.js";
import { wireFacts } from "./facts.js";
import { wireFind } from "./find.js";
import { wireGroup } from "./group.js";
import { wireLanes } from "./lanes.js";
import { wirePeople } from "./people.js";
import { onParts, refresh } from "./refresh.js";
import { wireReplies } from "./replies.js";
import { current, go, start as startRoutes } from "./route.js";
import { wireTicket } from "./ticket.js";

const main = document.querySelector("main.desk");
const line = document.querySelector("[data-line]");
let lanes = null;
let ticket = null;

startRoutes({
  onShow(part) {
    lanes?.shown(part);
    ticket?.shown(part);
  },
});
await loadWords();
addWords((lang() === "zh" ? await import("./words.zh.js") : await import("./words.en.js")).words);

const chat = new Chat({ base: main.dataset.base, lanes: ["customer", "internal"] });
const { api } = chat;
const service = new Api("/customer-service");
// The page was written for this person: what he does is not done by whoever signs in in another tab.
api.person = service.person = main.dataset.me;
service.onOther = api.onOther;
const changed = () => {
  refresh();
  if (chat.state) chat.refresh();
};
const people = wirePeople({ api, service, group: main.dataset.group, changed });
const group = wireGroup({ api, chat, changed });
const replies = wireReplies({ service, say: (text, lane) => lanes.say(text, lane) });
const find = wireFind({ api, chat, goTo: (lane, seq) => lanes?.goTo(lane, seq) });
const facts = wireFacts({ chat });
const alerts = wireAlerts({ chat, goTo: (lane) => go(lane) });
ticket = wireTicket({ api, chat, saved: changed });
ticket.shown(current());
wireButtons();
await connect();

async function connect() {
  try {
    await chat.start();
  } catch (error) {
    return refused(error);
  }
  for (const place of document.querySelectorAll("[data-shut]")) place.replaceChildren();
  lanes = wireLanes({ chat, replies, reopen: group.reopen });
  lanes.shown(current());
  chat.on("state", () => {
    live();
    refresh();
  });
  chat.on("online", facts);
  chat.on("status", tellLine);
  chat.on("outbox", tellLine);
  chat.on("reads", alerts.count);
  chat.on("entries", (name, fresh, now) => {
    alerts.count();
    if (now) alerts.came(name, fresh);
  });
  chat.on("gone", gone);
  onParts(facts);
  live();
  tellLine();
}

function live() {
  facts();
  lanes.state();
  alerts.count();
}

function tellLine() {
  const waiting = chat.outbox?.waiting ?? 0;
  const offline = chat.status === "offline";
  const words = offline && waiting > 0 ? t("status_waiting", { n: waiting }) : t(`status_${chat.status}`);
  if (line.textContent !== words) line.textContent = words;
  line.classList.toggle("warn", offline);
}

/** The page shows what it has; the chat says why it is not there, and tries again when told to. */
function refused(error) {
  if (error.status === 401) return location.reload();
  for (const place of document.querySelectorAll("[data-shut]")) {
    const again = button({ class: "btn sm", icon: "redo", text: t("again"), onclick: connect });
    place.hidden = false;
    place.replaceChildren(el("p", { class: "shutline" }, icon("warn"), el("span", { text: t("no_chat", { why: error.words ?? String(error) }) }), again));
  }
}

function gone(code) {
  const title = ["removed", "signed_out"].includes(code) ? t(`gone_${code}`) : t(code === "not_signed_in" ? "gone_signed_out" : "gone_other");
  ask({ title, lead: t("gone_lead"), yes: t("gone_do"), act: async () => location.reload() });
}

function wireButtons() {
  const acts = {
    find,
    invite: () => people.invite(),
    member: people.member,
    menu: () => {
      alerts.show();
      open("menu");
    },
    code: () => open("code"),
    rename: group.rename,
    close: group.close,
    reopen: () => {
      document.querySelector("dialog[open]")?.close();
      group.reopen();
    },
    renew: group.renew,
    transcript: group.transcript,
    "sign-out": group.signOut,
  };
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-do]");
    if (pressed) acts[pressed.dataset.do]?.(pressed);
    else if (event.target.closest("[data-qr]")) open("code");
  });
  document.addEventListener("change", (event) => {
    const { set } = event.target.dataset;
    if (set === "history") group.history(event.target);
    else if (set) alerts.set(event.target);
  });
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    find();
  });
  document.querySelector(".qrc").dataset.big = "";
}
