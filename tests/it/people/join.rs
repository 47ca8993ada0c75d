//! Who opens the link and joins: the first device, guests, and a thousand at once.

use serde_json::json;

use super::{group, member, refused};
use crate::harness::{Engine, Page, Server};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_device_is_the_customer_and_the_next_a_guest() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "123").await;

        let mut first = Page::visitor(&server, &link);
        let before = first.get("/state").await;
        assert_eq!(refused(&before), (401, "not_joined".to_owned()));
        assert!(before.json()["group"]["name"].is_string() && before.json()["ticket"].is_null());
        assert_eq!(refused(&first.join(&json!({})).await), (400, "invalid".to_owned()));

        let joined = first.join(&json!({"consent": true, "name": " 陈\u{202e}女士 "})).await;
        assert_eq!(joined.status, 200, "{}", joined.body);
        assert_eq!(joined.json()["me"]["name"], "陈女士");
        assert_eq!(joined.json()["me"]["kind"], "customer");
        let again = first.join(&json!({"consent": true})).await;
        assert_eq!(again.json()["me"]["id"], joined.json()["me"]["id"], "joining again changes nothing");

        let guest = Page::joined(&server, &link).await;
        let state = guest.state().await;
        assert_eq!(state["me"]["kind"], "guest");
        assert_eq!(state["me"]["name"], "访客 1");
        assert_eq!(state["lanes"]["customer"]["from"], 1, "behind the line that the first one joined");
        assert!(state["lanes"]["internal"].is_null() && state["group"]["id"].is_null());

        let seen = staff.state().await;
        assert_eq!(member(&seen, "陈女士")["state"], "joined");
        assert_eq!(member(&seen, "访客 1")["kind"], "guest");
        assert_eq!(seen["lanes"]["customer"]["head"], 2, "two joined: {seen}");
    }
}
