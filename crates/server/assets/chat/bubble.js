// One entry, or one item of the outbox, as people see it.
//   bubble(entry, { chat, first, meta, onActions, onQuote, onImage }) → <article>: `first` of a run by the same person shows
//     who; `meta` is the line under one's own ("sent", "read", an item's state)
//   pending(item, { chat, first, onRetry, onDrop }) → <article> of an outbox item
//   label(entry, chat) → what a screen reader says: name, role, time, lane, text
//   summary(entry) → one line for quotes and notifications;  fileSize(bytes)
import { avatar, button, clean, el, icon, initial, line, linked } from "./dom.js";
import { fileIcon, fileSize, picture } from "./media.js";
import { clock, iso } from "./time.js";
import { voiceButton } from "./player.js";
import { t } from "./words.js";

export { fileSize };

export function summary(entry) {
  if (entry.recalled) return t("recalled_short");
  // A quote has only the file's name.
  const file = entry.file?.name ?? entry.file ?? "";
  if (entry.kind === "image") return t("kind_image");
  if (entry.kind === "voice") return t("kind_voice");
  if (entry.kind === "file") return line(file) ? `${t("kind_file")} ${line(file)}` : t("kind_file");
  return line(entry.text ?? "");
}

export function roleWords(person, chat) {
  if (person.id === chat.me?.id) return t("you");
  if (person.kind === "guest") return t("role_guest");
  if (person.kind === "customer") return t("role_customer");
  if (person.external || person.account_type === 2) return t("role_external");
  return t("role_staff");
}

export function nameOf(person, chat) {
  if (line(person.name)) return line(person.name);
  if (person.id === chat.me?.id) return t("you");
  return t(person.kind === "guest" ? "role_guest" : person.kind === "customer" ? "role_customer" : "role_staff");
}

export function label(entry, chat) {
  const person = chat.person(entry.by ?? {});
  const lane = chat.lanes.length > 1 ? t(entry.lane === "internal" ? "lane_internal" : "lane_customer") : "";
  const words = entry.recalled ? t("recalled", { name: nameOf(person, chat) }) : entry.kind === "text" ? clean(entry.text) : summary(entry);
  return [nameOf(person, chat), roleWords(person, chat), clock(entry.at), lane].filter(Boolean).join(t("comma")) + t("colon") + words;
}

export function bubble(entry, { chat, first, meta, onActions, onQuote, onImage }) {
  const mine = entry.by?.id === chat.me?.id;
  const person = chat.person(entry.by ?? {});
  const node = frame({ mine, first, person, chat, at: entry.at });
  node.setAttribute("aria-label", label(entry, chat));
  node.dataset.seq = entry.seq;
  const body = node.querySelector(".body");
  const box = entry.recalled ? el("div", { class: "b recalled", text: t("recalled", { name: mine ? t("you") : nameOf(person, chat) }) }) : content(entry, { chat, onQuote, onImage });
  const row = el("div", { class: "brow" }, box);
  if (!entry.recalled) row.append(button({ icon: "more", label: t("message_actions"), class: "bmore", tabindex: "-1", onclick: () => onActions(entry, node) }));
  body.append(row);
  if (meta) body.append(metaLine(meta, entry.at));
  return node;
}

function frame({ mine, first, person, chat, at }) {
  const node = el("article", { class: `m${mine ? " me" : ""}${first ? " first" : ""}`, tabindex: "-1" });
  if (!mine && first) {
    const name = nameOf(person, chat);
    const shown = person.name ? person : { ...person, name };
    node.append(avatar({ ...shown, role: person.role }));
    node.append(el("p", { class: "who" }, el("b", { text: name, title: name }), el("span", { text: roleWords(person, chat) }), el("time", { datetime: iso(at), text: clock(at) })));
  }
  node.append(el("div", { class: "body" }));
  return node;
}

function content(entry, tools) {
  if (entry.kind === "image" && entry.file) return imageBox(entry, tools);
  if (entry.kind === "voice" && entry.file) return el("div", { class: "b voicebox" }, quoted(entry, tools), voiceButton(tools.chat.api.url(`/files/${entry.file.id}`), entry.file.ms));
  if (entry.file) return fileBox(entry, tools);
  return el("div", { class: "b" }, quoted(entry, tools), el("p", { class: "tx", dir: "auto" }, linked(entry.text, entry.mentions ?? [])));
}

function quoted(entry, { chat, onQuote }) {
  const quote = entry.quote;
  if (!quote) return null;
  if (quote.hidden) return el("span", { class: "qt" }, el("span", { text: t("quote_hidden") }));
  const words = quote.recalled ? t("recalled_short") : `${line(quote.name) || t("a_visitor")}${t("colon")}${quote.kind === "text" ? line(quote.text) : summary(quote)}`;
  const node = el("button", { type: "button", class: "qt", title: t("go_to_quoted"), on: { click: () => onQuote?.(quote.seq) } }, el("span", { text: words }));
  const { file, recalled } = chat.lane(entry.lane)?.get(quote.seq) ?? {};
  if (file?.thumb && !recalled && quote.kind === "image") node.append(el("img", { src: chat.api.url(`/files/${file.id}/thumb`), alt: "", width: 40, height: 40, loading: "lazy" }));
  return node;
}

