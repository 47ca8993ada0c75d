//! Promise 6 over random histories: whatever happens in a group, what is internal appears in nothing that a customer or a
//! guest can fetch; and what happens in the internal lane changes not a byte of what they fetch.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
};

use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::{Value, json};

use super::{
    Talk, client_id, entries, numbers,
    steps::{Step, Who, step},
};
use crate::{
    files::uploaded,
    harness::{Engine, Page, Server},
    live::Socket,
};

/// Stands in every internal text, name of a file and note, and nowhere else.
const MARKER: &str = "Zq内密";

/// The people of one history. Staff are first: 0 the caller, 1 a colleague; then the customer and guests.
struct World<'s> {
    server: &'s Server,
    talk: Talk,
    people: Vec<Page>,
    ids: Vec<String>,
    /// What everybody sent, by lane, in order: the client's ids.
    sent: BTreeMap<&'static str, Vec<String>>,
    socket: Socket,
    files: Vec<String>,
    count: u32,
}

const fn word(internal: bool) -> &'static str {
    if internal { "internal" } else { "customer" }
}

/// An answer without what time alone changes: when an export was made, and whose page a server has just noticed.
fn comparable(body: &str) -> String {
    let Ok(mut json) = serde_json::from_str::<Value>(body) else {
        let timeless = |line: &&str| !line.contains("Exported") && !line.contains("导出时间");
        return body.lines().filter(timeless).collect::<Vec<_>>().join("\n");
    };
    if let Some(object) = json.as_object_mut() {
        object.remove("exported_at");
    }
    if let Some(frames) = json["frames"].as_array_mut() {
        frames.retain(|frame| frame["t"] != "online");
    }
    for member in json["members"].as_array_mut().into_iter().flatten() {
        member["online"] = Value::Null;
    }
    json.to_string()
}

async fn me(page: &Page) -> String {
    page.state().await["me"]["id"].as_str().expect("an id").to_owned()
}

impl<'s> World<'s> {
    async fn start(server: &'s Server) -> Self {
        static CASES: AtomicU32 = AtomicU32::new(0);
        let case_id = format!("secret-{}", CASES.fetch_add(1, Ordering::Relaxed));
        let talk = Talk::start(server, &case_id).await;
        let colleague = Page::staff(server, &crate::people::click(server, &case_id, "wang").await).await;
        let people = vec![talk.staff.clone(), colleague, talk.customer.clone()];
        let mut ids = Vec::new();
        for page in &people {
            ids.push(me(page).await);
        }
        let socket = Socket::open(&talk.customer, "?c=0").await;
        let sent = BTreeMap::from([("customer", Vec::new()), ("internal", Vec::new())]);
        Self { server, talk, people, ids, sent, socket, files: Vec::new(), count: 0 }
    }

    fn who(&self, who: Who) -> usize {
        usize::from(who) % self.people.len()
    }

    /// The number that stands `back` before the lane's last.
    async fn number(&self, lane: &str, back: u8) -> i64 {
        let state = self.talk.staff.state().await;
        (state["lanes"][lane]["head"].as_i64().expect("a head") - i64::from(back)).max(1)
    }

