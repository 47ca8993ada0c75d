// A small grid of faces and signs: what people send in a support chat.
//   emojiGrid(onPick) → element
import { el } from "./dom.js";
import { t } from "./words.js";

const FACES = "😀 😄 😁 😂 🤣 😊 😉 😍 😘 😋 😎 🤔 🙄 😏 😅 😢 😭 😡 😱 😴 🤒 🤝 🙏 👍 👎 👌 👏 💪 👋 ✌️ 🌹 ❤️ 💔 🎉 🎁 ☕ ✅ ❌ ⚠️ ❓ ⏰ 📷 📦 🚚 🔧 🔌 💧 🔥";

export function emojiGrid(onPick) {
  const grid = el("div", { class: "emoji", role: "group", "aria-label": t("emoji") });
  for (const face of FACES.split(" ")) grid.append(el("button", { type: "button", text: face, on: { click: () => onPick(face) } }));
  return grid;
}
