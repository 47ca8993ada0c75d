// Copy buttons: <button hidden data-copy="text" data-failed="words">. They appear only where this script runs.
const SHOWN_MS = 2000;
const timers = new WeakMap();

// Plain http (a lab, a phone on the local network) has no clipboard API.
function copyBySelection(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.setAttribute("readonly", "");
  field.className = "vh";
  document.body.append(field);
  field.select();
  field.setSelectionRange(0, text.length);
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    field.remove();
  }
}

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // not allowed in this frame: the older way may be
    }
  }
  return copyBySelection(text);
}

// The line that says what happened stands next to the button or at the end of its card.
function statusOf(button) {
  for (let at = button.parentElement; at; at = at.parentElement) {
    const line = at.querySelector("[data-copy-status]");
    if (line) return line;
  }
  return null;
}

async function press(button) {
  const done = await copy(button.dataset.copy);
  const status = statusOf(button);
  button.focus();
  clearTimeout(timers.get(button));
  button.classList.toggle("copied", done);
  if (status) {
    const label = button.dataset.done ?? "";
    status.textContent = done ? label : button.dataset.failed;
    status.classList.toggle("vh", done);
  }
  const calm = () => {
    button.classList.remove("copied");
    if (done && status) status.textContent = "";
  };
  timers.set(button, setTimeout(calm, SHOWN_MS));
}

for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
// Parts of a page are exchanged while it is open: the page listens, not each button.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) press(button);
});