function imageBox(entry, tools) {
  const { file } = entry;
  const image = picture({
    src: tools.chat.api.url(`/files/${file.id}${file.thumb ? "/thumb" : ""}`),
    alt: t("picture_of", { name: line(file.name) }),
    width: file.width,
    height: file.height,
  });
  const open = el("button", { type: "button", class: "pic", "aria-label": t("open_picture", { name: line(file.name) }), on: { click: () => tools.onImage(entry) } }, image);
  const box = el("div", { class: "b media" }, quoted(entry, tools), open);
  if (line(entry.text)) box.append(el("p", { class: "tx cap", dir: "auto" }, linked(entry.text)));
  return box;
}

function fileBox(entry, tools) {
  const { file } = entry;
  const name = line(file.name) || t("kind_file");
  const link = el("a", { class: "file", href: tools.chat.api.url(`/files/${file.id}`), download: name },
    el("span", { class: "fi" }, icon(fileIcon(file))),
    el("span", { class: "grow" }, el("span", { class: "nm", title: name, text: name }), el("span", { class: "st", text: fileSize(file.bytes) })),
    el("span", { class: "fd" }, icon("dl")));
  return el("div", { class: "b filebox" }, quoted(entry, tools), link);
}

const META = { waiting: ["clock", "state_waiting"], sending: ["clock", "state_sending"], sent: ["check", "state_sent"], read: ["check2", "state_read"], failed: ["alert", "state_failed"] };

function metaLine(state, at) {
  const [sign, key] = META[state];
  return el("p", { class: `meta ${state}` }, icon(sign), el("span", { text: t(key) }), at && el("time", { datetime: iso(at), text: clock(at) }));
}

export function pending(item, { chat, first, onRetry, onDrop }) {
  const node = frame({ mine: true, first, person: chat.me ?? {}, chat, at: item.at });
  node.classList.add("pending");
  const body = node.querySelector(".body");
  if (item.kind === "text") {
    const quote = item.quote && el("span", { class: "qt" }, el("span", { text: `${line(item.quote.name)}${t("colon")}${line(item.quote.text)}` }));
    body.append(el("div", { class: "b" }, quote, el("p", { class: "tx", dir: "auto" }, linked(item.text, item.mentions ?? []))));
  } else body.append(uploading(item, onDrop));
  if (item.state === "failed") {
    const row = el("p", { class: "meta failed" }, icon("alert"), el("span", { text: item.words ?? t("state_failed") }));
    const acts = el("p", { class: "acts" }, button({ text: t("retry"), class: "btn quiet", onclick: () => onRetry(item) }), button({ text: t("drop"), class: "btn quiet", onclick: () => onDrop(item) }));
    body.append(row, acts);
  } else if (item.state !== "uploading" && item.state !== "queued") body.append(metaLine(item.state === "sent" ? "sent" : item.state));
  return node;
}

function uploading(item, onDrop) {
  const { about } = item;
  const busy = item.state === "uploading" || item.state === "queued";
  const part = item.progress ?? 0;
  const words = busy ? t("uploading", { done: fileSize(about.bytes * part), all: fileSize(about.bytes) }) : fileSize(about.bytes);
  const name = line(about.name) || t("kind_file");
  if (item.blob && item.kind === "image" && !item.preview) item.preview = URL.createObjectURL(item.blob);
  const sign = item.preview ? el("img", { class: "fi", src: item.preview, alt: "" }) : el("span", { class: "fi" }, icon(item.kind === "voice" ? "mic" : fileIcon({ name, type: about.type })));
  const box = el("div", { class: "b filebox" },
    el("div", { class: "file" }, sign, el("span", { class: "grow" }, el("span", { class: "nm", title: name, text: item.kind === "voice" ? t("kind_voice") : name }), el("span", { class: "st num", text: words })),
      busy && button({ icon: "x", label: t("cancel_upload"), class: "ib", onclick: () => onDrop(item) })));
  if (busy) box.append(el("progress", { value: Math.round(part * 100), max: 100, "aria-label": t("upload_progress", { n: Math.round(part * 100) }) }));
  return box;
}

/** For lists of people: picture, name, role. */
export function personRow(person, chat, ...more) {
  const shown = { ...person, name: nameOf(person, chat) };
  const face = avatar(shown);
  if (chat.online.has(person.id)) face.classList.add("on");
  const role = [roleWords(person, chat), chat.online.has(person.id) ? t("online") : ""].filter(Boolean).join(t("dot"));
  return el("li", { class: "pr" }, face, el("div", { class: "grow" }, el("p", { class: "nm", title: shown.name, text: shown.name }), el("p", { class: "ro", text: role })), ...more);
}

export { initial };
