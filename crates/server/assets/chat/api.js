// Talking to the server. Every failure is an ApiError; `code` is "offline" when the server was not reached.
//   new Api(base)   base: "/g/TOKEN" or "/customer-service/groups/GROUP"
//   get(path, query), post(path, body), put(path, body), del(path) → the answer's JSON (null for 204)
//   person         whose page this is (me.id), once known: it goes with every request, for cookies are the browser's, and another
//     tab may have signed in somebody else; then onOther() is called, beside the ApiError
//   url(path, query) → an address for <img>, <a>, WebSocket
//   ApiError: status, code, words (a sentence in the reader's language), retryAfter (ms or null)
//     .final → trying the same again cannot help
import { pick, t } from "./words.js";

const TIMEOUT_MS = 20_000;

export class ApiError extends Error {
  constructor(status, code, both, retryAfter) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
    this.both = both;
    this.retryAfter = retryAfter;
  }

  get words() {
    if (this.code === "offline") return t("offline_short");
    return pick(this.both) || t("refused", { status: this.status });
  }

  get final() {
    return this.status >= 400 && this.status < 500 && ![401, 408, 425, 429].includes(this.status);
  }
}

export class Api {
  person = "";
  onOther = () => {};

  constructor(base) {
    this.base = base;
  }

  /** The headers of every request. */
  get headers() {
    return { accept: "application/json", ...(this.person && { "laqun-person": this.person }) };
  }

  /** An ApiError from an answer's parts. */
  refusal(status, text, retryHeader) {
    const error = refusal(status, text, retryHeader);
    if (error.code === "other_person") this.onOther();
    return error;
  }

  url(path, query = {}) {
    const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
    const text = new URLSearchParams(pairs).toString();
    return this.base + path + (text ? `?${text}` : "");
  }

  get(path, query) {
    return this.#ask("GET", this.url(path, query));
  }

  post(path, body = {}) {
    return this.#ask("POST", this.url(path), body);
  }

  put(path, body) {
    return this.#ask("PUT", this.url(path), body);
  }

  del(path) {
    return this.#ask("DELETE", this.url(path));
  }

  async #ask(method, address, body) {
    const options = { method, cache: "no-store", credentials: "same-origin", headers: this.headers };
    if (body !== undefined) {
      options.body = JSON.stringify(body);
      options.headers["content-type"] = "application/json";
    }
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
    let answer;
    let text;
    try {
      answer = await fetch(address, { ...options, signal: stop.signal });
      text = await answer.text();
    } catch {
      throw new ApiError(0, "offline", null, null);
    } finally {
      clearTimeout(timer);
    }
    if (answer.ok) return text ? JSON.parse(text) : null;
    throw this.refusal(answer.status, text, answer.headers.get("retry-after"));
  }
}

function refusal(status, text, retryHeader) {
  let body = {};
  try {
    body = JSON.parse(text) ?? {};
  } catch {
    // a proxy's page, or nothing
  }
  const seconds = Number(body.retry_after ?? retryHeader);
  return new ApiError(status, body.code ?? "failed", body, seconds > 0 ? seconds * 1000 : null);
}
