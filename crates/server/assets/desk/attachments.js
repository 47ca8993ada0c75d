// The files of a ticket: uploaded as soon as they are chosen, kept with it when it is saved. Only staff see them.
//   attachments({ api, form, changed }) → { set(files), ids(), busy() }
//   gallery({ api, place, files }) → the saved ones, to look at
import { button, el, icon, line } from "../chat/dom.js";
import { fileIcon, fileSize } from "../chat/media.js";
import { upload } from "../chat/upload.js";
import { t } from "../chat/words.js";
import { fail } from "./dialog.js";

const MOST = 20;

export function attachments({ api, form, changed }) {
  const list = form.querySelector("[data-files]");
  const adder = list.querySelector(".addcell");
  const input = form.querySelector("[data-file-input]");
  const count = form.querySelector("[data-files-count]");
  const error = form.querySelector('[data-error="attachments"]');
  let items = [];

  function draw() {
    count.textContent = t("files_count", { n: items.length, most: MOST });
    adder.hidden = items.length >= MOST;
    list.replaceChildren(...items.map(cell), adder);
  }

  function cell(item) {
    const name = line(item.file?.name ?? item.name);
    const drop = button({ icon: "x", class: "ib off", label: t(item.file ? "file_remove" : "file_cancel", { name }), onclick: () => remove(item) });
    if (item.file) return el("li", {}, tile(api, item.file), drop);
    const bar = el("progress", { max: 100, value: Math.round(item.part * 100), "aria-label": t("file_progress", { name }) });
    item.bar = bar;
    return el("li", {}, el("span", { class: "fn" }, el("span", { class: "t", text: name }), bar), drop);
  }

  function remove(item) {
    item.abort?.();
    items = items.filter((one) => one !== item);
    changed();
    draw();
    form.querySelector("[data-add-file]").focus();
  }

  async function add(blob) {
    const item = { name: blob.name, part: 0 };
    items.push(item);
    const going = upload(api, blob, {
      lane: "internal",
      onProgress: (part) => {
        item.part = part;
        if (item.bar) item.bar.value = Math.round(part * 100);
      },
    });
    item.abort = going.abort;
    draw();
    try {
      item.file = await going.done;
      changed();
    } catch (problem) {
      if (items.includes(item)) fail(error, t("file_failed", { name: line(blob.name), why: problem.words ?? String(problem) }));
      items = items.filter((one) => one !== item);
    }
    item.abort = undefined;
    draw();
  }

  form.querySelector("[data-add-file]").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const chosen = [...input.files];
    input.value = "";
    const room = MOST - items.length;
    fail(error, chosen.length > room ? t("files_most", { most: MOST }) : "");
    for (const blob of chosen.slice(0, room)) add(blob);
  });
  draw();

  return {
    set(files) {
      items = files.map((file) => ({ file }));
      draw();
    },
    ids: () => items.filter((item) => item.file).map((item) => item.file.id),
    busy: () => items.some((item) => !item.file),
  };
}

function tile(api, file) {
  const name = line(file.name);
  const address = api.url(`/files/${file.id}`);
  if (file.thumb) {
    const picture = el("img", { src: api.url(`/files/${file.id}/thumb`), alt: name, loading: "lazy" });
    return el("a", { href: address, target: "_blank", rel: "noopener" }, picture);
  }
  return el("a", { class: "fn", href: address, download: name || true }, icon(fileIcon(file)), el("span", { class: "t", text: name }), el("span", { class: "num", text: fileSize(file.bytes) }));
}

export function gallery({ api, place, files }) {
  place.hidden = files.length === 0;
  const key = files.map((file) => file.id).join();
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(el("h3", { text: t("attachments", { n: files.length }) }), el("ul", { class: "att" }, files.map((file) => el("li", {}, tile(api, file)))));
}
