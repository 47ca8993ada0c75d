//! Who has no business in a group: other tenants, other groups, other sites, links that were passed on.

use http::Method;
use serde_json::{Value, json};

use super::{click, group, refused};
use crate::harness::{Engine, Page, Server};

/// Everything below a base that a member can ask for or do.
fn everything() -> Vec<(Method, &'static str, Value)> {
    vec![
        (Method::GET, "/state", Value::Null),
        (Method::GET, "/entries?lane=customer", Value::Null),
        (Method::GET, "/ticket", Value::Null),
        (Method::PUT, "/ticket", json!({"title": "x"})),
        (Method::POST, "/close", json!({})),
        (Method::POST, "/reopen", json!({})),
        (Method::POST, "/rename", json!({"name": "x"})),
        (Method::POST, "/renew-link", json!({})),
        (Method::POST, "/hand-over", json!({"person": uuid::Uuid::nil()})),
        (Method::POST, "/history", json!({"guests_see": true})),
        (Method::POST, "/members", json!({"staff_id": "123"})),
        (Method::DELETE, "/members/00000000-0000-0000-0000-000000000000", json!({})),
        (Method::POST, "/satisfaction", json!({"score": 5})),
        (Method::POST, "/contact", json!({"kind": "phone", "value": "13800138000"})),
    ]
}

async fn all_are(page: &Page, expected: (u16, &str)) {
    for (method, path, body) in everything() {
        let response = page.request(method.clone(), path, Some(&body)).send().await.expect("an answer");
        let answer = crate::harness::Answer::read(response).await.expect("an answer");
        assert_eq!(refused(&answer), (expected.0, expected.1.to_owned()), "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_others_look_as_if_they_did_not_exist() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        server.admin_json("staff add", &["456", "--name", "沈悦"]);
        let (mine, link) = group(&server, "123").await;
        let other = Page::staff(&server, &click(&server, "another", "456").await).await;
        server.admin_json("tenant add", &["7", "--name", "海棠"]);
        server.admin_json("staff add", &["789", "--name", "外人", "--tenant", "7"]);
        let foreign = server.admin_json("group add", &["t7", "--staff", "789", "--tenant", "7"]).remove(0);
        let foreign = foreign["open_conversation_id"].as_str().expect("an id").to_owned();

        for base in [
            // A colleague's group, another tenant's, one that nobody has, and no id at all.
            mine.base.clone(),
            format!("/customer-service/groups/{foreign}"),
            "/customer-service/groups/cidAAAAAAAAAAAAAAAAAAAAAA%3D%3D".to_owned(),
            "/customer-service/groups/nonsense".to_owned(),
        ] {
            all_are(&Page { base, ..other.clone() }, (404, "not_found")).await;
        }
        // A device that joined one group has joined no other; a token that nobody has opens nothing.
        let visitor = Page::joined(&server, &link).await;
        let theirs = other.state().await["group"]["customer_url"].as_str().expect("a link").to_owned();
        let elsewhere = Page { base: Page::visitor(&server, &theirs).base, ..visitor.clone() };
        all_are(&elsewhere, (401, "not_joined")).await;
        for token in ["11111111111111111111111", "x", "1111111111111111"] {
            all_are(&Page { base: format!("/g/{token}"), ..visitor.clone() }, (404, "not_found")).await;
        }
        // Neither cookie opens the other's base.
        all_are(&Page { base: mine.base.clone(), ..visitor.clone() }, (401, "not_signed_in")).await;
        all_are(&Page { base: visitor.base.clone(), ..mine.clone() }, (401, "not_joined")).await;
        let mut forged = visitor.clone();
        forged.cookie = Some(format!("lq_visitor={}", "B".repeat(43)));
        all_are(&forged, (401, "not_joined")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_does_nothing_here() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "123").await;
        let visitor = Page::joined(&server, &link).await;
        for header in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
        ] {
            let header = (header.0.to_owned(), header.1.to_owned());
            for page in [&staff, &visitor] {
                let page = Page { headers: vec![header.clone()], ..page.clone() };
                for (method, path, body) in everything().into_iter().filter(|(m, ..)| *m != Method::GET) {
                    let response = page.request(method, path, Some(&body)).send().await.expect("an answer");
                    let answer = crate::harness::Answer::read(response).await.expect("an answer");
                    assert_eq!(refused(&answer), (403, "foreign".to_owned()), "{path}");
                }
            }
            let mut stranger = Page { headers: vec![header], ..Page::visitor(&server, &link) };
            assert_eq!(refused(&stranger.join(&json!({"consent": true})).await), (403, "foreign".to_owned()));
        }
        let same = Page { headers: vec![("sec-fetch-site".into(), "same-origin".into())], ..staff.clone() };
        assert_eq!(same.post("/rename", &json!({"name": "好"})).await.status, 200);
        // No form of another site can send JSON.
        let form = staff.request(Method::POST, "/rename", None).header("content-type", "text/plain");
        let answer = form.body(r#"{"name":"x"}"#).send().await.expect("an answer");
        assert_eq!(answer.status(), 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_staff_link_makes_nobody_staff() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let clicked = click(&server, "123", "123").await;
        let staff = Page::staff(&server, &clicked).await;
        // The ticket in the link was redeemed by whoever it was minted for; whoever gets the link afterwards is nobody.
        let url = format!("{}/customer-service/session", server.url);
        let body = json!({"st": clicked.sign_in_ticket()}).to_string();
        let request = staff.http.post(url).header("content-type", "application/json").body(body);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 401);
        assert!(response.headers().get("set-cookie").is_none());
        all_are(&Page { cookie: None, ..staff.clone() }, (401, "not_signed_in")).await;
        // The customer who is sent the staff page's address is no member of staff either.
        let link = staff.state().await["group"]["customer_url"].as_str().expect("a link").to_owned();
        let visitor = Page::joined(&server, &link).await;
        all_are(&Page { base: staff.base.clone(), ..visitor }, (401, "not_signed_in")).await;
        // Who leaves the company has no seat any more.
        server.admin_json("staff remove", &["123"]);
        all_are(&staff, (401, "not_signed_in")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_does_nothing_in_the_name_of_somebody_who_signed_in_in_another_tab() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        server.admin_json("staff add", &["456", "--name", "沈悦"]);
        let (first, link) = group(&server, "123").await;
        let second = Page::staff(&server, &click(&server, "123", "456").await).await;
        let customer = Page::joined(&server, &link).await;

        for (opened_for, signed_in) in [(&first, &second), (&second, &first), (&first, &customer)] {
            let theirs = opened_for.state().await["me"]["id"].as_str().expect("an id").to_owned();
            let mine = signed_in.state().await["me"]["id"].as_str().expect("an id").to_owned();
            let page = |person: &str| {
                let headers = vec![("laqun-person".to_owned(), person.to_owned())];
                Page { headers, ..signed_in.clone() }
            };
            all_are(&page(&theirs), (409, "other_person")).await;
            // A socket and an event source have no headers of ours.
            for path in ["/live", "/events", "/poll"] {
                let answer = signed_in.get(&format!("{path}?c=0&me={theirs}")).await;
                assert_eq!(refused(&answer), (409, "other_person".to_owned()), "{path}");
            }
            assert_eq!(signed_in.get(&format!("/poll?c=0&me={mine}")).await.status, 200);
            assert_eq!(page(&mine).get("/state").await.status, 200);
        }
    }
}
