// System lines in words: what happened, who, by whom.
//   systemLine(entry, chat) → { icon, nodes } ; systemText(entry, chat) → the same as plain text
import { el, line } from "./dom.js";
import { t } from "./words.js";

const ICON = {
  joined: "userplus",
  invited: "userplus",
  left: "userminus",
  removed: "userminus",
  renamed: "edit",
  closed: "lock",
  reopened: "redo",
  handed_over: "swap",
  link_renewed: "link",
  history_allowed: "eye",
  history_denied: "lock",
  ticket: "check",
  satisfaction: "smile",
  contact: "phone",
  owner_told: "bell",
  escalated: "bell",
};

const STAGES = ["accepted", "in_progress", "pending_confirmation", "done"];
const STATUS_WORDS = { accepted: "stage_accepted", in_progress: "stage_in_progress", pending_confirmation: "stage_pending", done: "stage_done" };

/** The words of a ticket's status. */
export function stageWords(status) {
  return STAGES.includes(status) ? t(STATUS_WORDS[status]) : line(status ?? "");
}

export function systemLine(entry, chat) {
  const said = entry.system ?? {};
  const me = chat.me?.id;
  const visitor = said.person?.kind === "customer" || said.person?.kind === "guest";
  const who = said.person?.id === me ? t("you") : line(said.person?.name) || t(said.person?.kind === "customer" ? "the_customer" : "a_visitor");
  const by = said.by?.id === me ? t("you") : line(said.by?.name) || t("staff_someone");
  const self = !said.by || said.by.id === said.person?.id;
  const value = said.what === "ticket" ? stageWords(said.value) : said.what === "satisfaction" ? scoreWords(said.value) : line(said.value ?? "");
  const forms = { joined: visitor ? "sys_joined_visitor" : self ? "sys_joined" : "sys_invited", reopened: said.by ? "sys_reopened" : "sys_reopened_plain", closed: said.by ? "sys_closed" : "sys_closed_plain" };
  const key = forms[said.what] ?? `sys_${said.what}`;
  return { icon: ICON[said.what] ?? "info", nodes: named(sentence(key, { who: "\u0001", by: "\u0002", value }), who, by) };
}

export function systemText(entry, chat) {
  return systemLine(entry, chat)
    .nodes.map((node) => (typeof node === "string" ? node : node.textContent))
    .join("");
}

function scoreWords(value) {
  const score = Number(value);
  return score >= 1 && score <= 5 ? t(`score_${score}`) : line(value ?? "");
}

/** What a newer server says and this page has no words for is told plainly. */
function sentence(key, values) {
  try {
    return t(key, values);
  } catch {
    return t("sys_other");
  }
}

function named(text, who, by) {
  return text.split(/([\u0001\u0002])/).filter(Boolean).map((part) => {
    if (part === "\u0001") return el("b", { text: who });
    if (part === "\u0002") return el("b", { text: by });
    return part;
  });
}
