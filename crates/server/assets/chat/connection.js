// The live connection: WebSocket, else server-sent events, else polling. It only carries frames; what they mean is chat.js's.
//   new Connection({ api, cursors, onFrame, onStatus, onLost })
//     cursors() → { c, i? }: the last numbers the page has; the server goes on behind them
//     onFrame(frame), onStatus("connecting" | "online" | "offline"), onLost(attempt) after each attempt that came to nothing
//   start()   stop()   wake() → try at once   again(ms) → breaks off and goes on behind the last numbers, after a pause
//   send(frame) → true if it went over an open WebSocket
// Resumes by itself on visibilitychange, pageshow, online, and when the machine slept.
const OPEN_MS = 7_000;
const PING_MS = 25_000;
const PONG_MS = 10_000;
const POLL_MS = 2_500;
const POLL_HIDDEN_MS = 20_000;
const TICK_MS = 5_000;
const SLEPT_MS = 15_000;
const FIRST_MS = 400;
const MOST_MS = 20_000;
const BETTER_MS = 90_000;
const WAYS = ["socket", "events", "poll"];
/** After these the server does not want this page back. */
const FINAL = ["removed", "signed_out", "dissolved"];
const AGAIN_MS = 2_000;
const PAUSE_MS = { flood: 15_000, slow: 1_500 };

export class Connection {
  #way = 0;
  #failed = 0;
  #failedHere = 0;
  #attempt = 0;
  #running = false;
  #status = "";
  #drop = null;
  #timer = 0;
  #tick = 0;
  #seen = Date.now();
  #heard = Date.now();
  #pinged = 0;
  #since = 0;
  #socket = null;

  constructor({ api, cursors, onFrame, onStatus, onLost }) {
    Object.assign(this, { api, cursors, onFrame, onStatus, onLost });
    this.wake = this.wake.bind(this);
    this.visible = () => document.visibilityState === "visible" && this.wake();
    this.offline = () => this.#say("offline");
  }

  /** How it is connected: "socket", "events" or "poll". */
  get way() {
    return WAYS[this.#way];
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    document.addEventListener("visibilitychange", this.visible);
    window.addEventListener("pageshow", this.wake);
    window.addEventListener("online", this.wake);
    window.addEventListener("offline", this.offline);
    this.#tick = setInterval(() => this.#beat(), TICK_MS);
    this.#open();
  }

  stop() {
    this.#running = false;
    document.removeEventListener("visibilitychange", this.visible);
    window.removeEventListener("pageshow", this.wake);
    window.removeEventListener("online", this.wake);
    window.removeEventListener("offline", this.offline);
    clearInterval(this.#tick);
    this.#close();
  }

  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#status !== "online") return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Whoever comes back to the page shall not wait for a timer. A connection that is there is asked for a sign of life. */
  wake() {
    if (!this.#running) return;
    if (this.#status !== "online") this.#open();
    // Frozen for longer than a sign of life lasts: a socket that looks open is most likely dead.
    else if (this.way !== "socket" || Date.now() - this.#heard > PING_MS + PONG_MS) this.#open();
    else if (Date.now() - this.#heard > 2_000) this.#ping();
  }

  again(pause) {
    if (!this.#running) return;
    this.#close();
    this.#say("connecting");
    this.#timer = setTimeout(() => this.#open(), (pause ?? AGAIN_MS) * (1 + Math.random() / 2));
  }

  #beat() {
    const now = Date.now();
    const slept = now - this.#seen > SLEPT_MS;
    this.#seen = now;
    if (slept) return this.#open();
    if (this.#status !== "online") return;
    if (this.way === "socket" && this.#pinged && now - this.#pinged > PONG_MS) return this.#lost();
    if (this.way === "socket" && !this.#pinged && now - this.#heard > PING_MS) this.#ping();
    if (this.#way > 0 && now - this.#since > BETTER_MS) {
      this.#way = 0;
      this.#open();
    }
  }

  #ping() {
    this.#pinged = Date.now();
    if (this.send({ t: "ping" })) return;
    this.#lost();
  }

  #say(status) {
    if (status === this.#status) return;
    this.#status = status;
    this.onStatus(status);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#attempt += 1;
    this.#drop?.();
    this.#drop = null;
    this.#socket = null;
    this.#pinged = 0;
  }

  #open() {
    this.#close();
    if (!this.#running) return;
    if (this.#status !== "offline") this.#say("connecting");
    this.#since = Date.now();
    const attempt = this.#attempt;
    const mine = (act) => (...values) => attempt === this.#attempt && act(...values);
    const frame = mine((data) => this.#frame(data));
    const lost = mine(() => this.#lost());
    if (this.way === "poll") return this.#poll(frame, lost, mine);
    this.#timer = setTimeout(lost, OPEN_MS);
    try {
      this.#drop = this.way === "socket" ? this.#openSocket(frame, lost) : this.#openEvents(frame, lost);
    } catch {
      lost();
    }
  }

  #openSocket(frame, lost) {
    const address = new URL(this.api.url("/live", this.cursors()), location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onmessage = (message) => frame(message.data);
    socket.onclose = lost;
    socket.onerror = lost;
    return () => {
      socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
    };
  }

  #openEvents(frame, lost) {
    const source = new EventSource(this.api.url("/events", this.cursors()));
    source.onmessage = (message) => frame(message.data);
    // An EventSource comes back by itself, but with the address of its start: the page's own way knows the last numbers.
    source.onerror = lost;
    return () => {
      source.onmessage = source.onerror = null;
      source.close();
    };
  }

  async #poll(frame, lost, mine) {
    const again = mine(() => this.#poll(frame, lost, mine));
    try {
      const { frames } = await this.api.get("/poll", this.cursors());
      mine(() => {
        this.#well();
        for (const one of frames ?? []) frame(JSON.stringify(one));
      })();
      mine(() => {
        this.#timer = setTimeout(again, document.visibilityState === "visible" ? POLL_MS : POLL_HIDDEN_MS);
      })();
    } catch {
      lost();
    }
  }

  #well() {
    clearTimeout(this.#timer);
    this.#failed = 0;
    this.#failedHere = 0;
    this.#say("online");
  }

  #frame(data) {
    this.#heard = Date.now();
    this.#pinged = 0;
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame.t === "hello") this.#well();
    if (frame.t === "bye") return this.#bye(frame);
    if (frame.t !== "pong") this.onFrame(frame);
  }

  #bye(frame) {
    this.onFrame(frame);
    if (!this.#running) return;
    if (FINAL.includes(frame.code)) return this.stop();
    this.#close();
    this.#say("connecting");
    const pause = PAUSE_MS[frame.code] ?? 200;
    this.#timer = setTimeout(() => this.#open(), pause + Math.random() * 1_800);
  }

  #lost() {
    this.#close();
    if (!this.#running) return;
    this.#failed += 1;
    this.#failedHere += 1;
    // The next way is tried when this one never came up, not when a good one broke off.
    if (this.#status !== "online" && this.#failedHere > 1 && navigator.onLine !== false) {
      this.#way = (this.#way + 1) % WAYS.length;
      this.#failedHere = 0;
    }
    this.#say(navigator.onLine === false || this.#failed > 2 ? "offline" : "connecting");
    this.onLost(this.#failed);
    if (!this.#running) return;
    const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(this.#failed, 8));
    this.#timer = setTimeout(() => this.#open(), most * (0.5 + Math.random() / 2));
  }
}
