//! The story's conversation: people in a group, what they say and do, and what is set for it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{raw::Raw, story::SECOND};
use crate::{
    files::{picture, uploaded, wav},
    harness::{Caller, Page, Server},
};

/// Fills what belongs to a conversation, in the second tenant's group of ticket 123: it stays open, and answers as before.
pub(crate) async fn fill(server: &Server) {
    let set = |command: &str, more: &[&str]| drop(server.admin_json(command, more));
    set(
        "tenant set",
        &["7", "--privacy-url", "https://example.com/privacy", "--notify-url", "https://example.com/told"],
    );
    set("tenant set", &["7", "--corp-id", "ding7", "--retention-days", "1095"]);
    set("channel add", &["gone", "--tenant", "7"]);
    set("channel remove", &["gone", "--tenant", "7"]);
    set("channel set", &["side", "--patience", "1", "--pending", "202", "--tenant", "7"]);
    set("staff set", &["x1", "--union-id", "u1", "--tenant", "7"]);
    set("staff set", &["x1", "--email", "x1@example.com", "--tenant", "7"]);
    set("customer set", &["c1", "--phone", "13800138000", "--tenant", "7"]);
    let caller = Caller { app_key: "7001".into(), secret: SECOND.into(), ..Caller::new(&server.url) };
    let object = json!({"tenant_id": 7, "case_id": "123", "staff_id": "x1", "outer_type": "side"});
    let staff = Page::staff(server, &caller.communicate(&object).await).await;
    let link = staff.state().await["group"]["customer_url"].as_str().expect("a link").to_owned();
    let customer = Page::joined(server, &link).await;
    let guest = Page::joined(server, &link).await;
    for (number, (page, lane, text)) in [
        (&staff, "customer", "您好"),
        (&staff, "internal", "先看看"),
        (&customer, "customer", "漏水了"),
        (&guest, "customer", "我也在"),
    ]
    .into_iter()
    .enumerate()
    {
        done(
            page.post("/messages", &message(number, lane, json!({"kind": "text", "text": text})))
                .await
                .status,
            201,
        );
    }
    let said = staff.state().await["lanes"]["customer"]["head"].as_i64().expect("a number");
    done(staff.post("/read", &json!({"lane": "customer", "seq": said})).await.status, 204);
    done(guest.delete(&format!("/messages/customer/{said}")).await.status, 200);
    let leak =
        uploaded(&customer, "lane=customer&name=leak.png", picture(image::ImageFormat::Png, 900, 700)).await;
    let leak = message(10, "customer", json!({"kind": "image", "file": leak["id"]}));
    done(customer.post("/messages", &leak).await.status, 201);
    let voice = uploaded(&customer, "lane=customer&name=voice.wav&ms=500", wav()).await;
    let voice = message(12, "customer", json!({"kind": "voice", "file": voice["id"]}));
    done(customer.post("/messages", &voice).await.status, 201);
    let note = uploaded(&staff, "lane=internal&name=note.txt", "第二次上门").await;
    let form = json!({"status": "done", "attachments": [note["id"]]});
    done(staff.put("/ticket", &form).await.status, 200);
    done(customer.post("/satisfaction", &json!({"score": 5, "comment": "很快"})).await.status, 200);
    done(customer.post("/contact", &json!({"kind": "email", "value": "c1@example.com"})).await.status, 200);
    done(staff.post("//customer-service/quick-replies", &json!({"body": "请稍候"})).await.status, 201);
    done(staff.post("/history", &json!({"guests_see": true})).await.status, 200);
    done(staff.post("/renew-link", &json!({})).await.status, 200);
    let guest = guest.state().await["me"]["id"].as_str().expect("an id").to_owned();
    done(staff.delete(&format!("/members/{guest}")).await.status, 200);
    // From here on the check is asked, and somebody fails it.
    set(
        "channel set",
        &[
            "side",
            "--visitor-check",
            "phone_tail",
            "--answer-within",
            "600",
            "--hours",
            "Mo-Fr 09:00-18:00",
            "--tenant",
            "7",
        ],
    );
    let link = staff.state().await["group"]["customer_url"].as_str().expect("a link").to_owned();
    let wrong = Page::visitor(server, &link).join(&json!({"consent": true, "phone_tail": "0000"})).await;
    done(wrong.status, 403);
    // Nobody answers this one.
    done(
        customer
            .post("/messages", &message(11, "customer", json!({"kind": "text", "text": "还在吗"})))
            .await
            .status,
        201,
    );
}

/// Pages that were open when a server was killed.
pub(crate) async fn leave_pages_open(raw: &Raw) {
    let zeros = match raw {
        Raw::Sqlite(_) => "x'00112233445566778899aabbccddeeff'",
        Raw::Postgres(_) => "'\\x00112233445566778899aabbccddeeff'",
    };
    let sign = format!("INSERT INTO server_instance (instance, seen_at) VALUES ({zeros}, 1)");
    raw.rows(&sign).await;
    let page = format!(
        "INSERT INTO page_open (tenant_id, group_id, person, instance, kind, opened_at)
         SELECT tenant_id, group_id, person, {zeros}, 'customer', 1 FROM visitor WHERE first = 1"
    );
    raw.rows(&page).await;
}

fn message(number: usize, lane: &str, more: Value) -> Value {
    let mut message = more;
    message["client_id"] = json!(Uuid::from_u128(0x5a5a + number as u128));
    message["lane"] = json!(lane);
    message
}

fn done(status: u16, expected: u16) {
    assert_eq!(status, expected, "the story's conversation goes another way");
}
