// The entries of one lane, as far as this page has them. Numbers are gapless, so a hole is a number that is missing.
//   name, from (nothing is shown up to here), head (all up to here were told of), read (own mark), reads {person: seq}
//   get(seq), add(entries) → those that were new, newest() → the last entry, unread() → how many by others behind `read`
//   older(lo, count) / newer(hi, count) → a promise: the entries before lo / after hi are there as far as they exist
//   around(seq) → a promise: seq and its neighbours are there
const PAGE = 50;

export class Lane {
  entries = new Map();
  head = 0;
  from = 0;
  read = 0;
  reads = {};
  typing = new Map();
  #api;

  constructor(name, api) {
    this.name = name;
    this.#api = api;
  }

  /** Takes what the snapshot says of this lane. */
  take({ head, read, from }, reads) {
    // Staff allow and deny visitors the history while the page is open.
    this.from = from ?? 0;
    for (const seq of this.entries.keys()) if (seq <= this.from) this.entries.delete(seq);
    this.read = Math.max(this.read, read ?? 0);
    // What is known further is newer than the snapshot.
    if (this.head === 0) this.head = head ?? 0;
    for (const [person, seq] of Object.entries(reads ?? {})) this.mark(person, seq);
  }

  mark(person, seq) {
    if ((this.reads[person] ?? 0) >= seq) return false;
    this.reads[person] = seq;
    return true;
  }

  get(seq) {
    return this.entries.get(seq);
  }

  newest() {
    return this.entries.get(this.head);
  }

  /** New ones are returned; a recall changes what it recalls and everything that quotes it. */
  add(entries) {
    const fresh = [];
    for (const entry of entries) {
      if (entry.lane !== this.name || entry.seq <= this.from) continue;
      const had = this.entries.get(entry.seq);
      if (!had) fresh.push(entry);
      this.entries.set(entry.seq, entry);
      if (entry.kind === "recall") this.#recalled(entry.of);
    }
    while (this.entries.has(this.head + 1)) this.head += 1;
    return fresh;
  }

  #recalled(seq) {
    const target = this.entries.get(seq);
    if (target) Object.assign(target, { recalled: true, text: "", file: undefined, quote: undefined, mentions: [] });
    for (const entry of this.entries.values()) {
      if (entry.quote?.seq === seq) Object.assign(entry.quote, { recalled: true, text: "", file: undefined });
    }
  }

  /** Entries wait behind a number that has not come. */
  get holed() {
    for (const seq of this.entries.keys()) if (seq > this.head) return true;
    return false;
  }

  unread(me) {
    let count = 0;
    for (let seq = Math.max(this.read, this.from) + 1; seq <= this.head; seq += 1) {
      const entry = this.entries.get(seq);
      if (!entry) count += 1;
      else if (counts(entry, me)) count += 1;
    }
    return count;
  }

  async older(lo, count = PAGE) {
    if (lo <= this.from + 1) return;
    if (this.#has(Math.max(this.from + 1, lo - count), lo - 1)) return;
    await this.#fetch({ before: lo, limit: Math.max(PAGE, count) });
  }

  async newer(hi, count = PAGE) {
    if (hi >= this.head || this.#has(hi + 1, Math.min(this.head, hi + count))) return;
    await this.#fetch({ after: hi, limit: Math.max(PAGE, count) });
  }

  async around(seq) {
    await this.older(Math.min(this.head, seq + 20) + 1, 40);
  }

  async #fetch(query) {
    const { entries, more } = await this.#api.get("/entries", { lane: this.name, ...query });
    this.add(entries);
    if (query.before && !more) this.from = Math.max(this.from, entries.length > 0 ? entries[0].seq - 1 : query.before - 1);
    return entries;
  }

  #has(first, last) {
    for (let seq = first; seq <= last; seq += 1) if (!this.entries.has(seq)) return false;
    return true;
  }
}

/** Entries that somebody should read: said by others, not taken back. */
export function counts(entry, me) {
  return entry.kind !== "system" && entry.kind !== "recall" && !entry.recalled && entry.by?.id !== me;
}
