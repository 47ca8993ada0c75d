//! What the operator sees of a group.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Answer, Server};

/// `laqun group show`, for the group of a successful call.
pub(super) fn show(server: &Server, tenant: &str, data: &Value) -> Value {
    let id = data["team_group_id"].as_str().expect("an id");
    server.admin_json("group show", &[id, "--tenant", tenant]).remove(0)
}

/// The lines of one kind on the group's timeline.
pub(super) fn lines(group: &Value, kind: &str) -> Vec<Value> {
    let timeline = group["timeline"].as_array().expect("a timeline");
    for line in timeline {
        assert!(line["evidence"].as_str().is_some_and(|e| !e.is_empty()), "a line without evidence: {line}");
    }
    timeline.iter().filter(|line| line["kind"] == kind).cloned().collect()
}

/// The group once it has reached a state; the deadline is there only to end a test that fails.
pub(super) async fn until_state(server: &Server, tenant: &str, data: &Value, state: &str) -> Value {
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        let group = show(server, tenant, data);
        if group["state"] == state {
            return group;
        }
        assert!(Instant::now() < deadline, "never {state}: {group}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// One parameter of a `group_link`, decoded.
pub(super) fn of_link(answer: &Answer, name: &str) -> String {
    let link = answer.permanent_link();
    let query = link.split_once('?').and_then(|(_, rest)| rest.split_once('#')).expect("a query").0;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    let value = value.unwrap_or_else(|| panic!("no {name} in {link}"));
    percent_encoding::percent_decode_str(value).decode_utf8().expect("UTF-8").into_owned()
}

/// An answer without what differs by design: the sign-in ticket and the `request_id`.
pub(super) fn permanent(answer: &Answer) -> Value {
    let mut json = answer.json();
    let root = json.as_object_mut().and_then(|o| o.values_mut().next()).expect("a root");
    root.as_object_mut().expect("an object").remove("request_id").expect("a request_id");
    root["result"]["data"]["group_link"] = answer.permanent_link().into();
    json
}