    /// Does it; whether only what staff may know was touched.
    #[expect(clippy::too_many_lines, reason = "one arm a step")]
    async fn act(&mut self, step: &Step) -> bool {
        self.count += 1;
        let marked = format!("{MARKER} {}", self.count);
        match *step {
            Step::Say { who, internal, quote, mention, again } => {
                let (who, lane) = (self.who(who), word(internal));
                let text = if internal { marked } else { format!("hello {}", self.count) };
                let mut body = json!({"client_id": client_id(), "lane": lane, "kind": "text", "text": text});
                if let Some(back) = quote {
                    body["quote"] = json!(self.number(lane, back).await);
                }
                if let Some(person) = mention {
                    body["mentions"] = json!([self.ids[self.who(person)]]);
                }
                let answer = self.people[who].post("/messages", &body).await;
                assert!(answer.status < 500, "{}", answer.body);
                if internal && who >= 2 {
                    assert!(answer.status >= 400, "a visitor wrote to the internal lane");
                }
                if answer.status == 201 {
                    let id = body["client_id"].as_str().expect("an id").to_owned();
                    self.sent.get_mut(lane).expect("a lane").push(id);
                    if again {
                        let second = self.people[who].post("/messages", &body).await;
                        assert_eq!(second.status, 200, "{}", second.body);
                        assert_eq!(second.json()["entry"]["seq"], answer.json()["entry"]["seq"]);
                    }
                }
                internal
            }
            Step::File { who, internal } => {
                let (who, lane) = (self.who(who), word(internal));
                if internal && who >= 2 {
                    return true;
                }
                let name = if internal { "Zq%E5%86%85%E5%AF%86.txt" } else { "hello.txt" };
                let query = format!("lane={lane}&name={name}");
                let upload = crate::files::upload(&self.people[who], &query, "some words\n").await;
                if upload.status != 201 {
                    return internal;
                }
                let file = upload.json()["file"]["id"].clone();
                let body = json!({"client_id": client_id(), "lane": lane, "kind": "file", "file": file});
                let answer = self.people[who].post("/messages", &body).await;
                if answer.status == 201 {
                    let id = body["client_id"].as_str().expect("an id").to_owned();
                    self.sent.get_mut(lane).expect("a lane").push(id);
                }
                if internal {
                    self.files.push(file.as_str().expect("an id").to_owned());
                }
                internal
            }
            Step::Recall { who, internal, back } => {
                let (lane, who) = (word(internal), self.who(who));
                let seq = self.number(lane, back).await;
                let answer = self.people[who].delete(&format!("/messages/{lane}/{seq}")).await;
                assert!(answer.status < 500, "{}", answer.body);
                internal
            }
            Step::Read { who, internal, back } => {
                let (lane, who) = (word(internal), self.who(who));
                let seq = self.number(lane, back).await;
                self.people[who].post("/read", &json!({"lane": lane, "seq": seq})).await;
                internal
            }
            Step::Join => {
                let mut guest = Page::visitor(self.server, &self.talk.link);
                let joined = guest.join(&json!({"consent": true})).await;
                if joined.status == 200 && self.people.len() < 6 {
                    self.ids.push(me(&guest).await);
                    self.people.push(guest);
                }
                false
            }
            Step::Remove { who } => {
                // The caller stays, so that somebody sees the whole; so does the customer, whose socket is watched.
                let who = self.who(who);
                if who != 0 && who != 2 {
                    self.talk.staff.delete(&format!("/members/{}", self.ids[who])).await;
                }
                false
            }
            Step::Invite => {
                self.talk.staff.post("/members", &json!({"staff_id": "wang"})).await;
                false
            }
            Step::Rename => {
                self.talk.staff.post("/rename", &json!({"name": format!("name {}", self.count)})).await;
                false
            }
            Step::Close => {
                self.talk.staff.post("/close", &json!({})).await;
                false
            }
            Step::Reopen { who } => {
                let who = self.who(who);
                self.people[who].post("/reopen", &json!({})).await;
                false
            }
            Step::History(see) => {
                self.talk.staff.post("/history", &json!({"guests_see": see})).await;
                false
            }
            Step::RenewLink => {
                let answer = self.talk.staff.post("/renew-link", &json!({})).await;
                assert_eq!(answer.status, 200, "{}", answer.body);
                let link = self.talk.staff.state().await["group"]["customer_url"].clone();
                link.as_str().expect("a link").clone_into(&mut self.talk.link);
                true
            }
            Step::HandOver { who } => {
                let who = self.who(who);
                self.talk.staff.post("/hand-over", &json!({"person": self.ids[who]})).await;
                false
            }
            Step::Contact { who } => {
                let who = self.who(who);
                self.people[who].post("/contact", &json!({"kind": "phone", "value": "13800007777"})).await;
                false
            }
            Step::Satisfaction { who } => {
                let who = self.who(who);
                self.people[who].post("/satisfaction", &json!({"score": 4, "comment": "ok"})).await;
                false
            }
            Step::Ticket => {
                let body = json!({"title": "t", "description": marked, "priority": "normal", "status": "in_progress", "attachments": []});
                self.talk.staff.put("/ticket", &body).await;
                false
            }
        }
    }

    /// All that a visitor can fetch, by address. The time of an export is left out.
    async fn seen(&self, page: &Page) -> BTreeMap<String, String> {
        let mut seen = BTreeMap::new();
        let mut paths: Vec<String> = [
            "/state",
            "/entries?lane=customer&limit=200",
            "/entries?lane=customer&after=0&limit=3",
            "/entries?lane=internal",
            "/search?lane=customer&q=e",
            "/search?lane=customer&q=Zq",
            "/search?lane=internal&q=Zq",
            "/transcript?format=txt&lane=customer",
            "/transcript?format=html",
            "/transcript?format=json",
            "/transcript?format=json&lane=internal",
            "/poll?c=0",
            "/poll?c=0&i=0",
        ]
        .map(str::to_owned)
        .to_vec();
        paths.extend(self.files.iter().map(|id| format!("/files/{id}")));
        for path in paths {
            let answer = page.get(&path).await;
            assert!(answer.status < 500, "{path}: {}", answer.body);
            if path.contains("lane=internal") || path.starts_with("/files/") {
                assert!(answer.status >= 400, "{path}: {}", answer.body);
            }
            let body = comparable(&answer.body);
            seen.insert(path, format!("{} {body}", answer.status));
        }
        seen
    }

