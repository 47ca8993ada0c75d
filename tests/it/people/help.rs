//! How help is written down and rated: the ticket form, satisfaction, an address for the reply, quick replies.

use serde_json::{Value, json};

use super::{click, group, member, refused};
use crate::harness::{Engine, Page, Server};

#[tokio::test(flavor = "multi_thread")]
async fn the_ticket_form_saves_the_ticket_and_tells_the_customer_of_its_status() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "123").await;
        let customer = Page::joined(&server, &link).await;
        let before = staff.get("/ticket").await.json();
        assert_eq!((&before["case_id"], &before["attachments"]), (&json!("123"), &json!([])));

        let form = json!({
            "title": "洗碗机\u{202e}漏水", "description": "地板\n湿了", "priority": "high", "status": "pending_confirmation",
            "customer_name": "陈静",
        });
        let saved = staff.put("/ticket", &form).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
        assert_eq!(saved.json()["title"], "洗碗机漏水");
        let shown = server.admin_json("ticket show", &["123"]).remove(0);
        assert_eq!((&shown["priority"], &shown["status"]), (&json!("high"), &json!("pending_confirmation")));
        let seen = customer.state().await;
        assert_eq!((&seen["ticket"]["stage"], &seen["ticket"]["title"]), (&json!(3), &json!("洗碗机漏水")));
        assert!(seen["ticket"]["description"].is_null() && seen["ticket"]["priority"].is_null(), "{seen}");
        assert_eq!(seen["me"]["name"], "陈静", "staff say what the customer is called");
        let entries = customer.get("/entries?lane=customer").await.json();
        let told = entries["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .filter(|e| e["system"]["what"] == "ticket");
        assert_eq!(
            told.map(|e| e["system"]["value"].clone()).collect::<Vec<_>>(),
            [json!("pending_confirmation")],
            "{entries}"
        );

        // What is absent stays; what is wrong changes nothing.
        assert_eq!(
            staff.put("/ticket", &json!({"priority": "low"})).await.json()["status"],
            "pending_confirmation"
        );
        for wrong in [
            json!({"title": "长".repeat(201)}),
            json!({"status": "gone", "title": "x"}),
            json!({"priority": "asap"}),
            json!({"attachments": [uuid::Uuid::nil()], "title": "x"}),
            json!({"title": 5}),
        ] {
            assert_eq!(refused(&staff.put("/ticket", &wrong).await), (400, "invalid".to_owned()), "{wrong}");
        }
        assert_eq!(staff.get("/ticket").await.json()["title"], "洗碗机漏水");
        for answer in [customer.get("/ticket").await, customer.put("/ticket", &form).await] {
            assert_eq!(refused(&answer), (403, "staff_only".to_owned()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn satisfaction_is_asked_when_the_help_has_ended_and_kept_once_a_person() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "123").await;
        let (customer, guest) = (Page::joined(&server, &link).await, Page::joined(&server, &link).await);
        let five = json!({"score": 5, "comment": " 很快\u{202e} "});
        assert_eq!(refused(&customer.post("/satisfaction", &five).await), (409, "not_asked".to_owned()));
        staff.put("/ticket", &json!({"status": "done"})).await;
        assert_eq!(customer.state().await["satisfaction"], json!({"ask": true}));
        assert_eq!(customer.post("/satisfaction", &five).await.status, 200);
        assert_eq!(customer.post("/satisfaction", &json!({"score": 4})).await.status, 200);
        assert_eq!(guest.post("/satisfaction", &json!({"score": 1})).await.status, 200);
        assert_eq!(customer.state().await["satisfaction"]["score"], 4);
        assert_eq!(guest.state().await["satisfaction"]["score"], 1);
        for wrong in [
            json!({"score": 0}),
            json!({"score": 6}),
            json!({"score": 3, "comment": "x".repeat(501)}),
            json!({}),
        ] {
            assert_eq!(refused(&customer.post("/satisfaction", &wrong).await), (400, "invalid".to_owned()));
        }
        assert_eq!(refused(&staff.post("/satisfaction", &five).await), (403, "visitors_only".to_owned()));
        assert_eq!(staff.state().await["satisfaction"]["ask"], false);
        // It is the staff's to know.
        let internal = staff.get("/entries?lane=internal").await.json();
        let whats: Vec<Value> = internal["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .map(|e| e["system"]["what"].clone())
            .collect();
        assert_eq!(whats, ["satisfaction", "satisfaction", "satisfaction"]);
        let customers = customer.get("/entries?lane=customer").await.body;
        assert!(!customers.contains("satisfaction"), "{customers}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_for_the_reply_is_shown_to_staff_alone_and_sealed_at_rest() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "123").await;
        let (customer, guest) = (Page::joined(&server, &link).await, Page::joined(&server, &link).await);
        assert_eq!(customer.state().await["contact_left"], false);
        let phone = json!({"kind": "phone", "value": "138-0013-8000"});
        assert_eq!(customer.post("/contact", &phone).await.status, 200);
        let mail = json!({"kind": "email", "value": "guest@example.com"});
        assert_eq!(guest.post("/contact", &mail).await.status, 200);
        for wrong in [
            json!({"kind": "phone", "value": "abc"}),
            json!({"kind": "email", "value": "a@b"}),
            json!({"kind": "address", "value": ""}),
            json!({"kind": "fax", "value": "1"}),
        ] {
            assert_eq!(refused(&customer.post("/contact", &wrong).await), (400, "invalid".to_owned()));
        }
        let seen = staff.state().await;
        let name = customer.state().await["me"]["name"].as_str().expect("a name").to_owned();
        assert_eq!(member(&seen, &name)["contact"], json!({"kind": "phone", "value": "13800138000"}));
        for page in [&customer, &guest] {
            let body = page.get("/state").await.body;
            assert!(!body.contains("example.com") && !body.contains("\"contact\""), "{body}");
        }
        assert_eq!(customer.state().await["contact_left"], true);
        let told = staff.get("/entries?lane=internal").await.body;
        assert!(told.contains("\"contact\"") && !told.contains("13800138000"), "{told}");
        let raw = crate::migrations::raw::Raw::of(&server);
        let rows = raw.rows("SELECT contact FROM visitor WHERE contact IS NOT NULL").await;
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| !row[0].contains("13800138000") && !row[0].contains("example")));
        assert_eq!(refused(&staff.post("/contact", &phone).await), (403, "visitors_only".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quick_replies_are_ones_own_or_everybodys() {
    const PATH: &str = "//customer-service/quick-replies";
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        server.admin_json("staff add", &["456", "--name", "沈悦"]);
        let (me, link) = group(&server, "123").await;
        let other = Page::staff(&server, &click(&server, "123", "456").await).await;
        let mine = me.post(PATH, &json!({"body": "您好，请稍候"})).await;
        assert_eq!(mine.status, 201, "{}", mine.body);
        assert_eq!(me.post(PATH, &json!({"body": "谢谢", "everybody": true})).await.status, 201);
        let bodies = async |page: &Page| -> Vec<Value> {
            let list = page.get(PATH).await.json();
            list["replies"].as_array().expect("replies").iter().map(|reply| reply["body"].clone()).collect()
        };
        assert_eq!(bodies(&me).await, ["您好，请稍候", "谢谢"]);
        assert_eq!(bodies(&other).await, ["谢谢"]);
        let id = mine.json()["id"].as_str().expect("an id").to_owned();
        assert_eq!(refused(&other.delete(&format!("{PATH}/{id}")).await), (404, "not_found".to_owned()));
        assert_eq!(me.delete(&format!("{PATH}/{id}")).await.status, 200);
        assert_eq!(refused(&me.delete(&format!("{PATH}/{id}")).await), (404, "not_found".to_owned()));
        for wrong in [json!({"body": " "}), json!({"body": "x".repeat(1001)}), json!({})] {
            assert_eq!(refused(&me.post(PATH, &wrong).await), (400, "invalid".to_owned()));
        }
        let visitor = Page::joined(&server, &link).await;
        assert_eq!(refused(&visitor.get(PATH).await), (401, "not_signed_in".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_the_ticket_system_changes_is_told_in_its_group_too() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let (staff, link) = group(&server, "123").await;
        let customer = Page::joined(&server, &link).await;
        let changed = async || {
            let sql = "SELECT body FROM store_feed WHERE kind = 'group.changed'";
            let bodies = crate::promises::stored::rows(&server, sql).await;
            bodies.into_iter().map(|row| row[0].contains("internal")).collect::<Vec<_>>()
        };
        let told = async || {
            let entries = customer.get("/entries?lane=customer").await.json()["entries"].clone();
            let all = entries.as_array().expect("entries").clone();
            let lines = all.into_iter().map(|entry| entry["system"].clone());
            lines
                .filter(|line| line["what"] == "ticket")
                .map(|line| line["value"].clone())
                .collect::<Vec<_>>()
        };
        server.admin_json("ticket set", &["123", "--status", "done"]);
        assert_eq!((told().await, changed().await), (vec![json!("done")], vec![false]));
        server.admin_json("ticket set", &["123", "--priority", "urgent"]);
        assert_eq!(changed().await, [false, true], "the customer learns nothing of what only staff see");
        server.admin_json("ticket set", &["123", "--priority", "urgent"]);
        assert_eq!(changed().await.len(), 2, "nothing changed");
        // The form tells it once.
        assert_eq!(staff.put("/ticket", &json!({"status": "in_progress"})).await.status, 200);
        assert_eq!(told().await, [json!("done"), json!("in_progress")]);
        assert_eq!(changed().await, [false, true, false]);
    }
}
