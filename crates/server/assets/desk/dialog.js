// Dialogs: one at a time; Esc, the button and a click beside it close; who opened it gets the focus back.
//   open(name, { onClose }) → <dialog data-dialog=name>, shown      close(name)
//   ask({ title, lead, yes, internal, act }) → asks first; act() may throw an ApiError, whose words are shown in the dialog
//   busy(button, promise) → the button says what is happening until the promise is settled
//   fail(place, words) → shows (or with "" takes away) an error beside its field
import { icon } from "../chat/dom.js";

const find = (name) => document.querySelector(`[data-dialog="${name}"]`);
let opener = null;

export function open(name, { onClose } = {}) {
  const dialog = find(name);
  const before = document.querySelector("dialog[open]");
  if (before) before.close();
  // A menu that leads to a dialog gives the focus back to its own button.
  else opener = document.activeElement;
  dialog.showModal();
  dialog.addEventListener("close", () => {
    onClose?.();
    if (!document.querySelector("dialog[open]") && opener?.isConnected) opener.focus();
  }, { once: true });
  return dialog;
}

export function close(name) {
  const dialog = find(name);
  if (dialog.open) dialog.close();
}

for (const dialog of document.querySelectorAll("dialog")) {
  let pressed = false;
  dialog.addEventListener("pointerdown", (event) => {
    pressed = event.target === dialog && outside(dialog, event);
  });
  dialog.addEventListener("click", (event) => {
    const link = event.target.closest("[data-close]");
    if (link || (pressed && event.target === dialog && outside(dialog, event))) dialog.close();
  });
}

// Chromium empties a search field at the first Esc: here it closes, as everywhere.
document.addEventListener("keydown", (event) => {
  const dialog = event.key === "Escape" && event.target.matches("[type=search]") && event.target.closest("dialog[open]");
  if (!dialog) return;
  event.preventDefault();
  dialog.close();
});

function outside(dialog, { clientX: x, clientY: y }) {
  const box = dialog.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

export function ask({ title, lead, yes, act }) {
  const dialog = open("ask");
  const button = dialog.querySelector("[data-ask-yes]");
  const error = dialog.querySelector("[data-error]");
  dialog.querySelector("[data-ask-title]").textContent = title;
  dialog.querySelector("[data-ask-lead]").textContent = lead;
  button.textContent = yes;
  fail(error, "");
  button.onclick = async () => {
    if (button.getAttribute("aria-disabled")) return;
    fail(error, "");
    try {
      await busy(button, act());
      if (dialog.open) dialog.close();
    } catch (problem) {
      fail(error, problem.words ?? String(problem));
    }
  };
  return dialog;
}

export async function busy(button, promise) {
  const words = [...button.childNodes];
  const width = button.getBoundingClientRect().width;
  button.setAttribute("aria-disabled", "true");
  button.style.minWidth = `${width}px`;
  if (button.dataset.busy) button.replaceChildren(button.dataset.busy);
  const stop = (event) => event.preventDefault();
  button.addEventListener("click", stop, true);
  try {
    return await promise;
  } finally {
    button.removeEventListener("click", stop, true);
    button.removeAttribute("aria-disabled");
    button.style.minWidth = "";
    if (button.dataset.busy) button.replaceChildren(...words);
  }
}

export function fail(place, words) {
  place.hidden = !words;
  place.replaceChildren(...(words ? [icon("alert"), document.createTextNode(words)] : []));
  const field = place.id && document.querySelector(`[aria-describedby~="${place.id}"]`);
  if (field) field.setAttribute("aria-invalid", String(Boolean(words)));
}
