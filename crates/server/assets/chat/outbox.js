// What was written and has not arrived yet. Kept in this browser until it has: a reload, a dead network, a restart of the
// server lose nothing. Sent one after the other, in order, each under its own id, so that sending twice says it once.
// Files need the network: they are here while they go up, tried again by themselves, and kept only once they are up.
//   new Outbox({ api, owner, onChange, onSent(entry) })     owner: whose (two people on one machine do not mix)
//   items: [{ client_id, lane, kind, text, quote, mentions, file, at, state, progress, words, seq }]
//     state: "waiting" (for the network) | "uploading" | "sending" | "sent" | "failed" (words say why)
//   add({ lane, kind, text, quote, mentions }) → item       addFile({ lane, file, kind, ms }) → item
//   retry(item), drop(item) (takes it back; stops an upload), kick() (try now), connected(yes), waiting → how many wait
//   arrived(client_id), settle(test): it is in the log now
import { newId } from "./ids.js";
import { forget, keys, recall, remember } from "./storage.js";
import { upload } from "./upload.js";

const FIRST_MS = 1_000;
const MOST_MS = 30_000;
const UPLOADS = 2;

export class Outbox {
  items = [];
  #prefix;
  #sending = false;
  #uploading = 0;
  #resting = 0;
  #stumbled = 0;
  #failed = 0;
  #timer = 0;
  #stopped = false;

  constructor({ api, owner, onChange, onSent }) {
    Object.assign(this, { api, onChange, onSent });
    this.#prefix = `lq-out:${api.base}:${owner}:`;
    const kept = keys(this.#prefix).map((key) => recall(key)).filter((item) => item?.client_id);
    kept.sort((a, b) => a.at - b.at);
    this.items = kept.map((item) => ({ ...item, state: "waiting" }));
    this.lastAt = kept.length > 0 ? kept[kept.length - 1].at : 0;
  }

  get waiting() {
    return this.items.filter((item) => ["waiting", "sending"].includes(item.state)).length;
  }

  add({ lane, kind, text, quote, mentions, file }) {
    const item = this.#item({ lane, kind, text, quote, mentions, file });
    this.#keep(item);
    this.kick();
    return item;
  }

  addFile({ lane, file, kind, ms }) {
    const about = { name: file.name, type: file.type, bytes: file.size, ms };
    const item = this.#item({ lane, kind: kind ?? kindOf(file), about, blob: file, state: "queued", progress: 0 });
    this.#upload();
    this.onChange();
    return item;
  }

  retry(item) {
    item.words = undefined;
    item.state = item.blob && !item.file ? "queued" : "waiting";
    this.#failed = 0;
    this.#goOn();
    this.kick();
  }

  drop(item) {
    item.abort?.();
    if (item.file && !item.seq) this.api.del(`/files/${item.file}`).catch(() => {});
    this.#remove(item);
  }

  arrived(client_id) {
    const item = this.items.find((one) => one.client_id === client_id);
    if (item) this.#remove(item);
  }

  settle(test) {
    for (const item of this.items.filter(test)) this.#remove(item);
  }

  connected(yes) {
    if (!yes) return;
    this.#failed = 0;
    this.#goOn();
    this.kick();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#resting);
    for (const item of this.items) item.abort?.();
  }

  kick() {
    clearTimeout(this.#timer);
    this.onChange();
    if (!this.#sending) this.#send();
  }

  #item(parts) {
    // Two in one millisecond keep their order over a reload.
    this.lastAt = Math.max(Date.now(), this.lastAt + 1);
    const item = { client_id: newId(), at: this.lastAt, state: "waiting", ...parts };
    this.items.push(item);
    return item;
  }

  #keep({ client_id, lane, kind, text, quote, mentions, file, about, at }) {
    remember(this.#prefix + client_id, { client_id, lane, kind, text, quote, mentions, file, about, at });
  }

  #remove(item) {
    forget(this.#prefix + item.client_id);
    if (item.preview) URL.revokeObjectURL(item.preview);
    this.items = this.items.filter((one) => one !== item);
    this.onChange();
  }

  async #send() {
    this.#sending = true;
    try {
      // Known to be without a network: the "online" event comes back here.
      for (let item = this.#next(); item && !this.#stopped && navigator.onLine !== false; item = this.#next()) {
        item.state = "sending";
        this.onChange();
        if (!(await this.#sendOne(item))) break;
      }
    } finally {
      this.#sending = false;
      this.onChange();
    }
  }

  /** Words need not wait for a file that is still going up; files keep the order in which they were chosen. */
  #next() {
    let going = false;
    for (const item of this.items) {
      if (item.state === "waiting" && !(item.file && going)) return item;
      going ||= item.state === "uploading" || item.state === "queued";
    }
    return undefined;
  }

  /** True if the next one may go. */
  async #sendOne(item) {
    const { client_id, lane, kind, text, quote, mentions, file } = item;
    const body = { client_id, lane, kind, text, quote: quote?.seq, mentions: mentions?.map((m) => m.id), file };
    try {
      const { entry } = await this.api.post("/messages", body);
      this.#failed = 0;
      item.state = "sent";
      item.seq = entry.seq;
      forget(this.#prefix + client_id);
      this.onSent(entry);
      return true;
    } catch (error) {
      if (error.final) {
        item.state = "failed";
        item.words = error.words;
        return true;
      }
      item.state = "waiting";
      this.#failed += 1;
      if (!this.#stopped) this.#timer = setTimeout(() => this.kick(), error.retryAfter ?? wait(this.#failed));
      return false;
    }
  }

  #goOn() {
    clearTimeout(this.#resting);
    this.#resting = 0;
    this.#upload();
  }

  /** The server is busy or the network gone: the bytes are at hand, they wait. */
  #rest(pause) {
    this.#stumbled += 1;
    clearTimeout(this.#resting);
    if (!this.#stopped) this.#resting = setTimeout(() => this.#goOn(), pause ?? wait(this.#stumbled));
  }

  #upload() {
    for (const item of this.items) {
      if (this.#uploading >= UPLOADS || this.#resting || this.#stopped || navigator.onLine === false) return;
      if (item.state === "queued") this.#uploadOne(item);
    }
  }

  async #uploadOne(item) {
    this.#uploading += 1;
    item.state = "uploading";
    item.progress = 0;
    try {
      const going = upload(this.api, item.blob, {
        lane: item.lane,
        ms: item.about.ms,
        onProgress: (part) => {
          item.progress = part;
          this.onChange(item);
        },
      });
      item.abort = going.abort;
      const file = await going.done;
      this.#stumbled = 0;
      item.file = file.id;
      item.kind = item.kind === "voice" && file.kind === "voice" ? "voice" : file.kind;
      item.state = "waiting";
      this.#keep(item);
      this.kick();
    } catch (error) {
      if (this.items.includes(item)) this.#notUp(item, error);
    } finally {
      item.abort = undefined;
      this.#uploading -= 1;
      this.#upload();
      this.onChange();
    }
  }

  #notUp(item, error) {
    if (error.final === false) {
      item.state = "queued";
      item.progress = 0;
      return this.#rest(error.retryAfter);
    }
    item.state = "failed";
    item.words = error.words ?? String(error);
  }
}

/** How long to wait before the next try, milliseconds: longer each time, and not all pages at once. */
function wait(times) {
  return Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(times, 6)) * (0.5 + Math.random() / 2);
}

export function kindOf(file) {
  return /^image\/(png|jpe?g|gif|webp)$/.test(file.type) ? "image" : "file";
}
