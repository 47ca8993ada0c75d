// Before joining: the name (optional, remembered here), the channel's check, one big button.
//   landing(main, enter): `main` is the server's markup; enter() opens the chat without loading the page again
import { Api } from "./api.js";
import { icon } from "./dom.js";
import { recall, remember } from "./storage.js";
import { t } from "./words.js";

const NAME = "lq-name";

export function landing(main, enter) {
  const form = main.querySelector("form");
  const act = main.querySelector("[data-join]");
  if (!form || !act) return;
  const { name, phone_tail: tail } = form.elements;
  const told = main.querySelector("[data-error]");
  const words = act.querySelector("span");
  const calm = words.textContent;
  name.value = recall(NAME) ?? "";
  form.hidden = false;
  act.hidden = false;

  const say = (text, field) => {
    told.replaceChildren(...(text ? [icon("alert"), text] : []));
    for (const one of [name, tail]) one?.setAttribute("aria-invalid", String(Boolean(text) && one === field));
    field?.focus();
  };
  const busy = (yes) => {
    act.disabled = yes;
    words.textContent = yes ? t("join_busy") : calm;
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (act.disabled) return;
    busy(true);
    say("");
    try {
      const wish = { name: name.value.trim(), consent: true, phone_tail: tail?.value.trim(), reopen: main.dataset.reopen !== undefined };
      await new Api(main.dataset.base).post("/join", wish);
      remember(NAME, name.value.trim());
      await enter();
    } catch (error) {
      busy(false);
      if (["removed", "renewed", "dissolved", "not_found", "full"].includes(error.code)) return gone(main, error.code);
      // Another click somewhere has closed or made the group meanwhile: the server's page of now says what to do.
      if (["closed", "not_ready"].includes(error.code)) return location.reload();
      if (!error.words) throw error;
      say(error.words, error.code.startsWith("check_") ? tail : error.code === "invalid" ? name : null);
    }
  });
}

async function gone(main, code) {
  const { showGone } = await import("./gone.js");
  showGone(main.closest(".phone"), code, main.dataset);
}
