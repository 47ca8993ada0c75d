// A member of staff without a browser: signs in with a link's ticket and speaks by the page's own addresses.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

export class Staff {
  constructor(base, cookie) {
    Object.assign(this, { base, cookie });
  }

  static async signIn(url, link) {
    const address = new URL(link);
    const st = new URLSearchParams(address.hash.split("?")[1]).get("st");
    const answer = await fetch(new URL("/customer-service/session", url), { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ st }) });
    assert.equal(answer.status, 200, await answer.text());
    const cookie = answer.headers.get("set-cookie").split(";")[0];
    const group = address.searchParams.get("openConversationId");
    return new Staff(new URL(`/customer-service/groups/${encodeURIComponent(group)}`, url).href, cookie);
  }

  async #ask(method, path, body) {
    const headers = { cookie: this.cookie, ...(body && { "content-type": "application/json" }) };
    const answer = await fetch(this.base + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (answer.status === 429) {
      // A flood is slowed down; the same message again is said once.
      await new Promise((next) => setTimeout(next, JSON.parse(text).retry_after * 1000));
      return this.#ask(method, path, body);
    }
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  get(path) {
    return this.#ask("GET", path);
  }

  post(path, body = {}) {
    return this.#ask("POST", path, body);
  }

  del(path) {
    return this.#ask("DELETE", path);
  }

  async say(text, { lane = "customer", quote } = {}) {
    const { entry } = await this.post("/messages", { client_id: randomUUID(), lane, kind: "text", text, quote });
    return entry;
  }

  async entries(lane) {
    const all = [];
    for (let more = true; more; ) {
      const answer = await this.get(`/entries?lane=${lane}&after=${all.at(-1)?.seq ?? 0}&limit=200`);
      all.push(...answer.entries);
      more = answer.more && answer.entries.length > 0;
    }
    return all;
  }

  /** The ticket is done. */
  async finish() {
    const { ticket } = await this.get("/state");
    await this.#ask("PUT", "/ticket", { title: ticket.title, description: ticket.description ?? "", priority: ticket.priority ?? "medium", status: "done", attachments: [] });
  }
}
