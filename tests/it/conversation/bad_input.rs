//! What nobody may send, and what it is told. Nothing of it leaves a trace.

use serde_json::{Value, json};

use super::{Talk, client_id, entries, refusal, refused, say, text};
use crate::{
    harness::{Engine, Page, Server},
    people,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_none_is_refused_in_words_and_takes_no_number() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let talk = Talk::start(&server, "123").await;
        let before = entries(&talk.staff, "lane=customer").await;
        let (id, some) = (client_id(), client_id());
        let wrong: [(Value, u16, &str); 24] = [
            (text("customer", ""), 400, "blank"),
            (text("customer", " \n\t\u{3000}\u{200b}"), 400, "blank"),
            (text("customer", "\u{202e}\u{2066}"), 400, "blank"),
            (text("customer", "a\u{0}b"), 400, "control"),
            (text("customer", "\u{1b}[2J"), 400, "control"),
            (text("customer", &"长".repeat(4001)), 413, "too_long"),
            (json!({"client_id": id, "kind": "text", "text": "no lane"}), 400, "lane"),
            (text("staff", "no such lane"), 400, "lane"),
            (text("internal", "from outside"), 400, "lane"),
            (json!({"lane": "customer", "kind": "text", "text": "no id"}), 400, "invalid"),
            (json!({"client_id": "1", "lane": "customer", "kind": "text", "text": "x"}), 400, "invalid"),
            (json!({"client_id": id, "lane": "customer", "text": "no kind"}), 400, "invalid"),
            (json!({"client_id": id, "lane": "customer", "kind": "system", "text": "x"}), 400, "invalid"),
            (json!({"client_id": id, "lane": "customer", "kind": "text", "text": 5}), 400, "invalid"),
            (json!({"client_id": id, "lane": "customer", "kind": "text"}), 400, "blank"),
            (
                json!({"client_id": id, "lane": "customer", "kind": "text", "text": "x", "file": some}),
                400,
                "invalid",
            ),
            (
                json!({"client_id": id, "lane": "customer", "kind": "image", "file": some, "text": "x"}),
                400,
                "invalid",
            ),
            (json!({"client_id": id, "lane": "customer", "kind": "image", "file": some}), 404, "file"),
            (json!({"client_id": id, "lane": "customer", "kind": "voice"}), 404, "file"),
            (
                json!({"client_id": id, "lane": "customer", "kind": "text", "text": "x", "quote": 99}),
                404,
                "quote",
            ),
            (
                json!({"client_id": id, "lane": "customer", "kind": "text", "text": "x", "quote": -1}),
                404,
                "quote",
            ),
            (
                json!({"client_id": id, "lane": "customer", "kind": "text", "text": "x", "quote": 1}),
                409,
                "quote_kind",
            ),
            (
                json!({"client_id": id, "lane": "customer", "kind": "text", "text": "x", "mentions": [some]}),
                400,
                "mention",
            ),
            (
                json!({"client_id": id, "lane": "customer", "kind": "text", "text": "x", "mentions": ["me"]}),
                400,
                "mention",
            ),
        ];
        for (body, status, code) in wrong {
            assert_eq!(refusal(&talk.customer, &body).await, (status, code.to_owned()), "{body}");
        }
        let crowd: Vec<_> = (0..21).map(|_| client_id()).collect();
        let mut many = text("customer", "x");
        many["mentions"] = json!(crowd);
        assert_eq!(refusal(&talk.staff, &many).await, (400, "mentions".to_owned()));
        assert_eq!(entries(&talk.staff, "lane=customer").await, before);
        assert!(entries(&talk.staff, "lane=internal").await.is_empty());

        let told = say(&talk.customer, "customer", "\u{202e}gpj.exe\u{2069}").await;
        assert_eq!(told["text"], "gpj.exe", "what turns the direction of writing is gone");
        say(&talk.customer, "customer", &"👍".repeat(4000)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_a_megabyte_or_of_garbage_gets_a_clear_answer() {
    let server = Server::start(Engine::Sqlite).await;
    let talk = Talk::start(&server, "123").await;
    let huge = talk.customer.post("/messages", &text("customer", &"a".repeat(1 << 20))).await;
    assert_eq!(refused(&huge), (413, "too_large".to_owned()));
    for garbage in ["", "{", "[]", "\"x\"", "{\"text\": \"\\ud800\"}", "\u{0}"] {
        let request = talk.customer.request(reqwest::Method::POST, "/messages", None);
        let request = request.header("content-type", "application/json").body(garbage);
        let answer = crate::harness::Answer::read(request.send().await.expect("an answer")).await;
        assert_eq!(refused(&answer.expect("an answer")), (400, "invalid".to_owned()), "{garbage:?}");
    }
    let form = talk.customer.request(reqwest::Method::POST, "/messages", None);
    let form = form.header("content-type", "text/plain").body(text("customer", "by a form").to_string());
    let answer =
        crate::harness::Answer::read(form.send().await.expect("an answer")).await.expect("an answer");
    assert_eq!(refused(&answer), (400, "invalid".to_owned()));
    for query in ["lane=customer&limit=x", "lane=customer&before=-1", "lane=customer&before=1&after=1"] {
        assert_eq!(
            refused(&talk.customer.get(&format!("/entries?{query}")).await),
            (400, "invalid".to_owned())
        );
    }
    assert_eq!(refused(&talk.customer.get("/entries").await), (400, "lane".to_owned()));
    say(&talk.customer, "customer", "still there").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_group_s_token_or_id_opens_nothing_here() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let here = Talk::start(&server, "123").await;
        let there = Talk::start(&server, "456").await;
        say(&here.staff, "internal", "secret").await;
        // A device of one group at another's address, a member of staff who is not in the group.
        let mut stray = here.customer.clone();
        stray.base.clone_from(&there.customer.base);
        assert_eq!(refusal(&stray, &text("customer", "x")).await, (401, "not_joined".to_owned()));
        server.admin_json("staff add", &["stranger", "--name", "stranger"]);
        let mut stranger = Page::staff(&server, &people::click(&server, "789", "stranger").await).await;
        stranger.base.clone_from(&here.staff.base);
        for path in ["/entries?lane=internal", "/search?lane=internal&q=secret", "/state"] {
            assert_eq!(refused(&stranger.get(path).await), (404, "not_found".to_owned()), "{path}");
        }
        assert_eq!(refusal(&stranger, &text("internal", "x")).await, (404, "not_found".to_owned()));
        // Another tenant's staff.
        server.admin_json("tenant add", &["7", "--name", "Other"]);
        server.admin_json("app grant", &["12345678", "7"]);
        server.admin_json("staff add", &["9", "--name", "9", "--tenant", "7"]);
        let object = json!({"tenant_id": 7, "case_id": "123", "staff_id": "9"});
        let mut foreign = Page::staff(&server, &server.caller().communicate(&object).await).await;
        foreign.base.clone_from(&here.staff.base);
        assert_eq!(refusal(&foreign, &text("internal", "x")).await, (404, "not_found".to_owned()));
        // Quotes and mentions do not reach over either.
        let quoted = say(&there.staff, "customer", "of the other group").await["seq"].clone();
        let mut quoting = text("customer", "x");
        quoting["quote"] = json!(quoted.as_i64().expect("a number") + 7);
        assert_eq!(refusal(&here.staff, &quoting).await, (404, "quote".to_owned()));
        let mut mention = text("customer", "x");
        mention["mentions"] = json!([there.customer.state().await["me"]["id"]]);
        assert_eq!(refusal(&here.staff, &mention).await, (400, "mention".to_owned()));
        // A page of another site.
        let mut site = here.staff.clone();
        site.headers.push(("origin".to_owned(), "https://evil.example".to_owned()));
        assert_eq!(refusal(&site, &text("internal", "x")).await, (403, "foreign".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_and_who_comes_too_late_is_told_so() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let talk = Talk::start(&server, "123").await;
        let guest = Page::joined(&server, &talk.link).await;
        let colleague = talk.colleague(&server, "123", "wang").await;
        let wanted = say(&talk.customer, "customer", "before").await["seq"].as_i64().expect("a number");
        for gone in [&guest, &colleague] {
            let person = gone.state().await["me"]["id"].as_str().expect("an id").to_owned();
            let removed = talk.staff.delete(&format!("/members/{person}")).await;
            assert_eq!(removed.status, 200, "{}", removed.body);
            assert_eq!(refusal(gone, &text("customer", "still here")).await, (403, "removed".to_owned()));
            for path in ["/entries?lane=customer", "/search?lane=customer&q=a", "/state"] {
                assert_eq!(refused(&gone.get(path).await), (403, "removed".to_owned()), "{path}");
            }
            let read = gone.post("/read", &json!({"lane": "customer", "seq": 1})).await;
            assert_eq!(refused(&read), (403, "removed".to_owned()));
            let mut mention = text("customer", "x");
            mention["mentions"] = json!([person]);
            assert_eq!(refusal(&talk.staff, &mention).await, (400, "mention".to_owned()));
        }
        assert_eq!(talk.staff.post("/close", &json!({})).await.status, 200);
        let head = talk.staff.state().await["lanes"]["customer"]["head"].clone();
        for (page, lane) in
            [(&talk.customer, "customer"), (&talk.staff, "customer"), (&talk.staff, "internal")]
        {
            assert_eq!(refusal(page, &text(lane, "late")).await, (409, "closed".to_owned()));
        }
        assert_eq!(talk.staff.state().await["lanes"]["customer"]["head"], head);
        assert_eq!(talk.customer.post("/reopen", &json!({})).await.status, 200);
        say(&talk.customer, "customer", "and yet").await;
        let recalled = talk.customer.delete(&format!("/messages/customer/{wanted}")).await;
        assert_eq!(recalled.status, 200, "{}", recalled.body);
        server.admin_json("group dissolve", &[server.printed_group().as_str().expect("a group")]);
        assert_eq!(refusal(&talk.staff, &text("customer", "too late")).await, (410, "dissolved".to_owned()));
        assert_eq!(
            refusal(&talk.customer, &text("customer", "too late")).await,
            (410, "dissolved".to_owned())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_fast_waits_and_the_others_do_not() {
    let server =
        Server::start_with(Engine::Sqlite, &[], &[("LAQUN_CHAT_MESSAGES_PER_10_SECONDS", "3")]).await;
    let talk = Talk::start(&server, "123").await;
    let mut flood = None;
    for n in 0..50 {
        let answer = talk.customer.post("/messages", &text("customer", &n.to_string())).await;
        if answer.status != 201 {
            flood = Some(answer);
            break;
        }
    }
    let flood = flood.expect("fifty at once are too many");
    assert_eq!(refused(&flood), (429, "flood".to_owned()));
    assert!(flood.json()["retry_after"].as_i64().is_some_and(|seconds| (1..=4).contains(&seconds)));
    say(&talk.staff, "customer", "I am not the one").await;
}
