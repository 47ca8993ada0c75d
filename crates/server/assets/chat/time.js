// Times as people write them, in the reader's own time zone.
//   clock(ms) → 14:05            day(ms) → 今天 / 昨天 / 11 月 23 日 / 23 Nov 2025
//   stamp(ms) → 14:05 today, else with the day       sameDay(a, b)
//   lasting(ms) → 12″ or 1′05″ for voice              iso(ms) → for <time datetime>
import { lang, t } from "./words.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n) => String(n).padStart(2, "0");

export function clock(ms) {
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function sameDay(a, b) {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

export function day(ms, now = Date.now()) {
  if (sameDay(ms, now)) return t("today");
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (sameDay(ms, yesterday.getTime())) return t("yesterday");
  return date(ms, now);
}

function date(ms, now) {
  const at = new Date(ms);
  const thisYear = at.getFullYear() === new Date(now).getFullYear();
  if (lang() === "zh") return `${thisYear ? "" : `${at.getFullYear()} 年 `}${at.getMonth() + 1} 月 ${at.getDate()} 日`;
  return `${at.getDate()} ${MONTHS[at.getMonth()]}${thisYear ? "" : ` ${at.getFullYear()}`}`;
}

export function stamp(ms, now = Date.now()) {
  return sameDay(ms, now) ? clock(ms) : `${date(ms, now)} ${clock(ms)}`;
}

export function lasting(ms) {
  const seconds = Math.max(1, Math.round((ms ?? 0) / 1000));
  return seconds < 60 ? `${seconds}″` : `${Math.floor(seconds / 60)}′${two(seconds % 60)}″`;
}

export function iso(ms) {
  return new Date(ms).toISOString();
}
