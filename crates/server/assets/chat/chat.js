// One group's conversation on this page: the snapshot, the lanes, the live connection, the outbox.
//   new Chat({ base, lanes: ["customer"] or ["customer", "internal"] })     base as for Api
//   await start() → reads the snapshot and each lane's last page, then connects; throws ApiError (401 = not seated)
//   stop()
//   state        the snapshot of GET /state, always the newest        me → state.me
//   lane(name)   a Lane of lane.js       outbox  an Outbox of outbox.js       connection.way, status
//   members → Map id → member            online → Set of ids
//   sendText(lane, text, { quote, mentions }), sendFile(lane, file, { kind, ms }), recall(entry), markRead(lane, seq),
//   typing(lane), refresh() → GET /state again
// Events (on(name, listener)):
//   "state"             the snapshot was read again
//   "entries" (lane name, fresh entries, live: boolean)
//   "reads" (lane name)   "typing" (lane name)   "online"   "outbox"   "status" ("connecting" | "online" | "offline" | "over": dissolved)
//   "gone" (code)       removed, signed_out, not_joined, renewed, dissolved, not_found: the page shows it; nothing goes on
import { Api, ApiError } from "./api.js";
import { Connection } from "./connection.js";
import { Emitter } from "./emitter.js";
import { Lane } from "./lane.js";
import { Outbox } from "./outbox.js";

const FIRST_PAGE = 60;
const TYPING_EVERY_MS = 3_000;
const TYPING_LASTS_MS = 6_000;
const HOLE_MS = 1_500;
const READ_AFTER_MS = 400;

export class Chat extends Emitter {
  state = null;
  status = "connecting";
  online = new Set();
  members = new Map();
  #lanes;
  #gone = false;
  #typed = {};
  #marks = {};
  #hole = 0;
  #refreshing = null;

  constructor({ base, lanes }) {
    super();
    this.api = new Api(base);
    this.api.onOther = () => this.#other();
    this.#lanes = new Map(lanes.map((name) => [name, new Lane(name, this.api)]));
    this.connection = new Connection({
      api: this.api,
      cursors: () => this.#cursors(),
      onFrame: (frame) => this.#frame(frame),
      onStatus: (status) => this.#status(status),
      onLost: (attempt) => this.#lost(attempt),
    });
  }

  get me() {
    return this.state?.me;
  }

