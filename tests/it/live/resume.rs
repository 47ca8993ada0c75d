//! Coming back: a page goes on where it was, whatever happened meanwhile and however it comes.

use super::{Known, Socket, seq, server};
use crate::{
    conversation::{Talk, client_id, say},
    harness::Engine,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_comes_back_is_told_what_it_missed_once_and_in_order() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = Talk::start(&server, "resume-1").await;
        let mut first = Socket::open(&talk.customer, "").await;
        let seen = say(&talk.staff, "customer", "seen").await;
        first.up_to("customer", seq(&seen)).await;
        drop(first);
        say(&talk.staff, "internal", "hidden").await;
        for number in 0..120 {
            say(&talk.staff, "customer", &format!("missed {number}")).await;
        }
        let mut back = Socket::open(&talk.customer, &format!("?c={}", seq(&seen))).await;
        let last = say(&talk.staff, "customer", "last").await;
        back.up_to("customer", seq(&last)).await;
        let mut wanted: Vec<_> = (0..120).map(|number| format!("missed {number}")).collect();
        wanted.push("last".to_owned());
        assert_eq!(back.known.texts("customer"), wanted);
        // Who knows nothing yet begins at the end, and hears only what is new.
        let mut new = Socket::open(&talk.customer, "").await;
        new.settle().await;
        assert!(new.known.lanes.is_empty(), "{:?}", new.known);
        // Staff go on in both lanes.
        let mut staff = Socket::open(&talk.staff, "?c=0&i=0").await;
        staff.up_to("customer", seq(&last)).await;
        staff.up_to("internal", 1).await;
        assert_eq!(staff.known.texts("internal"), ["hidden"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_join_while_others_write_miss_nothing_and_hear_nothing_twice() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = Talk::start(&server, "resume-2").await;
        let writers = (0..4).map(|writer| {
            let page = talk.staff.clone();
            tokio::spawn(async move {
                for number in 0..25 {
                    say(&page, "customer", &format!("{writer}.{number}")).await;
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        let mut pages = Vec::new();
        for _ in 0..10 {
            pages.push(Socket::open(&talk.customer, "?c=0").await);
        }
        for writer in writers {
            writer.await.expect("it writes");
        }
        let last = say(&talk.staff, "customer", "end").await;
        let mut order: Option<Vec<String>> = None;
        for page in &mut pages {
            page.up_to("customer", seq(&last)).await;
            let all = i64::try_from(page.known.lanes["customer"].len()).expect("few");
            assert_eq!(all, seq(&last), "all, from the first");
            let texts = page.known.texts("customer");
            assert_eq!(texts.len(), 101);
            assert_eq!(*order.get_or_insert_with(|| texts.clone()), texts, "the same order for everyone");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_too_far_behind_is_told_to_read_again_and_then_only_what_is_new() {
    let server = server(Engine::Sqlite).await;
    let talk = Talk::start(&server, "resume-3").await;
    let mut writers = Vec::new();
    for _ in 0..8 {
        let page = talk.staff.clone();
        writers.push(tokio::spawn(async move {
            for _ in 0..64 {
                say(&page, "customer", "x").await;
            }
        }));
    }
    for writer in writers {
        writer.await.expect("it writes");
    }
    for query in ["?c=0", "?c=999999"] {
        let mut page = Socket::open(&talk.customer, query).await;
        page.until(|frame| frame["t"] == "behind").await;
        let new = say(&talk.staff, "customer", query).await;
        page.up_to("customer", seq(&new)).await;
        assert_eq!(page.known.texts("customer"), [query]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_again_after_a_lost_answer_tells_nobody_twice() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = Talk::start(&server, "resume-4").await;
        let mut staff = Socket::open(&talk.staff, "").await;
        let message = serde_json::json!({
            "client_id": client_id(), "lane": "customer", "kind": "text", "text": "once",
        });
        for status in [201, 200, 200] {
            assert_eq!(talk.customer.post("/messages", &message).await.status, status);
        }
        let after = say(&talk.customer, "customer", "after").await;
        staff.up_to("customer", seq(&after)).await;
        assert_eq!(staff.known.texts("customer"), ["once", "after"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lacks_many_long_messages_gets_them_by_and_by_and_nobody_holds_them_all() {
    for engine in Engine::all() {
        let server = server(engine).await;
        let talk = Talk::start(&server, "resume-5").await;
        let long = "😀".repeat(4000);
        let mut open = Socket::open(&talk.customer, "").await;
        let mut last = 0;
        for _ in 0..40 {
            last = seq(&say(&talk.staff, "customer", &long).await);
        }
        open.up_to("customer", last).await;
        let (mut known, mut answers) = (Known::default(), 0);
        while known.last("customer") < last {
            let answer = talk.customer.get(&format!("/poll?c={}", known.last("customer"))).await;
            assert!(answer.body.len() < 400 << 10, "of 640 KB, {} at once", answer.body.len());
            answers += 1;
            for frame in answer.json()["frames"].as_array().expect("frames") {
                known.take(frame.clone());
            }
        }
        assert!(answers > 1);
        let mut back = Socket::open(&talk.customer, "?c=0").await;
        while back.known.last("customer") < last {
            let frame = back.next().await.expect("a frame").to_string();
            assert!(frame.len() < 100 << 10, "{} in one frame", frame.len());
        }
        assert_eq!(back.known.lanes, known.lanes);
        let new = say(&talk.staff, "customer", "new").await;
        back.up_to("customer", seq(&new)).await;
    }
}
