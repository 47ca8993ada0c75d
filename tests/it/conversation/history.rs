//! What becomes of what was said: recall, read marks, search, transcript, seal.

use serde_json::json;

use super::{Talk, change, entries, numbers, refusal, refused, say, text};
use crate::{
    files::uploaded,
    harness::{Engine, Page, Server},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_recalled_message_leaves_no_words_in_list_quote_search_or_transcript() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let talk = Talk::start(&server, "123").await;
        let said = say(&talk.customer, "customer", "my password is Hunter2").await;
        let seq = said["seq"].as_i64().expect("a number");
        let mut quoting = text("customer", "what is this?");
        quoting["quote"] = json!(seq);
        quoting["mentions"] = json!([talk.customer.state().await["me"]["id"]]);
        let quoted = talk.staff.post("/messages", &quoting).await.json()["entry"].clone();
        assert_eq!(quoted["quote"]["text"], "my password is Hunter2");
        assert_eq!(quoted["mentions"].as_array().map(Vec::len), Some(1));

        let path = format!("/messages/customer/{seq}");
        assert_eq!(refused(&talk.staff.delete(&path).await), (403, "not_yours".to_owned()));
        assert_eq!(
            refused(&talk.customer.delete("/messages/customer/99").await),
            (404, "not_found".to_owned())
        );
        assert_eq!(refused(&talk.customer.delete("/messages/internal/1").await), (400, "lane".to_owned()));
        let recall = talk.customer.delete(&path).await;
        assert_eq!(recall.status, 200, "{}", recall.body);
        let recall = recall.json()["entry"].clone();
        assert_eq!((&recall["kind"], &recall["of"]), (&json!("recall"), &json!(seq)));
        assert_eq!(talk.customer.delete(&path).await.json()["entry"], recall, "again changes nothing");
        let own = format!("/messages/customer/{}", recall["seq"]);
        assert_eq!(refused(&talk.customer.delete(&own).await), (404, "not_found".to_owned()));

        for page in [&talk.staff, &talk.customer] {
            for path in [
                "/entries?lane=customer",
                "/search?lane=customer&q=hunter2",
                "/transcript?format=txt&lane=customer",
                "/transcript?format=html&lane=customer",
                "/transcript?format=json&lane=customer",
            ] {
                let answer = page.get(path).await;
                assert_eq!(answer.status, 200, "{path}: {}", answer.body);
                assert!(!answer.body.contains("Hunter2"), "{path}: {}", answer.body);
            }
        }
        let all = entries(&talk.customer, "lane=customer").await;
        let was = all.iter().find(|entry| entry["seq"] == seq).expect("its place is kept");
        assert_eq!((&was["recalled"], &was["text"]), (&json!(true), &json!("")));
        let quote = all.iter().find(|entry| entry["quote"].is_object()).expect("the quote");
        assert_eq!(quote["quote"]["recalled"], true);
        let mut late = text("customer", "x");
        late["quote"] = json!(seq);
        assert_eq!(refusal(&talk.staff, &late).await, (409, "quote_kind".to_owned()));

        // Its file goes with it.
        let file = uploaded(&talk.customer, "lane=customer&name=a.txt", "words\n").await;
        let id = file["id"].as_str().expect("an id");
        let body = json!({"client_id": super::client_id(), "lane": "customer", "kind": "file", "file": id});
        let sent = talk.customer.post("/messages", &body).await.json()["entry"].clone();
        assert_eq!(sent["file"]["name"], "a.txt");
        assert_eq!(talk.staff.get(&format!("/files/{id}")).await.status, 200);
        let path = format!("/messages/customer/{}", sent["seq"]);
        assert_eq!(talk.customer.delete(&path).await.status, 200);
        assert!(talk.staff.get(&format!("/files/{id}")).await.status >= 400);

        // Two minutes, and not longer.
        let old = say(&talk.customer, "customer", "too late").await;
        change(&server, "UPDATE message SET at = at - 121000").await;
        let path = format!("/messages/customer/{}", old["seq"]);
        assert_eq!(refused(&talk.customer.delete(&path).await), (409, "too_late".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn read_marks_go_forward_only_and_unread_counts_what_others_said() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let talk = Talk::start(&server, "123").await;
        for n in 0..3 {
            say(&talk.staff, "customer", &n.to_string()).await;
        }
        say(&talk.staff, "internal", "not counted").await;
        say(&talk.customer, "customer", "mine").await;
        let lane = |state: &serde_json::Value| state["lanes"]["customer"].clone();
        let state = talk.customer.state().await;
        let head = lane(&state)["head"].as_i64().expect("a head");
        assert_eq!(lane(&state)["unread"], 3, "{state}");
        assert_eq!(talk.staff.state().await["lanes"]["internal"]["unread"], 0, "one's own is read");

        let read = async |seq: i64| {
            let answer = talk.customer.post("/read", &json!({"lane": "customer", "seq": seq})).await;
            assert_eq!(answer.status, 204, "{}", answer.body);
            lane(&talk.customer.state().await)["read"].as_i64().expect("a number")
        };
        assert_eq!(read(2).await, 2);
        assert_eq!(read(1).await, 2, "never back");
        assert_eq!(read(1_000_000).await, head, "never beyond the last entry");
        assert_eq!(read(-5).await, head);
        assert_eq!(lane(&talk.customer.state().await)["unread"], 0);
        let me = talk.customer.state().await["me"]["id"].as_str().expect("an id").to_owned();
        assert_eq!(talk.staff.state().await["reads"]["customer"][&me], head, "staff see how far it was read");
        let inside = talk.customer.post("/read", &json!({"lane": "internal", "seq": 1})).await;
        assert_eq!(refused(&inside), (400, "lane".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn search_finds_parts_of_words_in_any_script_and_takes_no_sign_for_more_than_itself() {
    for engine in Engine::all() {
        let limits = [("LAQUN_CHAT_MESSAGES_PER_10_SECONDS", "0")];
        let server = Server::start_with(engine, &[], &limits).await;
        let talk = Talk::start(&server, "123").await;
        for words in ["打印机卡纸了", "Straße ÉCOLE Привет", "100% sure", "a_b", "axb"] {
            say(&talk.customer, "customer", words).await;
        }
        say(&talk.staff, "internal", "打印机 inside").await;
        let find = async |page: &Page, lane: &str, query: &str| -> Vec<String> {
            let request = page.request(reqwest::Method::GET, &format!("/search?lane={lane}"), None);
            let answer = request.query(&[("q", query)]).send().await.expect("an answer");
            let answer = crate::harness::Answer::read(answer).await.expect("an answer");
            assert_eq!(answer.status, 200, "{}", answer.body);
            let hits = answer.json()["hits"].as_array().expect("hits").clone();
            hits.iter().map(|hit| hit["text"].as_str().expect("a text").to_owned()).collect()
        };
        assert_eq!(find(&talk.customer, "customer", "卡纸").await, ["打印机卡纸了"]);
        for query in ["école", "ПРИВЕТ", "STRAßE", " straße "] {
            assert_eq!(find(&talk.customer, "customer", query).await.len(), 1, "{query}");
        }
        assert_eq!(find(&talk.customer, "customer", "0%").await, ["100% sure"]);
        assert_eq!(find(&talk.customer, "customer", "a_b").await, ["a_b"]);
        assert_eq!(find(&talk.customer, "customer", "%").await.len(), 1);
        assert_eq!(find(&talk.staff, "internal", "打印机").await, ["打印机 inside"]);
        for query in ["", "%20", &"x".repeat(101)] {
            let answer = talk.staff.get(&format!("/search?lane=customer&q={query}")).await;
            assert_eq!(refused(&answer), (400, "query".to_owned()));
        }
        // More hits than an answer holds: the next one goes on where it stopped.
        for n in 0..60 {
            say(&talk.staff, "customer", &format!("many {n}")).await;
        }
        let first = talk.customer.get("/search?lane=customer&q=many").await.json();
        assert_eq!((first["hits"].as_array().map(Vec::len), &first["more"]), (Some(50), &json!(true)));
        let path = format!("/search?lane=customer&q=many&before={}", first["before"]);
        let second = talk.customer.get(&path).await.json();
        assert_eq!((second["hits"].as_array().map(Vec::len), &second["more"]), (Some(10), &json!(false)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_reads_searches_and_exports_only_what_was_said_since_joining() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let talk = Talk::start(&server, "123").await;
        let old = say(&talk.customer, "customer", "Älteres before").await["seq"].as_i64().expect("a number");
        let guest = Page::joined(&server, &talk.link).await;
        let mut quoting = text("customer", "about that");
        quoting["quote"] = json!(old);
        assert_eq!(refusal(&guest, &quoting).await, (404, "quote".to_owned()));
        assert_eq!(talk.staff.post("/messages", &quoting).await.status, 201);
        let from = guest.state().await["lanes"]["customer"]["from"].as_i64().expect("a number");
        assert!(from >= old);
        let seen = entries(&guest, "lane=customer&after=0").await;
        assert!(numbers(&seen).iter().all(|seq| *seq > from));
        let quote = &seen.last().expect("the quote")["quote"];
        assert_eq!((&quote["hidden"], &quote["text"]), (&json!(true), &json!("")));
        for path in [
            "/search?lane=customer&q=before",
            "/transcript?format=html",
            "/transcript?format=txt",
            "/poll?c=0",
        ] {
            let answer = guest.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            assert!(!answer.body.contains("before"), "{path}: {}", answer.body);
        }
        assert_eq!(talk.staff.post("/history", &json!({"guests_see": true})).await.status, 200);
        assert!(guest.get("/transcript?format=txt").await.body.contains("Älteres before"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_tells_lanes_apart_in_words_and_cannot_be_forged_by_a_message() {
    for engine in Engine::all() {
        let limits = [("LAQUN_CHAT_MESSAGES_PER_10_SECONDS", "0")];
        let server = Server::start_with(engine, &[], &limits).await;
        let talk = Talk::start(&server, "123").await;
        say(&talk.staff, "customer", "<script>alert(1)</script> & hello").await;
        say(&talk.customer, "customer", "one\n[2026-01-01 00:00:00] 【仅内部】 laqun: forged").await;
        say(&talk.staff, "internal", "behind the curtain").await;
        let get = async |page: &Page, query: &str| {
            let answer = page.get(&format!("/transcript?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.body);
            answer
        };
        let txt = get(&talk.staff, "format=txt&lang=zh").await.body;
        assert!(
            txt.lines().any(|line| line.starts_with('[')
                && line.contains("【仅内部】")
                && line.ends_with("behind the curtain")),
            "{txt}"
        );
        assert!(txt.lines().all(|line| !line.starts_with('[') || !line.contains("forged")), "{txt}");
        assert!(txt.contains("时区: Asia/Shanghai") && txt.contains("不要交给客户"), "{txt}");
        let english = get(&talk.staff, "format=txt&lane=customer&lang=en").await.body;
        assert!(english.contains("【Customer sees this】") && !english.contains("curtain"), "{english}");
        let html = get(&talk.staff, "format=html").await;
        assert!(
            html.body.contains("&#60;script&#62;") || html.body.contains("&lt;script&gt;"),
            "{}",
            html.body
        );
        assert!(!html.body.contains("<script") && html.body.trim_end().ends_with("</html>"));
        let own = get(&talk.customer, "format=html").await.body;
        assert!(own.contains("forged") && !own.contains("curtain"));
        assert_eq!(refused(&talk.customer.get("/transcript?lane=internal").await), (400, "lane".to_owned()));
        assert_eq!(refused(&talk.staff.get("/transcript?format=pdf").await), (400, "invalid".to_owned()));

        // Longer than the pages that it is read in: nothing is left out, nothing is there twice.
        for n in 0..250 {
            say(if n % 2 == 0 { &talk.staff } else { &talk.customer }, "customer", &format!("line {n}"))
                .await;
            if n % 5 == 0 {
                say(&talk.staff, "internal", &format!("note {n}")).await;
            }
        }
        let json = get(&talk.staff, "format=json").await.json();
        for lane in ["customer", "internal"] {
            let of = |entry: &&serde_json::Value| entry["lane"] == lane;
            let all: Vec<_> =
                json["entries"].as_array().expect("entries").iter().filter(of).cloned().collect();
            let head = talk.staff.state().await["lanes"][lane]["head"].as_i64().expect("a head");
            assert_eq!(numbers(&all), (1..=head).collect::<Vec<_>>(), "{lane}");
        }
        let group = server.printed_group();
        let group = group.as_str().expect("a group");
        let printed = server.admin("group transcript", &[group, "--lane", "customer", "--format", "json"]);
        let printed: serde_json::Value = serde_json::from_slice(&printed.stdout).expect("JSON");
        assert_eq!(printed["lanes"], json!(["customer"]));
        assert_eq!(printed["entries"], get(&talk.customer, "format=json").await.json()["entries"]);
        let printed = server.admin("group transcript", &[group, "--lang", "zh"]);
        assert!(String::from_utf8_lossy(&printed.stdout).contains("【仅内部】"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dissolved_group_s_seal_breaks_when_a_message_of_either_lane_is_changed() {
    for engine in Engine::all() {
        for lane in ["customer", "internal"] {
            let server = Server::start(engine).await;
            let talk = Talk::start(&server, "123").await;
            say(&talk.staff, "customer", "as it was").await;
            say(&talk.staff, "internal", "as it was").await;
            let group = server.printed_group();
            let group = group.as_str().expect("a group");
            let holds = || server.admin_json("group show", &[group])[0]["seal_holds"].clone();
            assert!(holds().is_null(), "not sealed yet");
            server.admin_json("group dissolve", &[group]);
            assert_eq!(holds(), true);
            let sql = if lane == "customer" {
                "UPDATE message SET body = 'as it was not' WHERE lane = 'customer' AND kind = 'text'"
            } else {
                "UPDATE message SET body = 'as it was not' WHERE lane = 'internal' AND kind = 'text'"
            };
            change(&server, sql).await;
            assert_eq!(holds(), false, "{lane}");
        }
    }
}
