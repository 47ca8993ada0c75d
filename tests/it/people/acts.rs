//! What people do to a group: each act is told on the timeline, in the conversation and in the audit log.

use serde_json::{Value, json};

use super::{click, group, member, refused};
use crate::harness::{Engine, Page, Server};

/// The kinds of the timeline's lines, with who did it.
fn timeline(server: &Server, page: &Value) -> Vec<(String, String)> {
    let id = page["group"]["id"].as_str().expect("an id");
    let shown = server.admin_json("group show", &[id]).remove(0);
    let lines = shown["timeline"].as_array().expect("a timeline");
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    lines.iter().map(|line| (text(line, "kind"), text(line, "actor"))).collect()
}

fn audited(server: &Server, action: &str) -> usize {
    server.admin_json("audit list", &[]).iter().filter(|line| line["action"] == action).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_is_found_by_name_invited_handed_the_group_and_removed_at_once() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        server.admin_json("staff add", &["456", "--name", "沈悦"]);
        let (owner, _) = group(&server, "123").await;
        let state = owner.state().await;
        let id = owner.base.rsplit('/').next().expect("an id").to_owned();

        let found = owner.get(&format!("//customer-service/colleagues?group={id}&q=%E6%B2%88")).await;
        assert_eq!(
            found.json()["people"],
            json!([{"staff_id": "456", "name": "沈悦", "member": false}]),
            "{}",
            found.body
        );
        let invited = owner.post("/members", &json!({"staff_id": "456"})).await;
        assert_eq!(invited.status, 200, "{}", invited.body);
        let person = invited.json()["person"]["id"].as_str().expect("an id").to_owned();
        let again = owner.post("/members", &json!({"staff_id": "456"})).await;
        assert_eq!(again.json(), invited.json(), "inviting again changes nothing");
        assert_eq!(
            refused(&owner.post("/members", &json!({"staff_id": "nobody"})).await),
            (404, "not_found".to_owned())
        );
        let found = owner.get(&format!("//customer-service/colleagues?group={id}&q=456")).await;
        assert_eq!(found.json()["people"][0]["member"], true);

        let me = state["me"]["id"].as_str().expect("an id");
        let remove_me = owner.delete(&format!("/members/{me}")).await;
        assert_eq!(refused(&remove_me), (409, "owner".to_owned()));
        assert_eq!(owner.post("/hand-over", &json!({"person": person})).await.status, 200);
        assert_eq!(member(&owner.state().await, "沈悦")["role"], "owner");
        assert_eq!(
            refused(&owner.post("/hand-over", &json!({"person": uuid::Uuid::nil()})).await),
            (404, "not_found".to_owned())
        );

        // The new owner removes the old one, who goes on clicking about and is told so.
        let new = Page::staff(&server, &click(&server, "123", "456").await).await;
        assert_eq!(new.delete(&format!("/members/{me}")).await.status, 200);
        assert_eq!(new.delete(&format!("/members/{me}")).await.status, 200, "once is enough");
        for answer in [
            owner.get("/state").await,
            owner.post("/rename", &json!({"name": "x"})).await,
            owner.post("/close", &json!({})).await,
        ] {
            assert_eq!(refused(&answer), (403, "removed".to_owned()));
        }
        let lines = timeline(&server, &state);
        for (kind, actor) in
            [("invited", "staff:123"), ("handed_over", "staff:123"), ("removed", "staff:456")]
        {
            let count = lines.iter().filter(|line| **line == (kind.to_owned(), actor.to_owned())).count();
            assert_eq!(count, 1, "{kind} in {lines:?}");
            assert_eq!(audited(&server, &format!("group.{kind}")), 1, "{kind}");
        }
        assert_eq!(new.state().await["lanes"]["customer"]["head"], 3, "three lines in the conversation");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_renamed_closed_and_reopened_also_by_its_customer() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "123").await;
        let customer = Page::joined(&server, &link).await;

        assert_eq!(
            staff.post("/rename", &json!({"name": " 漏水\u{202e} 处理 "})).await.json()["name"],
            "漏水 处理"
        );
        assert_eq!(customer.state().await["group"]["name"], "漏水 处理");
        for name in ["", "\u{202e}", &"长".repeat(61)] {
            assert_eq!(
                refused(&staff.post("/rename", &json!({"name": name})).await),
                (400, "invalid".to_owned())
            );
        }
        assert_eq!(staff.post("/close", &json!({})).await.json()["state"], "closing");
        assert_eq!(refused(&staff.post("/close", &json!({})).await), (409, "closed".to_owned()));
        let state = customer.state().await;
        assert_eq!((&state["group"]["open"], &state["satisfaction"]["ask"]), (&json!(false), &json!(true)));

        // Who has not joined is asked whether to open it again.
        let mut late = Page::visitor(&server, &link);
        assert_eq!(refused(&late.join(&json!({"consent": true})).await), (409, "closed".to_owned()));
        assert_eq!(late.join(&json!({"consent": true, "reopen": true})).await.status, 200);
        assert_eq!(refused(&customer.post("/reopen", &json!({})).await), (409, "open".to_owned()));
        assert_eq!(staff.post("/close", &json!({})).await.status, 200);
        assert_eq!(customer.post("/reopen", &json!({})).await.json()["state"], "active");

        // What is the staff's is refused to the customer.
        let person = customer.state().await["me"]["id"].as_str().expect("an id").to_owned();
        for answer in [
            customer.post("/rename", &json!({"name": "x"})).await,
            customer.post("/close", &json!({})).await,
            customer.post("/renew-link", &json!({})).await,
            customer.post("/history", &json!({"guests_see": true})).await,
            customer.post("/hand-over", &json!({"person": person})).await,
            customer.post("/members", &json!({"staff_id": "123"})).await,
            customer.delete(&format!("/members/{person}")).await,
        ] {
            assert_eq!(refused(&answer), (403, "staff_only".to_owned()));
        }
        let id = staff.state().await["group"]["id"].as_str().expect("an id").to_owned();
        server.admin_json("group dissolve", &[&id]);
        for answer in [
            customer.post("/reopen", &json!({})).await,
            staff.post("/rename", &json!({"name": "x"})).await,
            Page::visitor(&server, &link).join(&json!({"consent": true})).await,
        ] {
            assert_eq!(refused(&answer), (410, "dissolved".to_owned()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_link_says_that_it_was_renewed_and_devices_that_joined_go_on() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "123").await;
        let customer = Page::joined(&server, &link).await;
        let renewed = staff.post("/renew-link", &json!({})).await;
        let new = renewed.json()["customer_url"].as_str().expect("a link").to_owned();
        assert_ne!(new, link);
        assert_eq!(staff.state().await["group"]["customer_url"], json!(new));

        let mut old = Page::visitor(&server, &link);
        assert_eq!(refused(&old.get("/state").await), (410, "renewed".to_owned()));
        assert_eq!(refused(&old.join(&json!({"consent": true})).await), (410, "renewed".to_owned()));
        assert_eq!(customer.state().await["me"]["kind"], "customer");
        let mut elsewhere = customer.clone();
        elsewhere.base = Page::visitor(&server, &new).base;
        assert_eq!(elsewhere.state().await["me"]["id"], customer.state().await["me"]["id"]);
        assert_eq!(Page::joined(&server, &new).await.state().await["me"]["kind"], "guest");
        assert_eq!(audited(&server, "group.link_renewed"), 1);
        // A click answers the new link.
        let clicked = click(&server, "123", "123").await.data()["group_qr_code"].to_string();
        let token = new.rsplit('/').next().expect("a token");
        assert!(clicked.contains(token), "{clicked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_customer_s_device_stays_out_and_the_next_device_is_the_customer() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "123").await;
        let mut first = Page::joined(&server, &link).await;
        let guest = Page::joined(&server, &link).await;
        let person = first.state().await["me"]["id"].as_str().expect("an id").to_owned();
        let removed = staff.delete(&format!("/members/{person}")).await;
        assert_eq!(refused(&first.get("/state").await), (403, "removed".to_owned()));
        assert_eq!(refused(&first.join(&json!({"consent": true})).await), (403, "removed".to_owned()));
        assert_eq!(guest.state().await["me"]["kind"], "guest", "who came as a guest stays one");
        // With an empty browser the same person is another device: the link that it came by is of no use any more.
        let mut back = Page::visitor(&server, &link);
        assert_eq!(refused(&back.join(&json!({"consent": true})).await), (410, "renewed".to_owned()));
        let link = removed.json()["customer_url"].as_str().expect("a link").to_owned();
        assert_eq!(staff.state().await["group"]["customer_url"], json!(link));
        assert_eq!((audited(&server, "group.removed"), audited(&server, "group.link_renewed")), (1, 1));
        let again = staff.delete(&format!("/members/{person}")).await;
        assert_eq!(again.json(), json!({"removed": person}), "once is enough");
        let said = staff.state().await["lanes"]["customer"]["head"].clone();
        let next = Page::joined(&server, &link).await;
        assert_eq!(next.state().await["me"]["kind"], "customer");
        assert_eq!(next.state().await["lanes"]["customer"]["from"], said, "nothing of before");

        // History for guests, allowed and hidden again.
        let from = async || guest.state().await["lanes"]["customer"]["from"].clone();
        assert_eq!(from().await, 1);
        assert_eq!(staff.post("/history", &json!({"guests_see": true})).await.status, 200);
        assert_eq!((from().await, &staff.state().await["guests_see_history"]), (json!(0), &json!(true)));
        assert_eq!(staff.post("/history", &json!({"guests_see": false})).await.status, 200);
        assert_eq!(from().await, 1);
    }
}
