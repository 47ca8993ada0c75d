// What a log shows, as a list of keyed rows: days, system lines, bubbles, the unread line, the outbox. No page needed.
//   rows({ chat, lane, lo, hi, divider, items }) → [{ key, sign, kind, entry | item, first, meta }]
//     key: the same row keeps it; sign: changes when the row must be drawn anew
import { sameDay } from "./time.js";

const RUN_MS = 5 * 60_000;

export function rows({ chat, lane, lo, hi, divider, items }) {
  const shown = [];
  for (let seq = lo; seq <= hi; seq += 1) {
    const entry = lane.get(seq);
    if (entry && entry.kind !== "recall") shown.push(entry);
  }
  const out = [];
  for (const [n, entry] of shown.entries()) {
    const before = shown[n - 1];
    const newDay = !before || !sameDay(before.at, entry.at);
    if (newDay) out.push({ key: `d${entry.seq}`, sign: new Date(entry.at).toDateString() + new Date().toDateString(), kind: "day", entry });
    if (entry.seq === divider) out.push({ key: "unread", sign: "", kind: "unread" });
    if (entry.kind === "system") {
      out.push({ key: `e${entry.seq}`, sign: "s", kind: "system", entry });
      continue;
    }
    const first = newDay || entry.seq === divider || !follows(before, entry);
    const after = shown[n + 1];
    const mine = entry.by?.id === chat.me?.id;
    const last = !after || !follows(entry, after);
    const meta = mine && last && !entry.recalled ? (chat.isRead(entry) ? "read" : "sent") : "";
    const quoted = entry.quote?.recalled ? "q" : "";
    const name = chat.person(entry.by ?? {}).name ?? "";
    out.push({ key: `e${entry.seq}`, sign: `${entry.recalled ? "r" : ""}${first ? "f" : ""}${meta}${quoted}|${first ? name : ""}`, kind: "entry", entry, first, meta });
  }
  let before = shown[shown.length - 1];
  for (const item of items) {
    const first = !before || before.by?.id !== chat.me?.id;
    out.push({ key: `o${item.client_id}`, sign: `${item.state}${item.progress ?? ""}${item.words ?? ""}${first}`, kind: "item", item, first });
    before = { by: chat.me };
  }
  return out;
}

function follows(before, entry) {
  return before && before.kind !== "system" && before.by?.id === entry.by?.id && entry.at - before.at < RUN_MS && sameDay(before.at, entry.at);
}
