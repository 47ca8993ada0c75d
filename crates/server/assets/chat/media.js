// Pictures and files in bubbles.
//   picture({ src, alt, width, height }) → <img> with its room taken before it is loaded
//   fileSize(bytes) → "18.4 MB"      fileIcon({ name, type }) → an icon's name
const WIDE = 220;
const HIGH = 240;
const LEAST = 72;

export function picture({ src, alt, width, height }) {
  const image = document.createElement("img");
  const scale = Math.min(1, WIDE / (width || WIDE), HIGH / (height || HIGH));
  image.width = Math.max(LEAST, Math.round((width || WIDE) * scale));
  image.height = Math.max(LEAST, Math.round((height || 160) * scale));
  image.alt = alt;
  image.decoding = "async";
  image.src = src;
  return image;
}

export function fileSize(bytes) {
  if (!(bytes >= 0)) return "";
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const large = bytes >= 1_000_000;
  const shown = bytes / (large ? 1 << 20 : 1 << 10);
  return `${shown < 100 ? shown.toFixed(1).replace(".0", "") : Math.round(shown)} ${large ? "MB" : "KB"}`;
}

export function fileIcon({ name = "", type = "" }) {
  if (type.startsWith("video/") || /\.(mp4|mov|avi|mkv|webm)$/i.test(name)) return "film";
  if (type.startsWith("image/") || /\.(heic|bmp|tiff?)$/i.test(name)) return "image";
  if (type.startsWith("audio/")) return "mic";
  return "file";
}
