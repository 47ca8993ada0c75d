//! People of a group: visitors without an account, staff, and what they do there.

mod acts;
mod foreign;
mod help;
mod join;
mod settings;

use serde_json::{Value, json};

use crate::harness::{Answer, Page, Server};

/// A click of a member of staff on a ticket.
pub(crate) async fn click(server: &Server, case_id: &str, staff_id: &str) -> Answer {
    let object = json!({"tenant_id": crate::harness::TENANT, "case_id": case_id, "staff_id": staff_id});
    server.caller().communicate(&object).await
}

/// The demo's group, as its caller sees it, and the customer's link.
pub(crate) async fn group(server: &Server, case_id: &str) -> (Page, String) {
    let page = Page::staff(server, &click(server, case_id, "123").await).await;
    let link = page.state().await["group"]["customer_url"].as_str().expect("a link").to_owned();
    (page, link)
}

/// The code of a refusal, which says something in both languages.
pub(crate) fn refused(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    let said = |lang: &str| body[lang].as_str().is_some_and(|text| !text.is_empty());
    assert!(said("zh") && said("en"), "{}", answer.body);
    (answer.status, body["code"].as_str().unwrap_or_default().to_owned())
}

/// What a state says of the member of that name.
pub(crate) fn member<'s>(state: &'s Value, name: &str) -> &'s Value {
    let members = state["members"].as_array().expect("members");
    members.iter().find(|m| m["name"] == name).unwrap_or(&Value::Null)
}
