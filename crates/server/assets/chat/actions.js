// What can be done with one message: reply, copy, save, take back.
//   messageActions(entry, { chat, onQuote(entry), extra: [menu items] })
import { menuSheet, toast } from "./sheet.js";
import { clean, el } from "./dom.js";
import { nameOf, summary } from "./bubble.js";
import { t } from "./words.js";

export function messageActions(entry, { chat, onQuote, extra = [] }) {
  if (!entry || entry.recalled || entry.kind === "system") return;
  const mine = entry.by?.id === chat.me?.id;
  const left = (chat.state?.limits?.recall_ms ?? 120_000) - (Date.now() - entry.at);
  const file = entry.file && chat.api.url(`/files/${entry.file.id}`);
  const lead = el("p", { class: "actlead", text: `${nameOf(chat.person(entry.by ?? {}), chat)}${t("colon")}${summary(entry)}` });
  menuSheet({
    title: t("message_actions"),
    hideTitle: true,
    lead,
    items: [
      onQuote && { icon: "quote", text: t("reply"), onclick: () => onQuote(entry) },
      entry.text && { icon: "copy", text: t("copy"), onclick: () => copy(clean(entry.text)) },
      file && { icon: "dl", text: t("save_file"), href: file, download: entry.file.name || "" },
      ...extra,
      mine && left > 0 && { icon: "undo", text: t("take_back"), note: t("take_back_note"), danger: true, onclick: () => takeBack(chat, entry) },
    ],
  });
}

async function takeBack(chat, entry) {
  try {
    await chat.recall(entry);
  } catch (error) {
    toast(error.words ?? t("state_failed"));
  }
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch {
    toast(copyOldWay(text) ? t("copied") : t("copy_failed"));
  }
}

/** Plain http has no clipboard of its own. */
function copyOldWay(text) {
  const field = el("textarea", { class: "vh", readonly: true });
  field.value = text;
  document.body.append(field);
  field.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  field.remove();
  return done;
}
