// The customer's "more": search, download, contact, text size, sound, notifications, language.
//   openMenu(room, { search })
import { copy } from "./actions.js";
import { el } from "./dom.js";
import { large, setLarge } from "./large.js";
import { menuSheet, toast } from "./sheet.js";
import { t } from "./words.js";

export function openMenu(room, { search }) {
  const { chat, notify, privacy, switchUrl } = room;
  const ask = async () => {
    if (!(await notify.askPermission())) toast(t("notifications_denied"));
  };
  const sheet = menuSheet({
    title: t("more"),
    items: [
      { icon: "search", text: t("search"), onclick: search },
      { icon: "dl", text: t("download"), note: t("download_note"), href: room.download, download: "" },
      { icon: "phone", text: t("leave_contact"), onclick: () => room.contact() },
      { icon: "link", text: t("copy_link"), note: t("copy_link_note"), onclick: () => copy(location.origin + chat.api.base) },
      { icon: "text", text: t("large_type"), checked: large(), onclick: () => setLarge(!large()) },
      { icon: "bell", text: t("sound"), checked: notify.sound, onclick: () => notify.setSound(!notify.sound) },
      notify.canAsk && { icon: "msg", text: t("notifications"), note: t("notifications_note"), onclick: ask },
      { icon: "globe", text: t("switch_language"), href: switchUrl },
    ],
  });
  if (/^https?:/.test(privacy ?? "")) sheet.node.append(el("p", { class: "hint" }, el("a", { href: privacy, target: "_blank", rel: "noopener noreferrer", text: t("privacy") })));
}
