//! What an operator changes while servers run: each sees it at its next call, and everything is on record.

mod apps;
mod audit;
mod channels;
mod groups;
mod people;
mod refusals;
mod tenants;
mod tickets;

use serde_json::{Value, json};

use crate::harness::{Answer, Caller, Server, TENANT};

/// 客服一键拉群 by staff 123 of the sample's tenant.
async fn click(caller: &Caller, case_id: &str, more: Value) -> Answer {
    let mut object = json!({"case_id": case_id, "tenant_id": TENANT, "staff_id": "123", "outer_type": "111"});
    for (name, value) in more.as_object().into_iter().flatten() {
        object[name] = value.clone();
    }
    caller.communicate(&object).await
}

/// What the answer is refused with: number and sub-code, or nothing.
fn refused(answer: &Answer) -> Option<(u64, String)> {
    let fault = &answer.json()["error_response"];
    let code = fault["code"].as_u64()?;
    Some((code, fault["sub_code"].as_str().unwrap_or_default().to_owned()))
}

/// A command that must be refused: what it says on standard error.
fn says_no(server: &Server, command: &str, more: &[&str]) -> String {
    let output = server.admin(command, more);
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{command} {more:?}: {said}");
    assert!(output.stdout.is_empty(), "{command} {more:?}");
    said
}

/// The only object that a command prints.
fn one(server: &Server, command: &str, more: &[&str]) -> Value {
    let mut printed = server.admin_json(command, more);
    assert_eq!(printed.len(), 1, "{command} {more:?}: {printed:?}");
    printed.remove(0)
}

fn team_group_id(answer: &Answer) -> String {
    answer.data()["team_group_id"].as_str().expect("an id").to_owned()
}
