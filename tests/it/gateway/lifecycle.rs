//! Closing, reopening, dissolving: what the next click does.

use serde_json::{Value, json};

use super::{
    groups::{lines, permanent, show},
    patience::read_code,
};
use crate::harness::{Answer, Caller, Engine, Server, TENANT};

async fn click(caller: &Caller) -> Answer {
    let object = json!({"case_id": "life", "tenant_id": TENANT, "staff_id": "123", "outer_type": "111"});
    caller.communicate(&object).await
}

fn id(data: &Value) -> &str {
    data["team_group_id"].as_str().expect("an id")
}

/// Where the group's QR code leads.
fn page(data: &Value) -> &str {
    data["group_qr_code"].as_str().and_then(|url| url.strip_suffix("/qr.png")).expect("a picture")
}

#[tokio::test]
async fn a_click_on_a_closed_group_opens_it_again_the_same_generation() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = server.caller();
        let first = click(&caller).await;
        for times in 1..=2 {
            server.admin_json("group close", &[id(&first.data())]);
            assert_eq!(show(&server, "200110004", &first.data())["state"], "closing");
            let again = click(&caller).await;
            assert_eq!(permanent(&again), permanent(&first), "equal but for the sign-in ticket");
            let group = show(&server, "200110004", &first.data());
            assert_eq!((&group["state"], &group["generation"]), (&json!("active"), &json!(1)), "{group}");
            assert_eq!((lines(&group, "closed").len(), lines(&group, "reopened").len()), (times, times));
        }
        // Answers differ in nothing but st and request_id, and in those they do.
        let (one, two) = (click(&caller).await, click(&caller).await);
        assert_eq!(permanent(&one), permanent(&two));
        assert_ne!(one.data()["group_link"], two.data()["group_link"], "a sign-in ticket is for one use");
    }
}

#[tokio::test]
async fn a_click_after_dissolving_makes_the_next_generation_and_the_old_link_says_closed() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = server.caller();
        let mut seen: Vec<Value> = Vec::new();
        for generation in 1..=3 {
            let data = click(&caller).await.data();
            let group = show(&server, "200110004", &data);
            assert_eq!((&group["generation"], &group["state"]), (&json!(generation), &json!("active")));
            for old in &seen {
                assert_ne!(id(old), id(&data));
                assert_ne!(page(old), page(&data), "a new token");
                let answer = caller.http.get(page(old)).send().await.expect("a page");
                assert_eq!(
                    (answer.url().as_str(), answer.status().as_u16()),
                    (page(old), 410),
                    "it never forwards"
                );
                let text = answer.text().await.expect("text");
                for new in [page(&data).rsplit('/').next().expect("a token"), id(&data)] {
                    assert!(!text.contains(new), "the old page tells of the next generation");
                }
                // The printed code still leads to where it always led.
                let url = old["group_qr_code"].as_str().expect("a picture");
                let picture = caller.http.get(url).send().await.expect("a picture");
                let content = read_code(&picture.bytes().await.expect("bytes"));
                assert_eq!(content, page(old));
            }
            assert_eq!(caller.http.get(page(&data)).send().await.expect("a page").status(), 200);
            server.admin_json("group dissolve", &[id(&data)]);
            let group = show(&server, "200110004", &data);
            assert_eq!(
                (&group["state"], lines(&group, "dissolved").len()),
                (&json!("dissolved"), 1),
                "{group}"
            );
            assert_eq!(lines(&group, "sealed").len(), 1, "sealed before it was dissolved: {group}");
            seen.push(data);
        }
        let again = server.admin("group reopen", &[id(&seen[0])]);
        assert_eq!(again.status.code(), Some(1), "dissolved is final");
        assert_eq!(server.admin_json("group list", &["--case-id", "life"]).len(), 3);
    }
}