    /// Nothing of it is internal.
    async fn check(&self) {
        for visitor in &self.people[2..] {
            let seen = self.seen(visitor).await;
            for (path, body) in &seen {
                assert!(!body.contains(MARKER), "{path}: {body}");
                assert!(
                    !body.contains("\"lane\":\"internal\"") && !body.contains("\"i\":"),
                    "{path}: {body}"
                );
                assert!(
                    !body.contains("\"link_renewed\"") && !body.contains("\"contact\""),
                    "{path}: {body}"
                );
            }
            let Some(state) = seen["/state"].strip_prefix("200 ") else { continue };
            let state: Value = serde_json::from_str(state).expect("JSON");
            for member in ["lanes", "reads"] {
                let lanes: Vec<_> = state[member].as_object().expect("lanes").keys().collect();
                assert_eq!(lanes, ["customer"], "{state}");
            }
        }
    }

    /// Staff see each lane gapless, and in it what was sent, once and in the order of sending.
    async fn check_order(&self) {
        for (lane, sent) in &self.sent {
            let all = entries(&self.talk.staff, &format!("lane={lane}&after=0&limit=200")).await;
            assert_eq!(numbers(&all), (1..).take(all.len()).collect::<Vec<i64>>(), "{lane}");
            let ids = all.iter().filter(|entry| entry["client_id"].is_string());
            let ids: Vec<_> =
                ids.map(|entry| entry["client_id"].as_str().expect("an id").to_owned()).collect();
            assert_eq!(&ids, sent, "{lane}");
        }
    }
}

async fn live(server: &Server, steps: &[Step]) {
    let mut world = World::start(server).await;
    for step in steps {
        // Who is watched may be anybody outside; removed ones are, too.
        let before = world.seen(world.people.last().expect("somebody")).await;
        let watched = world.people.len() - 1;
        let internal = world.act(step).await;
        if internal && watched >= 2 {
            // Files that were added meanwhile are new addresses, and refused: `check` asks.
            let after = world.seen(&world.people[watched]).await;
            for (path, body) in before {
                assert_eq!(after.get(&path), Some(&body), "{step:?} changed {path}");
            }
        }
    }
    world.check().await;
    world.check_order().await;
    let head = world.number("customer", 0).await;
    world.socket.up_to("customer", head).await;
    world.socket.settle().await;
    let known = &world.socket.known;
    assert_eq!(known.lanes.keys().collect::<Vec<_>>(), ["customer"]);
    for told in [json!(known.lanes).to_string(), json!(known.frames).to_string()] {
        assert!(
            !told.contains(MARKER) && !told.contains("\"internal\"") && !told.contains("\"i\":"),
            "{told}"
        );
    }
}

#[test]
fn over_random_histories_nothing_internal_reaches_a_customer_or_a_guest() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for engine in Engine::all() {
        let limits = [("LAQUN_CHAT_MESSAGES_PER_10_SECONDS", "0")];
        let server = runtime.block_on(Server::start_with(engine, &[], &limits));
        server.admin_json("staff add", &["wang", "--name", "王"]);
        let cases = if engine == Engine::Sqlite { 24 } else { 8 };
        let config = Config { cases, max_shrink_iters: 64, failure_persistence: None, ..Config::default() };
        let ran = TestRunner::new(config).run(&prop::collection::vec(step(), 4..24), |steps| {
            let lived = std::panic::AssertUnwindSafe(|| runtime.block_on(live(&server, &steps)));
            std::panic::catch_unwind(lived).map_err(|_| TestCaseError::fail("see above"))
        });
        if let Err(error) = ran {
            panic!("{engine:?}: {error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_internal_file_its_name_and_its_bytes_stay_inside() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let talk = Talk::start(&server, "123").await;
        let file = uploaded(&talk.staff, "lane=internal&name=Zq%E5%86%85%E5%AF%86.txt", "some words\n").await;
        let id = file["id"].as_str().expect("an id");
        // A file of one lane cannot be sent into the other.
        let crossing = json!({"client_id": client_id(), "lane": "customer", "kind": "file", "file": id});
        assert_eq!(super::refusal(&talk.staff, &crossing).await, (404, "file".to_owned()));
        let body = json!({"client_id": client_id(), "lane": "internal", "kind": "file", "file": id});
        let sent = talk.staff.post("/messages", &body).await;
        assert_eq!(sent.status, 201, "{}", sent.body);
        assert_eq!(talk.staff.get(&format!("/files/{id}")).await.status, 200);
        for path in [format!("/files/{id}"), "/search?lane=customer&q=Zq".to_owned(), "/state".to_owned()] {
            assert!(!talk.customer.get(&path).await.body.contains(MARKER), "{path}");
        }
        assert_eq!(talk.customer.get(&format!("/files/{id}")).await.status, 404);
    }
}
