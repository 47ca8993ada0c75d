// The words that scripts show, in the reader's language.
//   await loadWords() → reads <html lang>, loads words.zh.js or words.en.js
//   addWords(table) → more words (a page's own)
//   t(key, { name: value }) → the sentence with its {name}s filled in; plural: key "x" has "x_one" for n = 1 in English
//   lang() → "zh" | "en";  pick({zh, en}) → a server's sentence in the reader's language
const table = {};

export function lang() {
  return document.documentElement.lang.startsWith("zh") ? "zh" : "en";
}

export async function loadWords() {
  const found = lang() === "zh" ? await import("./words.zh.js") : await import("./words.en.js");
  addWords(found.words);
}

export function addWords(more) {
  Object.assign(table, more);
}

export function t(key, values = {}) {
  const one = values.n === 1 && lang() === "en" ? table[`${key}_one`] : undefined;
  const text = one ?? table[key];
  if (text === undefined) throw new Error(`no word ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export function pick(both) {
  return both?.[lang()] ?? both?.zh ?? both?.en ?? "";
}