  get lanes() {
    return [...this.#lanes.keys()];
  }

  lane(name) {
    return this.#lanes.get(name);
  }

  async start() {
    await this.#read();
    await Promise.all(this.lanes.map((name) => this.lane(name).older(this.lane(name).head + 1, FIRST_PAGE)));
    this.outbox = new Outbox({ api: this.api, owner: this.me.id, onChange: () => this.emit("outbox"), onSent: (entry) => this.#sent(entry) });
    for (const name of this.lanes) this.#settle(name);
    if (this.status !== "over") this.connection.start();
    this.outbox.kick();
  }

  stop() {
    this.#gone = true;
    this.connection.stop();
    this.outbox?.stop();
    clearTimeout(this.#hole);
  }

  /** Reads the snapshot again; calls that meet share one answer. */
  refresh() {
    this.#refreshing ??= this.#read()
      .then(() => this.emit("state"))
      .catch((error) => this.#refused(error))
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  async #read() {
    const state = await this.api.get("/state");
    this.state = state;
    this.api.person = state.me.id;
    this.members = new Map((state.members ?? []).map((member) => [member.id, member]));
    this.online = new Set([...this.members.values()].filter((member) => member.online).map((member) => member.id));
    for (const [name, lane] of this.#lanes) lane.take(state.lanes?.[name] ?? {}, state.reads?.[name]);
    if (state.group.state === "dissolved") this.#over();
  }

  /** A person of this group as pages show one; who left is known by what the entry says. */
  person(by) {
    return { ...by, ...this.members.get(by?.id), name: this.members.get(by?.id)?.name || by?.name };
  }

  sendText(lane, text, { quote, mentions } = {}) {
    return this.outbox.add({ lane, kind: "text", text, quote, mentions });
  }

  sendFile(lane, file, { kind, ms } = {}) {
    return this.outbox.addFile({ lane, kind, ms, file });
  }

  async recall(entry) {
    const answer = await this.api.del(`/messages/${entry.lane}/${entry.seq}`);
    this.#take([answer?.entry ?? answer]);
  }

  /** Own mark; a little later told to the server, by the newest number only. */
  markRead(name, seq) {
    const lane = this.lane(name);
    if (seq <= lane.read || this.#gone) return;
    lane.read = seq;
    this.emit("reads", name);
    clearTimeout(this.#marks[name]);
    this.#marks[name] = setTimeout(() => this.#tellRead(name), READ_AFTER_MS);
  }

  #tellRead(name) {
    const seq = this.lane(name).read;
    if (this.connection.send({ t: "read", lane: name, seq })) return;
    this.api.post("/read", { lane: name, seq }).catch(() => {});
  }

  typing(name) {
    const now = Date.now();
    if (now - (this.#typed[name] ?? 0) < TYPING_EVERY_MS || this.status !== "online") return;
    this.#typed[name] = now;
    if (!this.connection.send({ t: "typing", lane: name })) this.api.post("/typing", { lane: name }).catch(() => {});
  }

  /** Has somebody whom the sender writes for read this? Customers write for staff, staff for customers, inside for each other. */
  isRead(entry) {
    const reads = this.lane(entry.lane)?.reads ?? {};
    const visitor = (kind) => kind === "customer" || kind === "guest";
    const mine = visitor(this.me.kind);
    for (const [id, seq] of Object.entries(reads)) {
      if (seq < entry.seq || id === this.me.id) continue;
      const other = this.members.get(id);
      if (entry.lane === "internal" || !other || visitor(other.kind) !== mine) return true;
    }
    return false;
  }

  #cursors() {
    const cursors = { me: this.me.id, c: this.lane("customer").head };
    if (this.#lanes.has("internal")) cursors.i = this.lane("internal").head;
    return cursors;
  }

  #frame(frame) {
    if (frame.t === "entries") this.#take(frame.entries, true);
    else if (frame.t === "behind") this.#catchUp();
    else if (frame.t === "read") this.#readBy(frame);
    else if (frame.t === "typing") this.#typing(frame);
    else if (frame.t === "online") this.#onlineNow(frame.people);
    else if (frame.t === "changed") this.refresh();
    else if (frame.t === "bye") this.#bye(frame.code);
  }

  #take(entries, live = false) {
    const names = new Set(entries.map((entry) => entry.lane));
    for (const name of names) {
      const lane = this.lane(name);
      if (!lane) continue;
      const fresh = lane.add(entries.filter((entry) => entry.lane === name));
      for (const entry of fresh) if (entry.by?.id) lane.typing.delete(entry.by.id);
      this.#settle(name);
      this.emit("entries", name, fresh, live);
      if (lane.holed) this.#fillHole(name);
    }
  }

  /** What was sent and has come is no longer in the outbox. */
  #settle(name) {
    const lane = this.lane(name);
    this.outbox?.settle((item) => {
      if (item.lane !== name) return false;
      if (item.seq) return item.seq <= lane.head;
      return false;
    });
    for (const seq of lane.entries.keys()) {
      const entry = lane.get(seq);
      if (seq <= lane.head && entry.client_id && entry.by?.id === this.me?.id) this.outbox?.arrived(entry.client_id);
    }
  }

  #sent(entry) {
    this.#take([entry]);
  }

  /** An answer to a POST may overtake what others said before: the live connection brings it, or this does. */
  #fillHole(name) {
    clearTimeout(this.#hole);
    this.#hole = setTimeout(() => this.lane(name).holed && this.#catchUp(), HOLE_MS);
  }

  async #catchUp() {
    for (const name of this.lanes) {
      const lane = this.lane(name);
      try {
        for (let more = true; more; ) {
          const answer = await this.api.get("/entries", { lane: name, after: lane.head, limit: 200 });
          const before = lane.head;
          this.#take(answer.entries);
          more = answer.more && lane.head > before;
        }
      } catch (error) {
        this.#refused(error);
        // Something is missing and nobody else would ask for it: the connection begins again where the numbers end.
        return this.connection.again(error.retryAfter);
      }
    }
  }

  #readBy({ lane, person, seq }) {
    if (person === this.me?.id && this.lane(lane)) this.lane(lane).read = Math.max(this.lane(lane).read, seq);
    if (this.lane(lane)?.mark(person, seq)) this.emit("reads", lane);
  }

  #typing({ lane: name, person, name: called }) {
    const lane = this.lane(name);
    if (!lane || person === this.me?.id) return;
    clearTimeout(lane.typing.get(person)?.timer);
    const over = () => lane.typing.delete(person) && this.emit("typing", name);
    lane.typing.set(person, { name: called, timer: setTimeout(over, TYPING_LASTS_MS) });
    this.emit("typing", name);
  }

  #onlineNow(people) {
    this.online = new Set(people);
    for (const [id, member] of this.members) member.online = this.online.has(id);
    this.emit("online");
  }

  #bye(code) {
    if (code === "removed" || code === "signed_out") this.#leave(code);
    else if (code === "renewed" || code === "dissolved") this.refresh();
  }

  /** A dissolved group is there to be read: nothing more will come. */
  #over() {
    if (this.status === "over") return;
    this.connection.stop();
    this.#status("over");
  }

  /** Somebody else has signed in in this browser: the page becomes his. What the first one wrote waits for him. */
  #other() {
    if (this.#gone) return;
    this.stop();
    location.reload();
  }

  #status(status) {
    this.status = status;
    this.outbox?.connected(status === "online");
    this.emit("status", status);
  }

  /** A refused handshake does not say why; the snapshot does. */
  #lost(attempt) {
    if (attempt === 2 || attempt % 5 === 0) this.refresh();
  }

  #refused(error) {
    if (!(error instanceof ApiError)) throw error;
    if ([401, 403, 404, 410].includes(error.status)) this.#leave(error.code);
  }

  #leave(code) {
    if (this.#gone) return;
    this.stop();
    this.emit("gone", code);
  }
}
