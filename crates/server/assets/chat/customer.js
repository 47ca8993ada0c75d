// The customer's page `/g/{token}`: who has not joined sees the landing, who has is in the chat. Nothing is loaded twice.
import { landing } from "./landing.js";
import { openRoom } from "./room.js";
import { large } from "./large.js";
import { loadWords } from "./words.js";

async function start() {
  const main = document.querySelector("main[data-base]");
  if (!main) return;
  large();
  await loadWords();
  const { base, company, privacy, switchUrl } = main.dataset;
  const enter = () => openRoom({ base, company, privacy, switchUrl, page: main.closest(".phone") });
  if (main.dataset.joined === undefined) landing(main, enter);
  else enter();
}

start();
